/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each begins with the JSON Pointer of the place, and says what is wrong there. */
static const struct {
    const char *schema, *words;
} refused[] = {
    {"1", "the schema is not a schema"},
    {"[]", "the schema is not a schema"},
    {"{'minLenght': 3}", "/minLenght is refused: an unknown keyword"},
    {"{'properties': {'a/b~c': {'x-hint': 1}}}", "/properties/a~1b~0c/x-hint is refused: an unknown keyword"},
    {"{'$defs': {'a': {'unevaluatedProperties': false}}}", "/$defs/a/unevaluatedProperties is refused: "},
    {"{'items': {'unevaluatedItems': false}}", "/items/unevaluatedItems is refused: "},
    {"{'$dynamicRef': '#a'}", "/$dynamicRef is refused: "},
    {"{'allOf': [true, {'$dynamicAnchor': 'a'}]}", "/allOf/1/$dynamicAnchor is refused: "},
    {"{'dependentSchemas': {}}", "/dependentSchemas is refused: "},
    {"{'$vocabulary': {}}", "/$vocabulary is refused: "},
    {"{'definitions': {}}", "/definitions is refused: it is of an older draft; use $defs"},
    {"{'items': [true]}", "/items is an array, as in older drafts; use prefixItems"},
    {"{'$schema': 'http://json-schema.org/draft-07/schema#'}", "/$schema is not "},
    {"{'$schema': 7}", "/$schema is not "},
    {"{'$id': '#a'}", "/$id has a fragment"},
    {"{'$id': 'a b'}", "/$id is not a URI reference"},
    {"{'$anchor': '1a'}", "/$anchor is not a name"},
    {"{'$anchor': 'a', 'not': {'$anchor': 'a'}}", "$anchor is the same as that of "},
    {"{'$defs': {'a': {'$id': 'x'}, 'b': {'$id': 'x'}}}", "/$defs/b/$id is the same as that of /$defs/a"},
    {"{'$ref': 'other.json'}", "/$ref leads to another document (other.json)"},
    {"{'$ref': '#/$defs/missing'}", "/$ref leads to no schema of this document (#/$defs/missing)"},
    {"{'$ref': '#missing'}", "/$ref leads to no schema"},
    {"{'$ref': '#/const', 'const': {}}", "/$ref leads to no schema"},
    {"{'$ref': 3}", "/$ref is not a URI reference"},
    {"{'type': 'text'}", "/type is not one of "},
    {"{'type': ['string', 'string']}", "/type has a type twice"},
    {"{'type': []}", "/type is empty"},
    {"{'enum': 3}", "/enum is not an array"},
    {"{'minimum': '3'}", "/minimum is not a number"},
    {"{'multipleOf': 0}", "/multipleOf is not above 0"},
    {"{'multipleOf': -0.5}", "/multipleOf is not above 0"},
    {"{'minLength': -1}", "/minLength is not a whole number"},
    {"{'maxItems': 1.5}", "/maxItems is not a whole number"},
    {"{'maxProperties': 1e300}", "/maxProperties is not a whole number"},
    {"{'pattern': '('}", "/pattern is not a regular expression: "},
    {"{'pattern': '\\\\C'}", "/pattern is not a regular expression: "},
    {"{'patternProperties': {'[': true}}", "/patternProperties is not a regular expression: "},
    {"{'format': 'hostname'}", "/format is refused: only email, "},
    {"{'required': ['a', 'a']}", "/required is not an array of different strings"},
    {"{'required': 'a'}", "/required is not an array of different strings"},
    {"{'dependentRequired': {'a': [1]}}", "/dependentRequired has a member that is not "},
    {"{'properties': []}", "/properties is not an object of schemas"},
    {"{'properties': {'a': 'string'}}", "/properties/a is not a schema"},
    {"{'anyOf': []}", "/anyOf is not an array with at least one schema"},
    {"{'uniqueItems': 1}", "/uniqueItems is not a boolean"},
    {"{'writeOnly': 'yes'}", "/writeOnly is not a boolean"},
    {"{'title': 1}", "/title is not a string"},
    {"{'examples': {}}", "/examples is not an array"},
};

