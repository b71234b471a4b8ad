/* SPDX-License-Identifier: Apache-2.0 */
/* What a violation tells, the limits, and the numbers and formats that the public suite says little about. */
#include "schema_test.h"

#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *schema, *instance, *place, *keyword, *text;
} violations[] = {
    {"{'type': 'object'}", "1", "", "type", "is not an object"},
    {"{'type': ['string', 'null']}", "1", "", "type", "is not a string or null"},
    {"{'type': 'integer'}", "1.5", "", "type", "is not an integer"},
    {"{'required': ['a', 'b']}", "{'a': 1}", "", "required", "has no member \"b\""},
    {"{'properties': {'a': {'minLength': 3}}}", "{'a': 'xy'}", "/a", "minLength",
     "is shorter than 3 characters"},
    {"{'properties': {'a': {'minLength': 1}}}", "{'a': ''}", "/a", "minLength",
     "is shorter than 1 character"},
    {"{'maxLength': 2}", "'\\u00e4\\u00f6\\u00fc'", "", "maxLength", "is longer than 2 characters"},
    {"{'items': {'maximum': 5}}", "[1, 6]", "/1", "maximum", "is above the maximum of 5"},
    {"{'minimum': 0.5}", "0", "", "minimum", "is below the minimum of 0.5"},
    {"{'exclusiveMinimum': 0}", "0", "", "exclusiveMinimum", "is not above 0"},
    {"{'exclusiveMaximum': 0}", "0", "", "exclusiveMaximum", "is not below 0"},
    {"{'multipleOf': 0.1}", "0.25", "", "multipleOf", "is not a multiple of 0.1"},
    {"{'pattern': '^a'}", "'b'", "", "pattern", "does not match the pattern ^a"},
    {"{'format': 'email'}", "'b'", "", "format", "is not a mail address"},
    {"{'const': 1}", "2", "", "const", "is not the one value that is allowed"},
    {"{'enum': [1, 'a']}", "2", "", "enum", "is none of the 2 values that are allowed"},
    {"{'minItems': 1}", "[]", "", "minItems", "has fewer than 1 item"},
    {"{'maxItems': 2}", "[1, 2, 3]", "", "maxItems", "has more than 2 items"},
    {"{'uniqueItems': true}", "[1, 2, 1.0]", "/2", "uniqueItems", "is the same as an item before it"},
    {"{'contains': {'type': 'null'}}", "[1]", "", "contains",
     "has fewer than 1 item of the kind that it must contain"},
    {"{'contains': true, 'minContains': 3}", "[1]", "", "minContains",
     "has fewer than 3 items of the kind that it must contain"},
    {"{'contains': true, 'maxContains': 1}", "[1, 2]", "", "maxContains",
     "has more than 1 item of the kind that it must contain"},
    {"{'minProperties': 1}", "{}", "", "minProperties", "has fewer than 1 member"},
    {"{'maxProperties': 1}", "{'a': 1, 'b': 2}", "", "maxProperties", "has more than 1 member"},
    {"{'additionalProperties': false}", "{'a/b~c': 1}", "/a~1b~0c", "additionalProperties",
     "is not allowed here"},
    {"{'properties': {'a': false}}", "{'a': 1}", "/a", "properties", "is not allowed here"},
    {"{'patternProperties': {'^x': {'type': 'string'}}}", "{'xy': 1}", "/xy", "type", "is not a string"},
    {"{'propertyNames': {'maxLength': 2}}", "{'abc': 1}", "/abc", "propertyNames",
     "has a name that is not allowed"},
    {"{'dependentRequired': {'a': ['b']}}", "{'a': 1}", "", "dependentRequired",
     "has no member \"b\", which \"a\" asks for"},
    {"{'anyOf': [{'type': 'null'}, {'type': 'array'}]}", "1", "", "anyOf",
     "fits none of the 2 schemas that it may"},
    {"{'oneOf': [{'type': 'null'}, {'type': 'array'}]}", "1", "", "oneOf",
     "fits none of the 2 schemas, and must fit exactly one"},
    {"{'oneOf': [true, true, false]}", "1", "", "oneOf",
     "fits more than one of the 3 schemas, and must fit exactly one"},
    {"{'not': {'type': 'integer'}}", "1", "", "not", "is of the kind that is not allowed"},
    {"{'if': {'type': 'integer'}, 'then': {'minimum': 2}}", "1", "", "minimum", "is below the minimum of 2"},
    {"false", "1", "", "false schema", "is not allowed here"},
    {"{'prefixItems': [true, {'items': {'type': 'null'}}]}", "[0, [null, 1]]", "/1/1", "type", "is not null"},
};

