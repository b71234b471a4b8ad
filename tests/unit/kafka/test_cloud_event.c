/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka protocol binding of CloudEvents 1.0 §3, and what must be refused. */
#include "kafka/cloud_event.h"
#include "suite.h"
#include <string.h>

#define GOOD                                                                                                 \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"                                                   \
    "s\",\"type\":\"t.v1\",\"time\":\"2026-11-21T07:29:00.5Z\","                                             \
    "\"subject\":\"u1\",\"data\":{\"a\":1}}"

static struct error trouble;

static bool decode(struct cloud_event *event, const char *value, const rd_kafka_headers_t *headers) {
    *event = (struct cloud_event){0};
    return cloud_event_decode(event, value, strlen(value), headers, &trouble);
}

static rd_kafka_headers_t *with(const char *name, const char *value) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    rd_kafka_header_add(headers, name, -1, value, (ssize_t)strlen(value));
    return headers;
}

START_TEST(a_structured_event_is_read_whole) {
    struct cloud_event event;
    rd_kafka_headers_t *headers = with("content-type", "application/cloudevents+json; charset=UTF-8");
    ck_assert(decode(&event, GOOD, headers));
    ck_assert_str_eq(event.id, "1");
    ck_assert_str_eq(event.source, "/s");
    ck_assert_str_eq(event.type, "t.v1");
    ck_assert_str_eq(event.subject, "u1");
    ck_assert_int_eq(event.time_unix_ms, INT64_C(1795246140500)); /* date -u -d 2026-11-21T07:29:00Z +%s */
    ck_assert_int_eq(json_integer_value(json_object_get(event.data, "a")), 1);
    cloud_event_clear(&event);
    rd_kafka_headers_destroy(headers);
}
END_TEST

START_TEST(the_structured_content_type_is_told_by_its_beginning_in_any_case) {
    static const char *const types[] = {"APPLICATION/CloudEvents+JSON", "application/cloudevents",
                                        "application/cloudevents+json"};
    for (size_t i = 0; i < SUITE_COUNT(types); i++) {
        struct cloud_event event;
        rd_kafka_headers_t *headers = with("content-type", types[i]);
        ck_assert(decode(&event, GOOD, headers));
        cloud_event_clear(&event);
        rd_kafka_headers_destroy(headers);
    }
}
END_TEST

START_TEST(a_binary_event_has_its_attributes_in_headers) {
    struct cloud_event event;
    rd_kafka_headers_t *headers = with("ce_specversion", "1.0");
    rd_kafka_header_add(headers, "ce_id", -1, "7", -1);
    rd_kafka_header_add(headers, "ce_source", -1, "/b", -1);
    rd_kafka_header_add(headers, "ce_type", -1, "t.v2", -1);
    rd_kafka_header_add(headers, "content-type", -1, "application/json", -1);
    ck_assert(decode(&event, "{\"b\":true}", headers));
    ck_assert_str_eq(event.id, "7");
    ck_assert_str_eq(event.type, "t.v2");
    ck_assert_int_eq(event.time_unix_ms, -1);
    ck_assert(json_is_true(json_object_get(event.data, "b")));
    cloud_event_clear(&event);
    rd_kafka_headers_destroy(headers);
}
END_TEST

static const struct {
    const char *value, *named;
} bad[] = {
    {"", "empty"},
    {"{", "JSON"},
    {"[]", "not a JSON object"},
    {"\"text\"", "not a JSON object"},
    {"{\"specversion\":\"1.0\"}", "id"},
    {"{\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}", "specversion"},
    {"{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}", "specversion"},
    {"{\"specversion\":\"1.0\",\"id\":1,\"source\":\"/s\",\"type\":\"t\",\"data\":{}}", "id"},
    {"{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}", "id"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"type\":\"t\",\"data\":{}}", "source"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"data\":{}}", "type"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"
     "s\",\"type\":\"t\",\"time\":\"yesterday\",\"data\":{}}",
     "time"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}", "data"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":3}", "data"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"id\":\"2\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}",
     "JSON"},
    {"{\"specversion\":\"1.0\",\"id\":\"\\u0000\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}", "JSON"},
    {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{\"n\":1e999}}",
     "JSON"},
    {"{\"specversion\":\"1.0\",\"id\":\"\xC0\xAF\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}", "JSON"},
};

START_TEST(a_bad_event_is_refused_in_words_that_name_the_fault) {
    for (size_t i = 0; i < SUITE_COUNT(bad); i++) {
        struct cloud_event event;
        ck_assert_msg(!decode(&event, bad[i].value, NULL), "%s", bad[i].value);
        ck_assert_msg(strstr(trouble.text, bad[i].named) != NULL, "%s: %s", bad[i].value, trouble.text);
    }
}
END_TEST

START_TEST(nesting_without_end_is_refused) {
    enum { DEPTH = 100000 };
    char *value = malloc(DEPTH + 1);
    ck_assert_ptr_nonnull(value);
    memset(value, '[', DEPTH);
    value[DEPTH] = '\0';
    struct cloud_event event;
    ck_assert(!decode(&event, value, NULL));
    free(value);
}
END_TEST

START_TEST(what_is_wrong_is_told_without_the_value) {
    struct cloud_event event;
    ck_assert(!decode(&event, "{\"recipient\": secret-token-4711", NULL));
    ck_assert_ptr_null(strstr(trouble.text, "4711"));
}
END_TEST

START_TEST(a_batch_is_refused) {
    struct cloud_event event;
    rd_kafka_headers_t *headers = with("content-type", "application/cloudevents-batch+json");
    ck_assert(!decode(&event, "[" GOOD "]", headers));
    ck_assert_ptr_nonnull(strstr(trouble.text, "batch"));
    rd_kafka_headers_destroy(headers);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_structured_event_is_read_whole,
        the_structured_content_type_is_told_by_its_beginning_in_any_case,
        a_binary_event_has_its_attributes_in_headers,
        a_bad_event_is_refused_in_words_that_name_the_fault,
        nesting_without_end_is_refused,
        what_is_wrong_is_told_without_the_value,
        a_batch_is_refused,
    };
    return suite_run("cloud_event", tests, SUITE_COUNT(tests));
}
