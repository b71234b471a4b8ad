/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"
#include "web/mail_status.h"
#include <stdio.h>
#include <string.h>

#define EVENT(type, data)                                                                                    \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/email\",\"type\":\"com.example.notification." type  \
    "\",\"time\":\"2026-11-21T07:29:00.000Z\",\"data\":" data "}"
#define CAUSE "\"event\":{\"source\":\"/order\",\"id\":\"7\",\"type\":\"com.example.order.placed.v1\"}"

static enum mail_status_verdict decode(const char *text, struct mail_status *status, struct error *error) {
    return mail_status_decode(status, text, strlen(text), NULL, error);
}

START_TEST(a_sent_mail_is_read) {
    struct mail_status status;
    struct error error = {0};
    ck_assert_int_eq(
        decode(EVENT("sent.v1", "{" CAUSE ",\"channel\":\"email\",\"outcome\":\"sent\",\"attempts\":2,"
                                "\"template\":\"welcome\",\"message_id\":\"<m@example.org>\","
                                "\"smtp_code\":250,\"enhanced_code\":\"2.0.0\"}"),
               &status, &error),
        MAIL_STATUS_OK);
    ck_assert_int_eq(status.state, MAIL_SENT);
    ck_assert_str_eq(status.cause_source, "/order");
    ck_assert_str_eq(status.cause_id, "7");
    ck_assert_str_eq(status.template_name, "welcome");
    ck_assert_str_eq(status.message_id, "<m@example.org>");
    ck_assert_str_eq(status.reason, "");
    ck_assert_str_eq(status.enhanced_code, "2.0.0");
    ck_assert_int_eq(status.attempts, 2);
    ck_assert_int_eq(status.smtp_code, 250);
    ck_assert_int_eq(status.time_ms, INT64_C(1795246140000));
    mail_status_clear(&status);
}
END_TEST

START_TEST(a_failure_needs_no_more_than_its_cause) {
    struct mail_status status;
    struct error error = {0};
    ck_assert_int_eq(decode(EVENT("failed.v1", "{" CAUSE "}"), &status, &error), MAIL_STATUS_OK);
    ck_assert_int_eq(status.state, MAIL_FAILED);
    ck_assert_str_eq(status.template_name, "");
    ck_assert_str_eq(status.message_id, "");
    ck_assert_int_eq(status.smtp_code, 0);
    mail_status_clear(&status);
}
END_TEST

static const struct {
    const char *text;
    enum mail_status_verdict verdict;
} others[] = {
    {EVENT("bounced.v1", "{}"), MAIL_STATUS_OTHER},
    {EVENT("sent.v2", "{" CAUSE "}"), MAIL_STATUS_OTHER},
    {"", MAIL_STATUS_BAD},
    {"null", MAIL_STATUS_BAD},
    {"{\"specversion\":\"1.0\"", MAIL_STATUS_BAD},
    {EVENT("sent.v1", "[]"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{}"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{\"event\":\"7\"}"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{\"event\":{\"source\":\"/order\"}}"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{\"event\":{\"source\":\"/order\",\"id\":\"\"}}"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{\"event\":{\"source\":\"/order\",\"id\":7}}"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{" CAUSE ",\"template\":7}"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{" CAUSE ",\"attempts\":\"1\"}"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{" CAUSE ",\"attempts\":-1}"), MAIL_STATUS_BAD},
    {EVENT("sent.v1", "{" CAUSE ",\"smtp_code\":2.5}"), MAIL_STATUS_BAD},
};

START_TEST(what_is_no_status_is_told_apart) {
    for (size_t i = 0; i < SUITE_COUNT(others); i++) {
        struct mail_status status;
        struct error error = {0};
        ck_assert_msg(decode(others[i].text, &status, &error) == others[i].verdict, "%s", others[i].text);
        ck_assert_msg(others[i].verdict == MAIL_STATUS_OTHER || error.text[0] != '\0', "%s", others[i].text);
    }
}
END_TEST

START_TEST(a_text_of_any_length_is_not_stored) {
    struct mail_status status;
    struct error error = {0};
    char text[4096], reason[2048];
    memset(reason, 'r', sizeof reason);
    for (size_t length = 1024; length <= 1025; length++) {
        snprintf(text, sizeof text, EVENT("failed.v1", "{" CAUSE ",\"reason\":\"%.*s\"}"), (int)length,
                 reason);
        enum mail_status_verdict verdict = decode(text, &status, &error);
        ck_assert_int_eq(verdict, length == 1024 ? MAIL_STATUS_OK : MAIL_STATUS_BAD);
        if (verdict == MAIL_STATUS_OK)
            mail_status_clear(&status);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_sent_mail_is_read,
        a_failure_needs_no_more_than_its_cause,
        what_is_no_status_is_told_apart,
        a_text_of_any_length_is_not_stored,
    };
    return suite_run("mail_status", tests, SUITE_COUNT(tests));
}
