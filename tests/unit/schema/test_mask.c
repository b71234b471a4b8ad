/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_test.h"

#include <stdlib.h>

static const struct {
    const char *schema, *instance, *masked;
} masks[] = {
    {"true", "{'a': 1}", "{'a': 1}"},
    {"{'writeOnly': true}", "{'a': 1}", "'***'"},
    {"{'writeOnly': false}", "{'a': 1}", "{'a': 1}"},
    {"{'properties': {'a': {'writeOnly': true}}}", "{'a': {'b': 1}, 'c': 2}", "{'a': '***', 'c': 2}"},
    {"{'properties': {'a': {'properties': {'b': {'writeOnly': true}}}}}", "{'a': {'b': [1], 'c': 2}}",
     "{'a': {'b': '***', 'c': 2}}"},
    {"{'patternProperties': {'^x': {'writeOnly': true}}}", "{'xy': 1, 'y': 2}", "{'xy': '***', 'y': 2}"},
    {"{'properties': {'a': true}, 'additionalProperties': {'writeOnly': true}}", "{'a': 1, 'b': 2}",
     "{'a': 1, 'b': '***'}"},
    {"{'prefixItems': [true], 'items': {'writeOnly': true}}", "[1, 2, 3]", "[1, '***', '***']"},
    {"{'contains': {'writeOnly': true}}", "[1, 2]", "['***', '***']"},
    {"{'allOf': [true, {'properties': {'a': {'writeOnly': true}}}]}", "{'a': 1}", "{'a': '***'}"},
    /* Whichever branch the instance takes. */
    {"{'anyOf': [true, {'type': 'null', 'properties': {'a': {'writeOnly': true}}}]}", "{'a': 1}",
     "{'a': '***'}"},
    {"{'oneOf': [true, {'properties': {'a': {'writeOnly': true}}}]}", "{'a': 1}", "{'a': '***'}"},
    {"{'if': false, 'then': {'properties': {'a': {'writeOnly': true}}}}", "{'a': 1}", "{'a': '***'}"},
    {"{'if': true, 'else': {'properties': {'a': {'writeOnly': true}}}}", "{'a': 1}", "{'a': '***'}"},
    /* Also what does not satisfy the schema. */
    {"{'type': 'null', 'required': ['z'], 'properties': {'a': {'type': 'null', 'writeOnly': true}}}",
     "{'a': 1}", "{'a': '***'}"},
    {"{'$ref': '#/$defs/s', '$defs': {'s': {'writeOnly': true}}}", "1", "'***'"},
    {"{'properties': {'next': {'$ref': '#'}, 'key': {'writeOnly': true}}}",
     "{'key': 1, 'next': {'key': 2, 'next': {'key': 3}}}",
     "{'key': '***', 'next': {'key': '***', 'next': {'key': '***'}}}"},
    {"{'properties': {'a': {'properties': {'b': {'writeOnly': true}}}}}", "{'a': [{'b': 1}]}",
     "{'a': [{'b': 1}]}"},
};

START_TEST(what_is_write_only_is_masked_and_nothing_else) {
    struct json_schema *schema = test_schema(masks[_i].schema);
    json_t *instance = test_json(masks[_i].instance), *before = json_deep_copy(instance);
    json_t *expected = test_json(masks[_i].masked);
    json_t *masked = json_schema_mask_write_only(schema, instance);
    char *text = json_dumps(masked, JSON_ENCODE_ANY);
    ck_assert_msg(json_equal(masked, expected), "%s: %s", masks[_i].schema, text);
    ck_assert_msg(json_equal(instance, before), "the instance was changed");
    free(text);
    json_decref(masked);
    json_decref(expected);
    json_decref(before);
    json_decref(instance);
    json_schema_free(schema);
}
END_TEST

START_TEST(where_a_limit_is_reached_it_is_masked) {
    struct json_schema *schema =
        test_schema("{'$defs': {'two': {'properties': {'a': {'allOf': [{'$ref': '#/$defs/two'}, {'$ref': "
                    "'#/$defs/two'}]}}}}, '$ref': '#/$defs/two', 'properties': {'z': {'minLength': 1}}}");
    json_t *instance = json_object();
    for (int i = 0; i < 40; i++)
        instance = json_pack("{s:o}", "a", instance);
    json_t *masked = json_schema_mask_write_only(schema, instance);
    size_t depth = 0;
    const json_t *at = masked;
    for (; json_is_object(at) && json_object_size(at) > 0; at = json_object_get(at, "a"))
        depth++;
    ck_assert_str_eq(json_string_value(at), JSON_SCHEMA_MASK);
    ck_assert_uint_lt(depth, 40);
    json_decref(masked);
    json_decref(instance);
    json_schema_free(schema);
}
END_TEST

START_TEST(a_name_that_a_pattern_cannot_decide_on_is_masked) {
    struct json_schema *schema = test_schema("{'patternProperties': {'(a*)*b': {'writeOnly': true}}}");
    json_t *instance = test_json("{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab': 1, 'c': 2}");
    json_t *masked = json_schema_mask_write_only(schema, instance);
    void *first = json_object_iter(masked);
    ck_assert_str_eq(json_string_value(json_object_iter_value(first)), JSON_SCHEMA_MASK);
    ck_assert_int_eq(json_integer_value(json_object_get(masked, "c")), 2);
    json_decref(masked);
    json_decref(instance);
    json_schema_free(schema);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mask");
    TCase *tests = tcase_create("mask");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, what_is_write_only_is_masked_and_nothing_else, 0,
                        sizeof masks / sizeof masks[0]);
    tcase_add_test(tests, where_a_limit_is_reached_it_is_masked);
    tcase_add_test(tests, a_name_that_a_pattern_cannot_decide_on_is_masked);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