START_TEST(a_violation_tells_where_what_and_why) {
    struct json_schema_violation violation;
    ck_assert_int_eq(test_validate(violations[_i].schema, violations[_i].instance, &violation),
                     JSON_SCHEMA_VIOLATED);
    ck_assert_str_eq(violation.place, violations[_i].place);
    ck_assert_str_eq(violation.keyword, violations[_i].keyword);
    ck_assert_str_eq(violation.text, violations[_i].text);
    ck_assert_int_eq(test_validate(violations[_i].schema, violations[_i].instance, NULL),
                     JSON_SCHEMA_VIOLATED);
}
END_TEST

START_TEST(a_violation_is_told_in_one_sentence_that_keeps_whole_characters) {
    struct json_schema_violation violation;
    char text[100], small[26];
    test_validate("{'properties': {'\\u00e9\\u00e9': {'type': 'null'}}}", "{'\\u00e9\\u00e9': 1}",
                  &violation);
    json_schema_violation_tell(&violation, "the event's data", text, sizeof text);
    ck_assert_str_eq(text, "the event's data at /\xC3\xA9\xC3\xA9 is not null (type)");
    json_schema_violation_tell(&violation, "the event's data", small, 24); /* ends within the second letter */
    ck_assert_str_eq(small, "the event's data at /\xC3\xA9");
    test_validate("{'type': 'null'}", "1", &violation);
    json_schema_violation_tell(&violation, "the event's data", text, sizeof text);
    ck_assert_str_eq(text, "the event's data is not null (type)");
}
END_TEST