START_TEST(what_is_wrong_or_not_done_is_refused_with_its_place) {
    char reason[512] = "";
    struct json_schema *schema;
    json_t *document = test_json(refused[_i].schema);
    ck_assert_int_eq(json_schema_compile(&schema, document, reason, sizeof reason), JSON_SCHEMA_REFUSED);
    ck_assert_ptr_null(schema);
    ck_assert_msg(strstr(reason, refused[_i].words) != NULL, "%s: %s", refused[_i].schema, reason);
    ck_assert_int_eq(json_schema_compile(&schema, document, NULL, 0), JSON_SCHEMA_REFUSED);
    json_decref(document);
}
END_TEST

static const char *const loops[] = {
    "{'$ref': '#'}",
    "{'$defs': {'a': {'$ref': '#/$defs/b'}, 'b': {'$ref': '#/$defs/a'}}}",
    "{'allOf': [{'$ref': '#'}]}",
    "{'anyOf': [true, {'$ref': '#'}]}",
    "{'not': {'$ref': '#'}}",
    "{'if': true, 'then': {'oneOf': [{'$ref': '#'}]}}",
    "{'$anchor': 'a', 'else': {'$ref': '#a'}}",
};

START_TEST(an_endless_loop_of_references_is_refused) {
    char reason[512] = "";
    struct json_schema *schema;
    json_t *document = test_json(loops[_i]);
    ck_assert_int_eq(json_schema_compile(&schema, document, reason, sizeof reason), JSON_SCHEMA_REFUSED);
    ck_assert_msg(strstr(reason, "leads back to itself, endlessly") != NULL, "%s", reason);
    json_decref(document);
}
END_TEST

START_TEST(a_loop_that_goes_deeper_into_the_instance_is_allowed) {
    static const char tree[] =
        "{'type': 'object', 'properties': {'children': {'type': 'array', 'items': {'$ref': "
        "'#'}}, 'name': {'type': 'string'}}}";
    ck_assert_int_eq(test_validate(tree, "{'children': [{'children': [{'name': 'a'}]}]}", NULL),
                     JSON_SCHEMA_OK);
    struct json_schema_violation violation;
    ck_assert_int_eq(test_validate(tree, "{'children': [{}, {'children': [{'name': 1}]}]}", &violation),
                     JSON_SCHEMA_VIOLATED);
    ck_assert_str_eq(violation.place, "/children/1/children/0/name");
    ck_assert_str_eq(violation.schema_place, "/properties/name");
}
END_TEST

START_TEST(a_document_nested_or_grown_beyond_the_limits_is_refused) {
    char reason[512] = "";
    struct json_schema *schema;
    json_t *document = json_object();
    for (int i = 0; i < JSON_SCHEMA_MAX_NESTING; i++)
        document = json_pack("{s:o}", "not", document);
    ck_assert_int_eq(json_schema_compile(&schema, document, reason, sizeof reason), JSON_SCHEMA_REFUSED);
    ck_assert_msg(strstr(reason, "nested deeper than 64") != NULL, "%s", reason);
    json_decref(document);

    json_t *list = json_array();
    for (int i = 0; i < JSON_SCHEMA_MAX_NODES; i++)
        json_array_append_new(list, json_true());
    document = json_pack("{s:o}", "allOf", list);
    ck_assert_int_eq(json_schema_compile(&schema, document, reason, sizeof reason), JSON_SCHEMA_REFUSED);
    ck_assert_msg(strstr(reason, "more than 20000 subschemas") != NULL, "%s", reason);
    json_decref(document);
}
END_TEST

