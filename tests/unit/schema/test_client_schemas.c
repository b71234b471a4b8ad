/* SPDX-License-Identifier: Apache-2.0 */
/* A client that was given a schema folder. No broker is needed: what is refused never gets into the queue. */
#include <check.h>
#include <notify-client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[200];
static notify_client_config *config;
static notify_event *event;

static void write_schema(const char *name, const char *text) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void set_up(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/schemas-XXXXXX", parent != NULL ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_schema("a.v1.json",
                 "{\"type\": \"object\", \"required\": [\"mail\"], \"properties\": {\"mail\": {\"type\": "
                 "\"string\", \"format\": \"email\"}}}");
    ck_assert_int_eq(notify_client_config_new(&config), NOTIFY_OK);
    ck_assert_int_eq(notify_client_config_set(config, "bootstrap.servers", "127.0.0.1:1", NULL, 0),
                     NOTIFY_OK);
    ck_assert_int_eq(notify_client_config_set_source(config, "/test"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_new(&event, "a.v1"), NOTIFY_OK);
}

static void tear_down(void) {
    char command[300];
    event = notify_event_free(event);
    config = notify_client_config_free(config);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void ignore_log(int level, const char *text, void *data) {
    (void)level, (void)text, (void)data;
}

/* Publishes with a client of the configuration. */
static enum notify_error publish(size_t *pending_out) {
    notify_client *client;
    notify_client_config_set_log_callback(config, ignore_log, NULL);
    ck_assert_int_eq(notify_client_new(&client, config, NULL, 0), NOTIFY_OK);
    enum notify_error error = notify_client_publish(client, "topic", event, NULL);
    *pending_out = notify_client_pending(client);
    notify_client_free(client);
    return error;
}

static void assert_refused(const char *sentence) {
    size_t pending;
    ck_assert_int_eq(publish(&pending), NOTIFY_E_INVALID_EVENT);
    ck_assert_str_eq(notify_client_last_error_text(), sentence);
    ck_assert_uint_eq(pending, 0);
    ck_assert_ptr_null(notify_event_id(event));
}

START_TEST(an_event_that_breaks_its_schema_is_refused_with_the_place_and_without_the_value) {
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, folder), NOTIFY_OK);
    assert_refused("the event's data is not an object (type)");
    ck_assert_int_eq(notify_event_set_string(event, "name", "x"), NOTIFY_OK);
    assert_refused("the event's data has no member \"mail\" (required)");
    ck_assert_int_eq(notify_event_set_string(event, "mail", "hunter2"), NOTIFY_OK);
    assert_refused("the event's data at /mail is not a mail address (format)");
}
END_TEST

START_TEST(an_event_that_satisfies_its_schema_is_queued) {
    size_t pending;
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, folder), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_string(event, "mail", "ada@example.org"), NOTIFY_OK);
    ck_assert_int_eq(publish(&pending), NOTIFY_OK);
    ck_assert_uint_eq(pending, 1);
}
END_TEST

START_TEST(a_type_without_a_schema_is_refused) {
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, folder), NOTIFY_OK);
    notify_event_free(event);
    ck_assert_int_eq(notify_event_new(&event, "b.v1"), NOTIFY_OK);
    assert_refused("there is no schema for the event's type b.v1");
}
END_TEST

START_TEST(without_a_folder_nothing_is_checked) {
    size_t pending;
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, folder), NOTIFY_OK);
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, NULL), NOTIFY_OK);
    ck_assert_int_eq(publish(&pending), NOTIFY_OK);
    ck_assert_uint_eq(pending, 1);
}
END_TEST

START_TEST(a_bad_schema_is_named_and_the_configuration_stays) {
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, folder), NOTIFY_OK);
    write_schema("b.v1.json", "{\"properties\": {\"a\": {\"minLenght\": 1}}}");
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, folder), NOTIFY_E_INVALID_CONFIG);
    ck_assert_ptr_nonnull(strstr(notify_client_last_error_text(),
                                 "/b.v1.json: /properties/a/minLenght is refused: an unknown keyword"));
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, "no/such"), NOTIFY_E_INVALID_CONFIG);
    ck_assert_str_eq(notify_client_last_error_text(), "the schemas: no/such: No such file or directory");
    assert_refused("the event's data is not an object (type)");
    ck_assert_int_eq(notify_client_config_set_schema_folder(NULL, folder), NOTIFY_E_INVALID_ARGUMENT);
}
END_TEST

START_TEST(a_copy_checks_after_the_original_is_gone) {
    notify_client_config *copy;
    ck_assert_int_eq(notify_client_config_set_schema_folder(config, folder), NOTIFY_OK);
    ck_assert_int_eq(notify_client_config_copy(&copy, config), NOTIFY_OK);
    notify_client_config_free(config);
    config = copy;
    assert_refused("the event's data is not an object (type)");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("client_schemas");
    TCase *tests = tcase_create("client_schemas");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_event_that_breaks_its_schema_is_refused_with_the_place_and_without_the_value);
    tcase_add_test(tests, an_event_that_satisfies_its_schema_is_queued);
    tcase_add_test(tests, a_type_without_a_schema_is_refused);
    tcase_add_test(tests, without_a_folder_nothing_is_checked);
    tcase_add_test(tests, a_bad_schema_is_named_and_the_configuration_stays);
    tcase_add_test(tests, a_copy_checks_after_the_original_is_gone);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
