/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <notify-client.h>
#include <stdlib.h>
#include <string.h>

static notify_event *event;

static void set_up(void) {
    ck_assert_int_eq(notify_event_new(&event, "com.example.user.signed_up.v1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_id(event, "1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_source(event, "/signup"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_time(event, INT64_C(1795246140123)), NOTIFY_OK);
}

static void tear_down(void) {
    event = notify_event_free(event);
}

#define PREFIX                                                                                               \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"                                                   \
    "signup\",\"type\":\"com.example.user.signed_up.v1\","

static void assert_encoded(const char *expected) {
    char *encoded;
    size_t size;
    ck_assert_int_eq(notify_event_encode(event, &encoded, &size), NOTIFY_OK);
    ck_assert_str_eq(encoded, expected);
    ck_assert_uint_eq(size, strlen(expected));
    notify_event_free_encoded(encoded);
}

START_TEST(an_event_without_data_has_its_attributes_only) {
    assert_encoded(PREFIX "\"time\":\"2026-11-21T07:29:00.123Z\"}");
}
END_TEST

START_TEST(members_are_set_by_path_and_text_is_escaped) {
    ck_assert_int_eq(notify_event_set_subject(event, "u-1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_string(event, "variables.name", "Zo\xC3\xAB \"\\\n\x01"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_integer(event, "variables.count", INT64_MIN), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_boolean(event, "variables.deep.flag", 2), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_string(event, "variables.count", "replaced"), NOTIFY_OK);
    assert_encoded(PREFIX "\"subject\":\"u-1\",\"time\":\"2026-11-21T07:29:00.123Z\","
                          "\"datacontenttype\":\"application/json\",\"data\":{\"variables\":{"
                          "\"name\":\"Zo\xC3\xAB \\\"\\\\\\n\\u0001\",\"count\":\"replaced\","
                          "\"deep\":{\"flag\":true}}}}");
}
END_TEST

START_TEST(data_given_as_json_keeps_its_order_and_values) {
    static const char data[] =
        "{ \"z\": [1, 2.5, null, {}], \"a\": \"\\u00e9\", \"n\": -9223372036854775808 }";
    ck_assert_int_eq(notify_event_set_data_json(event, data, strlen(data)), NOTIFY_OK);
    assert_encoded(PREFIX "\"time\":\"2026-11-21T07:29:00.123Z\",\"datacontenttype\":\"application/json\","
                          "\"data\":{\"z\":[1,2.5,null,{}],\"a\":\"\xC3\xA9\",\"n\":-9223372036854775808}}");
}
END_TEST

static const struct {
    const char *json;
    const char *words; /* in the error text */
} bad_data[] = {
    {"", "not a JSON object"},
    {"[]", "not a JSON object"},
    {"\"text\"", "not a JSON object"},
    {"{\"a\":1", "not a JSON object"},
    {"{\"a\":1} x", "not a JSON object"},
    {"{\"a\":1,\"a\":2}", "duplicate"},
    {"{\"a\":1e999}", "too large"},
    {"{\"a\":123456789012345678901234567890}", "too large"},
    {"{\"a\":\"\xFF\"}", "UTF-8"},
    {"{\"a\":\"\\u0000\"}", "NUL"},
    {"{\"a\":NaN}", "not a JSON object"},
};

START_TEST(data_that_is_no_clean_json_object_is_refused) {
    ck_assert_int_eq(notify_event_set_integer(event, "kept", 1), NOTIFY_OK);
    const char *json = bad_data[_i].json;
    ck_assert_int_eq(notify_event_set_data_json(event, json, strlen(json)), NOTIFY_E_INVALID_EVENT);
    ck_assert_msg(strstr(notify_client_last_error_text(), bad_data[_i].words) != NULL, "%s: %s", json,
                  notify_client_last_error_text());
    assert_encoded(PREFIX "\"time\":\"2026-11-21T07:29:00.123Z\",\"datacontenttype\":\"application/json\","
                          "\"data\":{\"kept\":1}}");
}
END_TEST

/* {"a":{"a":…{}…}}, levels of it. */
static char *nested_object(size_t levels) {
    char *json = malloc(levels * 6 + 1), *end = json;
    ck_assert_ptr_nonnull(json);
    for (size_t i = 1; i < levels; i++)
        end = stpcpy(end, "{\"a\":");
    end = stpcpy(end, "{");
    memset(end, '}', levels);
    end[levels] = '\0';
    return json;
}

START_TEST(data_may_be_nested_32_levels_and_no_deeper) {
    const struct {
        size_t levels;
        enum notify_error error;
    } cases[] = {{32, NOTIFY_OK},
                 {33, NOTIFY_E_INVALID_EVENT},
                 {1000, NOTIFY_E_INVALID_EVENT},
                 {100000, NOTIFY_E_INVALID_EVENT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *json = nested_object(cases[i].levels);
        ck_assert_int_eq(notify_event_set_data_json(event, json, strlen(json)), cases[i].error);
        free(json);
    }
    ck_assert_ptr_nonnull(strstr(notify_client_last_error_text(), "nested"));
}
END_TEST

START_TEST(paths_must_be_names_that_lead_through_objects) {
    ck_assert_int_eq(notify_event_set_string(event, "text", "x"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_string(event, "text.more", "x"), NOTIFY_E_INVALID_EVENT);
    const char *paths[] = {"", ".", "a.", ".a", "a..b", "a.\n", "\xFF"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        ck_assert_int_eq(notify_event_set_integer(event, paths[i], 1), NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_event_set_string(event, "a", "\xFF"), NOTIFY_E_INVALID_EVENT);
    ck_assert_int_eq(notify_event_set_string(event, "a", NULL), NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_event_set_string(event, NULL, "a"), NOTIFY_E_INVALID_ARGUMENT);
    char path[80];
    memset(path, 0, sizeof path);
    for (int i = 0; i < 33; i++)
        memcpy(path + strlen(path), i == 0 ? "a" : ".a", i == 0 ? 1 : 2);
    ck_assert_int_eq(notify_event_set_integer(event, path, 1), NOTIFY_E_INVALID_ARGUMENT);
    path[strlen(path) - 2] = '\0';
    ck_assert_int_eq(notify_event_set_integer(event, path, 1), NOTIFY_OK);
}
END_TEST

START_TEST(bad_attributes_are_refused_and_leave_the_old_ones) {
    ck_assert_int_eq(notify_event_set_id(event, ""), NOTIFY_E_INVALID_EVENT);
    ck_assert_int_eq(notify_event_set_id(event, "a\rb"), NOTIFY_E_INVALID_EVENT);
    ck_assert_str_eq(notify_client_last_error_text(), "the event's id has a control character");
    ck_assert_int_eq(notify_event_set_id(event, NULL), NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_event_set_source(event, "with space"), NOTIFY_E_INVALID_EVENT);
    ck_assert_int_eq(notify_event_set_time(event, INT64_MAX), NOTIFY_E_INVALID_EVENT);
    ck_assert_int_eq(notify_event_set_trace(event, "garbage", NULL), NOTIFY_E_INVALID_EVENT);
    ck_assert_int_eq(
        notify_event_set_trace(event, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "\n"),
        NOTIFY_E_INVALID_EVENT);
    ck_assert_ptr_null(notify_event_traceparent(event));
    assert_encoded(PREFIX "\"time\":\"2026-11-21T07:29:00.123Z\"}");

    notify_event *other = event;
    ck_assert_int_eq(notify_event_new(&other, "no/type"), NOTIFY_E_INVALID_EVENT);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(notify_event_new(&other, NULL), NOTIFY_E_INVALID_ARGUMENT);
}
END_TEST

START_TEST(the_key_is_the_subject_unless_one_is_set) {
    ck_assert_ptr_null(notify_event_key(event));
    ck_assert_int_eq(notify_event_set_subject(event, "subject"), NOTIFY_OK);
    ck_assert_str_eq(notify_event_key(event), "subject");
    ck_assert_int_eq(notify_event_set_key(event, "key"), NOTIFY_OK);
    ck_assert_str_eq(notify_event_key(event), "key");
}
END_TEST

START_TEST(encoding_assigns_id_and_time_once_but_no_source) {
    notify_event *bare;
    char *first, *second;
    size_t size;
    ck_assert_int_eq(notify_event_new(&bare, "a.v1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_encode(bare, &first, &size), NOTIFY_E_INVALID_EVENT);
    ck_assert_ptr_null(first);
    ck_assert_ptr_nonnull(strstr(notify_client_last_error_text(), "source"));
    ck_assert_int_eq(notify_event_set_source(bare, "/a"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_encode(bare, &first, &size), NOTIFY_OK);
    ck_assert_int_eq(notify_event_encode(bare, &second, &size), NOTIFY_OK);
    ck_assert_str_eq(first, second);
    ck_assert_uint_eq(strlen(notify_event_id(bare)), 36);
    ck_assert_uint_eq(strlen(notify_event_time(bare)), 24);
    notify_event_free_encoded(first);
    notify_event_free_encoded(second);
    notify_event_free(bare);
}
END_TEST

START_TEST(errors_have_names_and_sentences) {
    ck_assert_str_eq(notify_client_error_name(NOTIFY_OK), "NOTIFY_OK");
    ck_assert_str_eq(notify_client_error_name(NOTIFY_E_LOCKED), "NOTIFY_E_LOCKED");
    ck_assert_str_eq(notify_client_error_name((enum notify_error)16), "NOTIFY_E_UNKNOWN");
    ck_assert_str_eq(notify_client_error_name((enum notify_error) - 1), "NOTIFY_E_UNKNOWN");
    for (int error = NOTIFY_OK; error <= NOTIFY_E_LOCKED; error++) {
        const char *text = notify_client_error_text((enum notify_error)error);
        ck_assert_uint_gt(strlen(text), 5);
        ck_assert_int_ne(text[strlen(text) - 1], '.');
        ck_assert_ptr_null(strstr(notify_client_error_name((enum notify_error)error), "UNKNOWN_E"));
    }
    ck_assert_uint_gt(strlen(notify_client_error_text((enum notify_error)99)), 5);
    ck_assert_str_eq(notify_client_version(), NOTIFY_VERSION);
}
END_TEST

START_TEST(freeing_nothing_is_harmless) {
    ck_assert_ptr_null(notify_event_free(NULL));
    ck_assert_ptr_null(notify_client_free(NULL));
    ck_assert_ptr_null(notify_client_config_free(NULL));
    notify_event_free_encoded(NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("event");
    TCase *test_case = tcase_create("event");
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, an_event_without_data_has_its_attributes_only);
    tcase_add_test(test_case, members_are_set_by_path_and_text_is_escaped);
    tcase_add_test(test_case, data_given_as_json_keeps_its_order_and_values);
    tcase_add_loop_test(test_case, data_that_is_no_clean_json_object_is_refused, 0,
                        sizeof bad_data / sizeof bad_data[0]);
    tcase_add_test(test_case, data_may_be_nested_32_levels_and_no_deeper);
    tcase_add_test(test_case, paths_must_be_names_that_lead_through_objects);
    tcase_add_test(test_case, bad_attributes_are_refused_and_leave_the_old_ones);
    tcase_add_test(test_case, the_key_is_the_subject_unless_one_is_set);
    tcase_add_test(test_case, encoding_assigns_id_and_time_once_but_no_source);
    tcase_add_test(test_case, errors_have_names_and_sentences);
    tcase_add_test(test_case, freeing_nothing_is_harmless);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
