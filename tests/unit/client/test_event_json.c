/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <notify-client.h>
#include <stdlib.h>
#include <string.h>

/* Reads an event and writes it again. */
static char *round_trip(const char *json) {
    notify_event *event;
    char error_text[200] = "", *encoded;
    size_t size;
    ck_assert_msg(notify_event_from_json(&event, json, strlen(json), error_text, sizeof error_text) ==
                      NOTIFY_OK,
                  "%s: %s", json, error_text);
    ck_assert_int_eq(notify_event_encode(event, &encoded, &size), NOTIFY_OK);
    notify_event_free(event);
    return encoded;
}

static const struct {
    const char *json, *expected;
} round_trips[] = {
    /* Extensions, an offset and more digits than we would write stay as they came. */
    {"{\"type\":\"a.v1\",\"time\":\"2026-11-21T08:29:00.123456+01:00\",\"source\":\"/s\",\"id\":\"1\","
     "\"specversion\":\"1.0\",\"dataschema\":\"/schemas/a\",\"priority\":3,\"urgent\":true,"
     "\"datacontenttype\":\"application/vnd.a+json; charset=utf-8\",\"data\":{\"b\":1}}",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"a.v1\","
     "\"time\":\"2026-11-21T08:29:00.123456+01:00\","
     "\"datacontenttype\":\"application/vnd.a+json; charset=utf-8\","
     "\"dataschema\":\"/schemas/a\",\"priority\":3,\"urgent\":true,\"data\":{\"b\":1}}"},
    /* null is the same as absent. */
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"
     "s\",\"type\":\"a.v1\",\"subject\":null,\"extra\":null,"
     "\"time\":\"2026-11-21T08:29:00Z\"}",
     "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"
     "s\",\"type\":\"a.v1\",\"time\":\"2026-11-21T08:29:00Z\"}"},
};

START_TEST(what_is_read_is_written_again) {
    char *encoded = round_trip(round_trips[_i].json);
    ck_assert_str_eq(encoded, round_trips[_i].expected);
    notify_event_free_encoded(encoded);
}
END_TEST

START_TEST(the_attributes_can_be_asked_for) {
    static const char json[] = "{\"specversion\":\"1.0\",\"id\":\"i\",\"source\":\"/s\",\"type\":\"a.v1\","
                               "\"subject\":\"u\",\"time\":\"2026-11-21T08:29:00Z\"}";
    notify_event *event;
    ck_assert_int_eq(notify_event_from_json(&event, json, strlen(json), NULL, 0), NOTIFY_OK);
    ck_assert_str_eq(notify_event_id(event), "i");
    ck_assert_str_eq(notify_event_type(event), "a.v1");
    ck_assert_str_eq(notify_event_source(event), "/s");
    ck_assert_str_eq(notify_event_subject(event), "u");
    ck_assert_str_eq(notify_event_key(event), "u");
    ck_assert_str_eq(notify_event_time(event), "2026-11-21T08:29:00Z");
    ck_assert_ptr_null(notify_event_traceparent(event));
    ck_assert_ptr_null(notify_event_tracestate(event));
    notify_event_free(event);
}
END_TEST

#define EVENT(more) "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"a.v1\"" more "}"

static const struct {
    const char *json, *words;
} refused[] = {
    {"", "not a JSON object"},
    {"[" EVENT("") "]", "not a JSON object"},
    {EVENT("") EVENT(""), "not a JSON object"},
    {"{}", "specversion is missing"},
    {"{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"a.v1\"}",
     "specversion is not \"1.0\""},
    {"{\"specversion\":1.0,\"id\":\"1\",\"source\":\"/s\",\"type\":\"a.v1\"}", "specversion is not a string"},
    {"{\"specversion\":\"1.0\",\"source\":\"/s\",\"type\":\"a.v1\"}", "id is missing"},
    {"{\"specversion\":\"1.0\",\"id\":null,\"source\":\"/s\",\"type\":\"a.v1\"}", "id is missing"},
    {"{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"/s\",\"type\":\"a.v1\"}", "id is empty"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"type\":\"a.v1\"}", "source is missing"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\"}", "type is missing"},
    {EVENT(",\"id\":\"2\""), "duplicate"},
    {EVENT(",\"time\":\"yesterday\""), "time is not an RFC 3339"},
    {EVENT(",\"subject\":7"), "subject is not a string"},
    {EVENT(",\"data\":[1]"), "data is not a JSON object"},
    {EVENT(",\"data\":null"), "data is not a JSON object"},
    {EVENT(",\"data\":\"text\""), "data is not a JSON object"},
    {EVENT(",\"data_base64\":\"eA==\""), "data_base64"},
    {EVENT(",\"datacontenttype\":\"text/xml\",\"data\":{}"), "datacontenttype is not JSON"},
    {EVENT(",\"Upper\":\"x\""), "lower-case"},
    {EVENT(",\"ext\":{}"), "ext is not a string"},
    {EVENT(",\"ext\":1.5"), "ext is not a string"},
    {EVENT(",\"ext\":\"a\\u0007\""), "ext has a control character"},
};

START_TEST(what_is_no_event_is_refused_by_name) {
    notify_event *event;
    char error_text[200] = "";
    const char *json = refused[_i].json;
    ck_assert_int_eq(notify_event_from_json(&event, json, strlen(json), error_text, sizeof error_text),
                     NOTIFY_E_INVALID_EVENT);
    ck_assert_ptr_null(event);
    ck_assert_msg(strstr(error_text, refused[_i].words) != NULL, "%s: %s", json, error_text);
}
END_TEST

START_TEST(a_refusal_does_not_quote_the_event) {
    static const char json[] = "{\"token\": canary}";
    notify_event *event;
    char error_text[200] = "";
    ck_assert_int_eq(notify_event_from_json(&event, json, strlen(json), error_text, sizeof error_text),
                     NOTIFY_E_INVALID_EVENT);
    ck_assert_ptr_null(strstr(error_text, "canary"));
}
END_TEST

START_TEST(every_truncation_is_refused) {
    static const char json[] = EVENT(",\"data\":{\"a\":[1,\"\xC3\xA9\"]}");
    for (size_t size = 0; size < strlen(json); size++) {
        char *exact = malloc(size == 0 ? 1 : size); /* so that a sanitizer sees a read beyond */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, json, size);
        notify_event *event;
        ck_assert_int_eq(notify_event_from_json(&event, exact, size, NULL, 0), NOTIFY_E_INVALID_EVENT);
        free(exact);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("event_json");
    TCase *test_case = tcase_create("event_json");
    tcase_add_loop_test(test_case, what_is_read_is_written_again, 0,
                        sizeof round_trips / sizeof round_trips[0]);
    tcase_add_test(test_case, the_attributes_can_be_asked_for);
    tcase_add_loop_test(test_case, what_is_no_event_is_refused_by_name, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(test_case, a_refusal_does_not_quote_the_event);
    tcase_add_test(test_case, every_truncation_is_refused);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
