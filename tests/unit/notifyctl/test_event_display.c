/* SPDX-License-Identifier: Apache-2.0 */
#include "event_display.h"
#include "suite.h"

#include <string.h>

static char *shown(const char *event_text) {
    struct event_schemas *schemas = NULL;
    struct error error = {0};
    ck_assert_msg(event_display_load_schemas(&schemas, SCHEMAS_FOLDER, &error), "%s", error.text);
    json_t *event = json_loads(event_text, 0, NULL);
    ck_assert_ptr_nonnull(event);
    json_t *masked = event_display_event(schemas, event);
    char *text = json_dumps(masked, JSON_COMPACT);
    ck_assert_ptr_nonnull(text);
    json_decref(masked);
    json_decref(event);
    event_schemas_free(schemas);
    return text;
}

START_TEST(what_a_schema_marks_write_only_and_the_local_part_of_addresses_are_masked) {
    char *text =
        shown("{\"type\": \"com.example.notification.requested.v1\", \"subject\": \"ada@example.org\","
              " \"data\": {\"template\": \"confirm\", \"recipient\": \"ada@example.org\","
              " \"variables\": {\"link\": \"https://example.org/?token=canary\"}}}");
    ck_assert_msg(strstr(text, "\"template\":\"confirm\"") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "@example.org") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "ada") == NULL && strstr(text, "canary") == NULL, "%s", text);
    free(text);
}
END_TEST

START_TEST(nothing_of_an_event_without_a_schema_is_shown) {
    char *text =
        shown("{\"type\": \"com.example.unheard.of.v1\", \"id\": \"e1\", \"data\": {\"a\": \"canary\"}}");
    ck_assert_msg(strstr(text, "\"id\":\"e1\"") != NULL && strstr(text, "canary") == NULL, "%s", text);
    free(text);
}
END_TEST

START_TEST(addresses_in_lists_and_below_are_masked) {
    char *text = shown("{\"type\": \"com.example.order.placed.v1\", \"x\": [\"a-canary@example.org\","
                       " {\"y\": \"b-canary@example.org\"}], \"data\": {}}");
    ck_assert_msg(strstr(text, "canary") == NULL, "%s", text);
    free(text);
}
END_TEST

START_TEST(a_key_is_shown_as_a_text_or_by_its_size) {
    json_t *key = event_display_bytes("user-1", 6), *binary = event_display_bytes("\0\xff", 2),
           *none = event_display_bytes(NULL, 0), *latin = event_display_bytes("\xff", 1);
    ck_assert_str_eq(json_string_value(key), "user-1");
    ck_assert_str_eq(json_string_value(binary), "(2 bytes)");
    ck_assert_str_eq(json_string_value(latin), "(1 bytes)");
    ck_assert(json_is_null(none));
    json_decref(key);
    json_decref(binary);
    json_decref(latin);
    json_decref(none);
}
END_TEST

START_TEST(springs_numbers_are_shown_as_numbers_and_others_as_texts) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(3);
    rd_kafka_header_add(headers, "kafka_dlt-original-offset", -1, "\0\0\0\0\0\0\1\2", 8);
    rd_kafka_header_add(headers, "retry_topic-attempts", -1, "\0\0\0\7", 4);
    rd_kafka_header_add(headers, "kafka_dlt-exception-message", -1, "refused: canary@example.org", -1);
    json_t *shown_headers = event_display_headers(headers);
    char *text = json_dumps(shown_headers, JSON_COMPACT);
    ck_assert_msg(strstr(text, "{\"name\":\"kafka_dlt-original-offset\",\"value\":258}") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "{\"name\":\"retry_topic-attempts\",\"value\":7}") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "refused: ***@example.org") != NULL, "%s", text);
    free(text);
    json_decref(shown_headers);
    rd_kafka_headers_destroy(headers);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        what_a_schema_marks_write_only_and_the_local_part_of_addresses_are_masked,
        nothing_of_an_event_without_a_schema_is_shown,
        addresses_in_lists_and_below_are_masked,
        a_key_is_shown_as_a_text_or_by_its_size,
        springs_numbers_are_shown_as_numbers_and_others_as_texts,
    };
    return suite_run("event_display", tests, SUITE_COUNT(tests));
}
