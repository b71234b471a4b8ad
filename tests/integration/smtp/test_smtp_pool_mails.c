/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of each mail, whatever the server does to it or to its neighbours. */
#include "pool_fixture.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

static struct fixture fixture;
static char big_message[16 * 1024 * 1024]; /* more than the sockets' buffers on loopback swallow */

static void set_up(void) {
    fixture_set_up(&fixture);
}

static void tear_down(void) {
    fixture_tear_down(&fixture);
}

START_TEST(many_mails_go_once_each_over_few_sessions) {
    fixture_serve(&fixture, NULL);
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "a", 500);
    fixture_submit_and_wait(&fixture);
    fixture_check_each_arrived_once(&fixture, "a", 500);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 500);
    ck_assert_uint_le(fixture_log_count(&fixture, "connect", NULL), 4);
    ck_assert_uint_eq(fixture_log_count(&fixture, "violation", NULL), 0);
    ck_assert_uint_eq(fixture.troubles, 0);
}
END_TEST

START_TEST(a_server_without_pipelining_gets_one_command_at_a_time) {
    fixture_serve(&fixture, (const char *const[]){"--no-pipelining", NULL});
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "a", 40);
    fixture_add_mails(&fixture, "refuse", 5);
    fixture_submit_and_wait(&fixture);
    fixture_check_each_arrived_once(&fixture, "a", 40);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 45);
    ck_assert_int_eq(fixture.mails[44].result.phase, SMTP_PHASE_RCPT);
    ck_assert_int_eq(fixture.mails[44].result.enhanced.detail, 1);
}
END_TEST

START_TEST(refused_recipients_do_not_disturb_their_neighbours) {
    fixture_serve(&fixture, NULL);
    fixture_make_plain_pool(&fixture);
    for (unsigned at = 0; at < 100; at++) {
        char recipient[64];
        snprintf(recipient, sizeof(recipient), "%s-%u@example.com", at % 3 == 0 ? "refuse" : "a", at);
        fixture_add_mail(&fixture, recipient);
    }
    fixture_submit_and_wait(&fixture);
    for (unsigned at = 0; at < 100; at++)
        ck_assert_int_eq(fixture.mails[at].result.code, at % 3 == 0 ? 550 : 250);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 66);
}
END_TEST

START_TEST(a_connection_dropped_after_the_dot_makes_one_mail_ambiguous) {
    fixture_serve(&fixture, NULL);
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "a", 50);
    fixture_add_mail(&fixture, "drop-1@example.com");
    fixture_add_mails(&fixture, "b", 50);
    fixture_submit_and_wait(&fixture);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_AMBIGUOUS], 1);
    ck_assert_int_eq(fixture.mails[50].result.fate, SMTP_FATE_AMBIGUOUS);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 100);
    fixture_check_each_arrived_once(&fixture, "a", 50);
    fixture_check_each_arrived_once(&fixture, "b", 50);
    ck_assert_uint_eq(fixture.troubles, 1);
}
END_TEST

START_TEST(a_server_that_stalls_inside_a_message_breaks_only_that) {
    fixture_serve(&fixture, NULL);
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.timeouts.block = 300;
    settings.connections = 1;
    fixture_make_pool(&fixture, &settings);
    memset(big_message, 'x', sizeof(big_message));
    for (size_t at = 70; at + 1 < sizeof(big_message); at += 70)
        memcpy(big_message + at, "\r\n", 2);
    struct fixture_mail *stalled = fixture_add_mail(&fixture, "stall-1@example.com");
    stalled->mail.message = big_message;
    stalled->mail.message_size = sizeof(big_message);
    fixture_add_mails(&fixture, "a", 5);
    /* Sockets on loopback swallow megabytes: the server sees SIZE 1000000, and its receive buffer is small.
     */
    fixture_submit_and_wait(&fixture);
    ck_assert_msg(stalled->result.fate == SMTP_FATE_BODY_BROKEN, "%s", smtp_fate_name(stalled->result.fate));
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 5);
    fixture_check_each_arrived_once(&fixture, "a", 5);
}
END_TEST

START_TEST(a_late_reply_is_not_taken_for_the_next_mails) {
    fixture_serve(&fixture, NULL);
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.timeouts.dot = 200;
    settings.connections = 1;
    fixture_make_pool(&fixture, &settings);
    fixture_add_mail(&fixture, "late-1@example.com");
    fixture_add_mails(&fixture, "a", 5);
    fixture_submit_and_wait(&fixture);
    ck_assert_int_eq(fixture.mails[0].result.fate, SMTP_FATE_AMBIGUOUS);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 5);
    ck_assert_uint_eq(fixture_log_count(&fixture, "connect", NULL), 2);
    ck_assert_ptr_nonnull(strstr(fixture.trouble_text, "time-out"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp pool mails");
    TCase *cases = suite_case(suite, "mails", set_up, tear_down, 60);
    tcase_add_test(cases, many_mails_go_once_each_over_few_sessions);
    tcase_add_test(cases, a_server_without_pipelining_gets_one_command_at_a_time);
    tcase_add_test(cases, refused_recipients_do_not_disturb_their_neighbours);
    tcase_add_test(cases, a_connection_dropped_after_the_dot_makes_one_mail_ambiguous);
    tcase_add_test(cases, a_server_that_stalls_inside_a_message_breaks_only_that);
    tcase_add_test(cases, a_late_reply_is_not_taken_for_the_next_mails);
    return suite_end(suite);
}