START_TEST(a_chain_of_references_beyond_the_limit_is_refused) {
    char reason[512] = "";
    struct json_schema *schema;
    json_t *definitions = json_object();
    for (int i = 0; i < 1000; i++) {
        char name[16], next[32];
        snprintf(name, sizeof name, "d%03d", i);
        snprintf(next, sizeof next, "#/$defs/d%03d", i + 1);
        json_object_set_new(definitions, name, json_pack("{s:s}", "$ref", next));
    }
    json_object_set_new(definitions, "d1000", json_true());
    json_t *document = json_pack("{s:o, s:s}", "$defs", definitions, "$ref", "#/$defs/d000");
    enum json_schema_result result = json_schema_compile(&schema, document, reason, sizeof reason);
    json_decref(document);
    ck_assert_int_eq(result, JSON_SCHEMA_REFUSED);
    ck_assert_msg(strstr(reason, "apply one through another") != NULL, "%s", reason);
}
END_TEST

START_TEST(the_document_may_change_after_it_was_compiled) {
    struct json_schema *schema;
    json_t *document =
        test_json("{'properties': {'a': {'enum': ['x'], 'pattern': '^x$'}}, 'required': ['a']}");
    ck_assert_int_eq(json_schema_compile(&schema, document, NULL, 0), JSON_SCHEMA_OK);
    json_object_clear(json_object_get(document, "properties"));
    json_array_clear(json_object_get(document, "required"));
    json_decref(document);
    json_t *good = test_json("{'a': 'x'}"), *bad = test_json("{'a': 'y'}"), *empty = json_object();
    ck_assert_int_eq(json_schema_validate(schema, good, NULL), JSON_SCHEMA_OK);
    ck_assert_int_eq(json_schema_validate(schema, bad, NULL), JSON_SCHEMA_VIOLATED);
    ck_assert_int_eq(json_schema_validate(schema, empty, NULL), JSON_SCHEMA_VIOLATED);
    json_decref(good);
    json_decref(bad);
    json_decref(empty);
    json_schema_free(schema);
}
END_TEST

/* RFC 3986 §5.4: the document's base is http://a/b/c/d;p?q, and a definition has the URI that the reference
 * means. */
static const struct {
    const char *reference, *uri;
} resolutions[] = {
    {"g:h", "g:h"},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {";x", "http://a/b/c/;x"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../g", "http://a/g"},
    {"../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
};

START_TEST(references_are_resolved_as_rfc_3986_says) {
    json_t *document =
        json_pack("{s:s, s:s, s:{s:{s:s, s:s}}}", "$id", "http://a/b/c/d;p?q", "$ref",
                  resolutions[_i].reference, "$defs", "target", "$id", resolutions[_i].uri, "type", "string");
    char reason[512] = "";
    struct json_schema *schema;
    ck_assert_msg(json_schema_compile(&schema, document, reason, sizeof reason) == JSON_SCHEMA_OK, "%s: %s",
                  resolutions[_i].reference, reason);
    json_t *number = json_integer(1);
    ck_assert_int_eq(json_schema_validate(schema, number, NULL), JSON_SCHEMA_VIOLATED);
    json_decref(number);
    json_decref(document);
    json_schema_free(schema);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("compile");
    TCase *tests = tcase_create("compile");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, what_is_wrong_or_not_done_is_refused_with_its_place, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_loop_test(tests, an_endless_loop_of_references_is_refused, 0, sizeof loops / sizeof loops[0]);
    tcase_add_test(tests, a_loop_that_goes_deeper_into_the_instance_is_allowed);
    tcase_add_test(tests, a_document_nested_or_grown_beyond_the_limits_is_refused);
    tcase_add_test(tests, a_chain_of_references_beyond_the_limit_is_refused);
    tcase_add_test(tests, the_document_may_change_after_it_was_compiled);
    tcase_add_loop_test(tests, references_are_resolved_as_rfc_3986_says, 0,
                        sizeof resolutions / sizeof resolutions[0]);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
