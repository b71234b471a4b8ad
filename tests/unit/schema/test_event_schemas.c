/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_test.h"

#include <event_schemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[200];
static char reason[512];

static void set_up(void) {
    const char *parent = getenv("TMPDIR");
    ck_assert_int_lt(snprintf(folder, sizeof folder, "%s/schemas-XXXXXX", parent != NULL ? parent : "/tmp"),
                     (int)sizeof folder);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    reason[0] = '\0';
}

static void tear_down(void) {
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const char *text) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static enum json_schema_result load(struct event_schemas **schemas) {
    return event_schemas_load(schemas, folder, reason, sizeof reason);
}

START_TEST(each_json_file_is_the_schema_of_its_type) {
    struct event_schemas *schemas;
    write_file("com.example.a.v1.json", "{\"type\": \"object\"}");
    write_file("com.example.a.v1-b.json", "false");
    write_file("com.example.b.v1.json", "true");
    write_file("openapi.yaml", "not JSON");
    write_file(".hidden.json", "not JSON");
    ck_assert_msg(load(&schemas) == JSON_SCHEMA_OK, "%s", reason);
    ck_assert_uint_eq(event_schemas_count(schemas), 3);
    ck_assert_str_eq(event_schemas_type(schemas, 0), "com.example.a.v1");
    ck_assert_str_eq(event_schemas_type(schemas, 1), "com.example.a.v1-b");
    ck_assert_str_eq(event_schemas_type(schemas, 2), "com.example.b.v1");
    json_t *list = json_array();
    const struct {
        const char *type;
        enum json_schema_result result;
    } expected[] = {{"com.example.a.v1", JSON_SCHEMA_VIOLATED},
                    {"com.example.a.v1-b", JSON_SCHEMA_VIOLATED},
                    {"com.example.b.v1", JSON_SCHEMA_OK}};
    for (size_t i = 0; i < 3; i++) {
        const struct json_schema *schema = event_schemas_find(schemas, expected[i].type);
        ck_assert_ptr_nonnull(schema);
        ck_assert_int_eq(json_schema_validate(schema, list, NULL), expected[i].result);
    }
    ck_assert_ptr_null(event_schemas_find(schemas, "com.example.c.v1"));
    ck_assert_ptr_null(event_schemas_find(schemas, ""));
    json_decref(list);
    event_schemas_free(schemas);
}
END_TEST

START_TEST(an_empty_folder_has_no_schemas) {
    struct event_schemas *schemas;
    ck_assert_int_eq(load(&schemas), JSON_SCHEMA_OK);
    ck_assert_uint_eq(event_schemas_count(schemas), 0);
    ck_assert_ptr_null(event_schemas_find(schemas, "a"));
    event_schemas_free(schemas);
    event_schemas_free(NULL);
}
END_TEST

START_TEST(the_last_holder_frees) {
    struct event_schemas *schemas;
    write_file("a.json", "{}");
    ck_assert_int_eq(load(&schemas), JSON_SCHEMA_OK);
    struct event_schemas *other = event_schemas_share(schemas);
    event_schemas_free(schemas);
    ck_assert_ptr_nonnull(event_schemas_find(other, "a"));
    event_schemas_free(other);
    ck_assert_ptr_null(event_schemas_share(NULL));
}
END_TEST

static const struct {
    const char *text, *words;
} bad_files[] = {
    {"{\"type\": ", "/b.json:1:"},
    {"", "/b.json:1:"},
    {"{\"type\": \"object\", \"type\": \"array\"}", "duplicate"},
    {"{\"properties\": {\"a\": {\"minLenght\": 1}}}", "/b.json: /properties/a/minLenght is refused"},
    {"{} {}", "/b.json:1:"},
};

START_TEST(one_bad_file_refuses_the_folder_and_is_named) {
    struct event_schemas *schemas;
    write_file("a.json", "{}");
    write_file("b.json", bad_files[_i].text);
    ck_assert_int_eq(load(&schemas), JSON_SCHEMA_REFUSED);
    ck_assert_ptr_null(schemas);
    ck_assert_msg(strstr(reason, bad_files[_i].words) != NULL, "%s", reason);
    ck_assert_int_eq(event_schemas_load(&schemas, folder, NULL, 0), JSON_SCHEMA_REFUSED);
}
END_TEST

START_TEST(what_cannot_be_read_is_told) {
    struct event_schemas *schemas;
    char path[300];
    ck_assert_int_eq(event_schemas_load(&schemas, "no/such/folder", reason, sizeof reason),
                     JSON_SCHEMA_UNREADABLE);
    ck_assert_str_eq(reason, "no/such/folder: No such file or directory");

    snprintf(path, sizeof path, "%s/d.json", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(load(&schemas), JSON_SCHEMA_UNREADABLE);
    ck_assert_msg(strstr(reason, "/d.json: not a regular file") != NULL, "%s", reason);

    ck_assert_int_eq(unlink(path), 0);
    write_file("d.json", "{}");
    ck_assert_int_eq(truncate(path, JSON_SCHEMA_MAX_FILE_SIZE + 1), 0);
    ck_assert_int_eq(load(&schemas), JSON_SCHEMA_UNREADABLE);
    ck_assert_msg(strstr(reason, "/d.json: larger than 1048576 bytes") != NULL, "%s", reason);
}
END_TEST

static const struct {
    const char *event, *masked;
} events[] = {
    {"{'type': 'a', 'id': '1', 'data': {'token': 't', 'b': 1}}",
     "{'type': 'a', 'id': '1', 'data': {'token': '***', 'b': 1}}"},
    {"{'type': 'unknown', 'data': {'b': 1}}", "{'type': 'unknown', 'data': '***'}"},
    {"{'data': {'b': 1}}", "{'data': '***'}"},
    {"{'type': 3, 'data': {'b': 1}}", "{'type': 3, 'data': '***'}"},
    {"{'type': 'a', 'data_base64': 'AAAA'}", "{'type': 'a', 'data_base64': '***'}"},
    {"{'type': 'a'}", "{'type': 'a'}"},
    {"{'type': 'a', 'data': 'text'}", "{'type': 'a', 'data': 'text'}"},
};

START_TEST(an_event_is_masked_by_the_schema_of_its_type_or_wholly) {
    struct event_schemas *schemas;
    write_file("a.json", "{\"properties\": {\"token\": {\"writeOnly\": true}}}");
    ck_assert_int_eq(load(&schemas), JSON_SCHEMA_OK);
    json_t *event = test_json(events[_i].event), *expected = test_json(events[_i].masked);
    json_t *masked = event_schemas_mask_event(schemas, event);
    ck_assert_msg(json_equal(masked, expected), "%s", events[_i].event);
    json_decref(masked);
    json_decref(expected);
    json_decref(event);
    event_schemas_free(schemas);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("event_schemas");
    TCase *tests = tcase_create("event_schemas");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, each_json_file_is_the_schema_of_its_type);
    tcase_add_test(tests, an_empty_folder_has_no_schemas);
    tcase_add_test(tests, the_last_holder_frees);
    tcase_add_loop_test(tests, one_bad_file_refuses_the_folder_and_is_named, 0,
                        sizeof bad_files / sizeof bad_files[0]);
    tcase_add_test(tests, what_cannot_be_read_is_told);
    tcase_add_loop_test(tests, an_event_is_masked_by_the_schema_of_its_type_or_wholly, 0,
                        sizeof events / sizeof events[0]);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
