/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/status_event.h"
#include "suite.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct cloud_event cause = {
    .id = "a \"quoted\" id \\ with\ttab",
    .source = "/gr\xC3\xBC\xC3\x9F",
    .type = "com.example.test.v1",
    .subject = "s",
};

static json_t *encoded(const struct status_event *status) {
    char *text = status_event_encode(status);
    ck_assert_ptr_nonnull(text);
    json_error_t error;
    json_t *event = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(event != NULL, "%s: %s", text, error.text);
    free(text);
    return event;
}

static const char *text_at(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "(none)" : text;
}

START_TEST(a_json_reader_finds_what_was_told_of_a_sent_mail) {
    const struct smtp_result result = {.fate = SMTP_FATE_REPLIED, .code = 250, .enhanced = {2, 0, 0}};
    json_t *event = encoded(&(struct status_event){.cause = &cause,
                                                   .source = "/email",
                                                   .sent = true,
                                                   .template_name = "welcome",
                                                   .message_id = "m@example.org",
                                                   .attempts = 3,
                                                   .result = &result,
                                                   .now_unix_ms = 0});
    const json_t *data = json_object_get(event, "data"), *of = json_object_get(data, "event");
    ck_assert_str_eq(text_at(event, "specversion"), "1.0");
    ck_assert_str_eq(text_at(event, "source"), "/email");
    ck_assert_str_eq(text_at(event, "type"), "com.example.notification.sent.v1");
    ck_assert_str_eq(text_at(event, "subject"), "s");
    ck_assert_str_eq(text_at(event, "time"), "1970-01-01T00:00:00.000Z");
    ck_assert_uint_eq(strlen(text_at(event, "id")), 36);
    ck_assert_str_eq(text_at(of, "id"), cause.id);
    ck_assert_str_eq(text_at(of, "source"), cause.source);
    ck_assert_str_eq(text_at(of, "type"), cause.type);
    ck_assert_str_eq(text_at(data, "channel"), "email");
    ck_assert_str_eq(text_at(data, "outcome"), "sent");
    ck_assert_str_eq(text_at(data, "template"), "welcome");
    ck_assert_str_eq(text_at(data, "message_id"), "m@example.org");
    ck_assert_str_eq(text_at(data, "enhanced_code"), "2.0.0");
    ck_assert_int_eq(json_integer_value(json_object_get(data, "smtp_code")), 250);
    ck_assert_int_eq(json_integer_value(json_object_get(data, "attempts")), 3);
    ck_assert_ptr_null(json_object_get(data, "reason"));
    json_decref(event);
}
END_TEST

START_TEST(a_failure_without_a_dialogue_tells_no_reply) {
    const struct smtp_result result = {.fate = SMTP_FATE_UNSUPPORTED};
    json_t *event = encoded(
        &(struct status_event){.cause = &cause, .source = "/email", .reason = "gave-up", .result = &result});
    const json_t *data = json_object_get(event, "data");
    ck_assert_str_eq(text_at(event, "type"), "com.example.notification.failed.v1");
    ck_assert_str_eq(text_at(data, "outcome"), "failed");
    ck_assert_str_eq(text_at(data, "reason"), "gave-up");
    ck_assert_ptr_null(json_object_get(data, "smtp_code"));
    ck_assert_ptr_null(json_object_get(data, "enhanced_code"));
    ck_assert_ptr_null(json_object_get(data, "template"));
    json_decref(event);
}
END_TEST

START_TEST(a_suppressed_mail_has_an_outcome_of_its_own) {
    json_t *event =
        encoded(&(struct status_event){.cause = &cause, .source = "/email", .reason = STATUS_SUPPRESSED});
    const json_t *data = json_object_get(event, "data");
    ck_assert_str_eq(text_at(event, "type"), "com.example.notification.failed.v1");
    ck_assert_str_eq(text_at(data, "outcome"), "suppressed");
    ck_assert_str_eq(text_at(data, "reason"), "suppressed");
    json_decref(event);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_json_reader_finds_what_was_told_of_a_sent_mail,
        a_failure_without_a_dialogue_tells_no_reply,
        a_suppressed_mail_has_an_outcome_of_its_own,
    };
    return suite_run("status_event", tests, SUITE_COUNT(tests));
}