START_TEST(a_place_that_is_too_long_is_cut) {
    struct json_schema_violation violation;
    char name[1000];
    memset(name, '/', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    json_t *instance = json_object();
    json_object_set_new(instance, name, json_null());
    struct json_schema *schema = test_schema("{'additionalProperties': false}");
    ck_assert_int_eq(json_schema_validate(schema, instance, &violation), JSON_SCHEMA_VIOLATED);
    ck_assert_uint_eq(strlen(violation.place), JSON_SCHEMA_PLACE_SIZE - 1); /* "/" and 127 times "~1" */
    ck_assert_str_eq(violation.place + JSON_SCHEMA_PLACE_SIZE - 3, "~1");
    json_decref(instance);
    json_schema_free(schema);
}
END_TEST

/* The value is in the instance only; no word of the violation may have it. */
static const char *const secrets[] = {
    "{'pattern': '^a'}",
    "{'format': 'uri'}",
    "{'enum': ['a']}",
    "{'const': 'a'}",
    "{'maxLength': 2}",
    "{'type': 'null'}",
    "{'not': {}}",
    "{'anyOf': [{'type': 'null'}]}",
    "false",
    "{'minLength': 99}",
    "{'format': 'email'}",
    "{'format': 'date-time'}",
};

START_TEST(a_violation_does_not_quote_the_value) {
    struct json_schema_violation violation;
    memset(&violation, 0, sizeof violation);
    ck_assert_int_eq(test_validate(secrets[_i], "'hunter2 secret'", &violation), JSON_SCHEMA_VIOLATED);
    char text[600];
    json_schema_violation_tell(&violation, "it", text, sizeof text);
    ck_assert_ptr_null(strstr(text, "hunter2"));
}
END_TEST

static const struct {
    const char *schema, *instance;
    bool valid;
} numbers[] = {
    {"{'multipleOf': 0.1}", "0.3", true},
    {"{'multipleOf': 0.1}", "1000000000000.7", true},
    {"{'multipleOf': 0.01}", "19.99", true},
    {"{'multipleOf': 0.01}", "19.999", false},
    {"{'multipleOf': 0.01}", "-0.07", true},
    {"{'multipleOf': 1e-300}", "1e300", true},
    {"{'multipleOf': 3e-300}", "1e300", false},
    {"{'multipleOf': 1e300}", "1", false},
    {"{'multipleOf': 1e300}", "0", true},
    {"{'multipleOf': 2.5}", "9007199254740993", false},
    {"{'multipleOf': 0.3}", "9223372036854775806", true},
    {"{'multipleOf': 9223372036854775807}", "9223372036854775807", true},
    {"{'multipleOf': 7}", "-9223372036854775808", false},
    {"{'multipleOf': 8.0}", "-9223372036854775808", true},
    {"{'maximum': 9007199254740992}", "9007199254740993", false},
    {"{'maximum': 9007199254740992.0}", "9007199254740993", false}, /* which no double can hold */
    {"{'exclusiveMaximum': 9007199254740993}", "9007199254740992.0", true},
    {"{'maximum': 1e300}", "9223372036854775807", true},
    {"{'minimum': -1e300}", "-9223372036854775808", true},
    {"{'maximum': 9223372036854775808.0}", "9223372036854775807", true},
    {"{'minimum': -9223372036854775808.0}", "-9223372036854775808", true},
    {"{'minimum': 0.5}", "0", false},
    {"{'maximum': -0.5}", "0", false},
    {"{'minimum': -0.5}", "0", true},
    {"{'const': 9007199254740993}", "9007199254740992.0", false},
    {"{'const': 0}", "-0.0", true},
    {"{'enum': [[1, {'a': 2.0}]]}", "[1.0, {'a': 2}]", true},
    {"{'type': 'integer'}", "1e300", true},
    {"{'type': 'integer'}", "1.0", true},
    {"{'type': 'integer'}", "-4503599627370495.5", false},
    {"{'uniqueItems': true}", "[9007199254740992.0, 9007199254740993]", true},
    {"{'uniqueItems': true}", "[0,1,2,3,4,5,6,7,8,9,9007199254740992.0, 9007199254740993, 8.0]", false},
    {"{'uniqueItems': true}", "[0,1,2,3,4,5,6,7,8,9,9007199254740992.0, 9007199254740993, 8.5]", true},
    {"{'uniqueItems': true}", "[{},[],'',0,false,null,{'a':1,'b':2},{'b':1,'a':2},[0],[false]]", true},
    {"{'uniqueItems': true}", "[{},[],'',0,false,null,{'a':1,'b':2},{'b':2.0,'a':1},[0],[false]]", false},
};

START_TEST(numbers_are_compared_and_divided_exactly) {
    ck_assert_msg((test_validate(numbers[_i].schema, numbers[_i].instance, NULL) == JSON_SCHEMA_OK) ==
                      numbers[_i].valid,
                  "%s %s", numbers[_i].schema, numbers[_i].instance);
}
END_TEST

START_TEST(decimals_do_not_depend_on_the_locale) {
    /* Not every machine has one with a comma; then this is the test before it once more. */
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
        (void)setlocale(LC_ALL, "C.UTF-8");
    ck_assert_int_eq(test_validate("{'multipleOf': 0.01}", "19.99", NULL), JSON_SCHEMA_OK);
    ck_assert_int_eq(test_validate("{'multipleOf': 0.01}", "19.995", NULL), JSON_SCHEMA_VIOLATED);
}
END_TEST

static const struct {
    const char *format, *text;
    bool valid;
} formats[] = {
    {"email", "ada@example.org", true},
    {"email", "ada@localhost", true},
    {"email", "ada@[127.0.0.1\\u0000]", false},
    {"email", "ada@example.org\\n", false},
    {"email", "ada@example.org.", false},
    {"email", "ada@exa_mple.org", false},
    {"email", "\\u00e4da@example.org", false},
    {"email", "a@b@example.org", false},
    {"email", "@example.org", false},
    {"email", "ada@", false},
    {"email", "'a\\\\@example.org", false},
    {"idn-email", "\\u00e4da@ex\\u00e4mple.org", true},
    {"idn-email", "\\u00e4da example.org", false},
    {"uri", "https://example.org/a?b#c", true},
    {"uri", "//example.org/a", false},
    {"uri", "https://example.org/a b", false},
    {"uri", "https://example.org/%zz", false},
    {"uri", "https://example.org/%4", false},
    {"uri", "https://exa\\u00e4mple.org/", false},
    {"uri", "https://[::1]:8080/", true},
    {"uri", "https://[::1]x/", false},
    {"uri", "https://[::1\\u0000]/", false},
    {"uri", "https://[v1.a:b]/", true},
    {"uri", "https://[v.a]/", false},
    {"uri", "https://a:b@c:d/", false},
    {"uri", "1a:b", false},
    {"uri", "a\\u0000b:c", false},
    {"uri-reference", "a/b?c", true},
    {"uri-reference", "", true},
    {"uri-reference", "a\\u0000b", false},
    {"uri-reference", "#a#b", false},
    {"date-time", "2026-02-28T23:59:59Z", true},
    {"date-time", "2026-02-29T00:00:00Z", false},
    {"date-time", "2024-02-29T00:00:00.123456789+01:00", true},
    {"date-time", "1900-02-29T00:00:00Z", false},
    {"date-time", "2000-02-29T00:00:00Z", true},
    {"date-time", "2026-01-01T00:00:00", false},
    {"date-time", "2026-01-01 00:00:00Z", false},
    {"date-time", "2026-01-01T00:00:00.Z", false},
    {"date-time", "2026-01-01T24:00:00Z", false},
    {"date-time", "2016-12-31T23:59:60Z", true},
    {"date-time", "2017-01-01T00:59:60+01:00", true},
    {"date-time", "2016-12-31T23:58:60Z", false},
    {"date-time", "2026-01-01T00:00:00Z\\u0000", false},
    {"uuid", "01a1fd2a-7234-7238-b3d2-8935b149564b", true},
    {"uuid", "01A1FD2A-7234-7238-B3D2-8935B149564B", true},
    {"uuid", "01a1fd2a-7234-7238-b3d2-8935b149564", false},
    {"uuid", "01a1fd2a-7234-7238-b3d2_8935b149564b", false},
    {"uuid", "01a1fd2a-7234-7238-b3d2-8935b149564g", false},
};

START_TEST(formats_are_asserted) {
    json_t *schema_text = json_pack("{s:s}", "format", formats[_i].format);
    char instance_text[200];
    snprintf(instance_text, sizeof instance_text, "\"%s\"", formats[_i].text);
    json_t *instance = json_loads(instance_text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    struct json_schema *schema;
    ck_assert_int_eq(json_schema_compile(&schema, schema_text, NULL, 0), JSON_SCHEMA_OK);
    ck_assert_msg((json_schema_validate(schema, instance, NULL) == JSON_SCHEMA_OK) == formats[_i].valid,
                  "%s %s", formats[_i].format, formats[_i].text);
    json_schema_free(schema);
    json_decref(schema_text);
    json_decref(instance);
}
END_TEST

/* A text of count times the character, as an instance. */
static enum json_schema_result validate_run(const char *schema_text, char character, size_t count,
                                            struct json_schema_violation *violation) {
    char *text = malloc(count);
    ck_assert_ptr_nonnull(text);
    memset(text, character, count);
    struct json_schema *schema = test_schema(schema_text);
    json_t *instance = json_stringn(text, count);
    enum json_schema_result result = json_schema_validate(schema, instance, violation);
    json_decref(instance);
    json_schema_free(schema);
    free(text);
    return result;
}

/* Each would take longer than the universe, or hours; Check's time limit is the oracle. */
static const struct {
    const char *schema;
    size_t size;
} slow[] = {
    {"{'pattern': '^(a+)+$'}", 500},           {"{'pattern': '(a*)*b'}", 500},
    {"{'not': {'pattern': '^(a|a)*$'}}", 500}, {"{'pattern': '[a-z]+@'}", 1000000},
    {"{'pattern': '(a?){30}a{30}b'}", 30000},  {"{'pattern': '^(a|b)*$'}", 1000000},
};

START_TEST(a_pattern_cannot_hang_and_undecided_is_a_violation) {
    struct json_schema_violation violation;
    size_t size = slow[_i].size;
    /* One b at the end is what makes the expression fail late. */
    char *text = malloc(size);
    memset(text, 'a', size);
    text[size - 1] = 'c';
    struct json_schema *schema = test_schema(slow[_i].schema);
    json_t *instance = json_stringn(text, size);
    ck_assert_int_eq(json_schema_validate(schema, instance, &violation), JSON_SCHEMA_VIOLATED);
    ck_assert_str_eq(violation.keyword, "pattern");
    json_decref(instance);
    json_schema_free(schema);
    free(text);
}
END_TEST

START_TEST(an_honest_pattern_has_room) {
    ck_assert_int_eq(validate_run("{'pattern': '^[a-z]+$'}", 'a', 1000000, NULL), JSON_SCHEMA_OK);
    ck_assert_int_eq(validate_run("{'pattern': '^(a|b)*$'}", 'a', 20000, NULL), JSON_SCHEMA_OK);
    ck_assert_int_eq(validate_run("{'pattern': 'a$'}", 'a', 30000, NULL), JSON_SCHEMA_OK);
    ck_assert_int_eq(validate_run("{'pattern': '.*a.*'}", 'a', 3000, NULL), JSON_SCHEMA_OK);
}
END_TEST

/* 40 levels under a schema that looks at each in two ways: 2^40 steps. */
START_TEST(a_validation_is_bounded_and_undecided_is_a_violation) {
    struct json_schema_violation violation;
    struct json_schema *schema = test_schema(
        "{'not': {'properties': {'a': {'$ref': '#/$defs/x'}}}, '$defs': {'x': {'allOf': "
        "[{'properties': {'a': {'$ref': '#/$defs/x'}}}, {'properties': {'a': {'$ref': '#/$defs/x'}}}]}}}");
    json_t *instance = json_object();
    for (int i = 0; i < 40; i++)
        instance = json_pack("{s:o}", "a", instance);
    ck_assert_int_eq(json_schema_validate(schema, instance, &violation), JSON_SCHEMA_VIOLATED);
    ck_assert_str_eq(violation.text, "cannot be checked within the limit of steps");
    for (int i = 0; i < 1000; i++)
        instance = json_pack("{s:o}", "a", instance);
    ck_assert_int_eq(json_schema_validate(schema, instance, &violation), JSON_SCHEMA_VIOLATED);
    ck_assert_str_eq(violation.text, "is nested too deeply to be checked");
    json_decref(instance);
    json_schema_free(schema);
}
END_TEST

static void *validate_often(void *schema) {
    json_t *good = test_json("{'mail': 'ada@example.org', 'list': ['ab', 'cd']}");
    json_t *bad = test_json("{'mail': 'ada@example.org', 'list': ['ab', 'ab']}");
    size_t wrong = 0;
    struct json_schema_violation violation;
    for (int i = 0; i < 2000; i++) {
        wrong += json_schema_validate(schema, good, &violation) != JSON_SCHEMA_OK;
        wrong += json_schema_validate(schema, bad, &violation) != JSON_SCHEMA_VIOLATED;
        wrong += strcmp(violation.place, "/list/1") != 0;
    }
    json_decref(good);
    json_decref(bad);
    return (void *)wrong;
}

START_TEST(threads_share_a_schema) {
    struct json_schema *schema = test_schema(
        "{'properties': {'mail': {'format': 'email', 'pattern': '@'}, 'list': {'uniqueItems': true, "
        "'items': {'pattern': '^[a-z]+$'}}}, 'patternProperties': {'^m': {'minLength': 3}}}");
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, validate_often, schema), 0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong;
        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
    json_schema_free(schema);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("validate");
    TCase *tests = tcase_create("validate");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, a_violation_tells_where_what_and_why, 0,
                        sizeof violations / sizeof violations[0]);
    tcase_add_test(tests, a_violation_is_told_in_one_sentence_that_keeps_whole_characters);
    tcase_add_test(tests, a_place_that_is_too_long_is_cut);
    tcase_add_loop_test(tests, a_violation_does_not_quote_the_value, 0, sizeof secrets / sizeof secrets[0]);
    tcase_add_loop_test(tests, numbers_are_compared_and_divided_exactly, 0,
                        sizeof numbers / sizeof numbers[0]);
    tcase_add_test(tests, decimals_do_not_depend_on_the_locale);
    tcase_add_loop_test(tests, formats_are_asserted, 0, sizeof formats / sizeof formats[0]);
    tcase_add_loop_test(tests, a_pattern_cannot_hang_and_undecided_is_a_violation, 0,
                        sizeof slow / sizeof slow[0]);
    tcase_add_test(tests, an_honest_pattern_has_room);
    tcase_add_test(tests, a_validation_is_bounded_and_undecided_is_a_violation);
    tcase_add_test(tests, threads_share_a_schema);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
