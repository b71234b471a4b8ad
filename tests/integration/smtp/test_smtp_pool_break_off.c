/* SPDX-License-Identifier: Apache-2.0 */
/* A drain's time is over: no body begins any more, and only a mail whose dot is out is waited for. */
#include "pool_fixture.h"
#include "suite.h"
#include <stdio.h>

static struct fixture fixture;

static void set_up(void) {
    fixture_set_up(&fixture);
}

static void tear_down(void) {
    fixture_tear_down(&fixture);
}

static void make_pool_of_one(void) {
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.connections = 1;
    fixture_make_pool(&fixture, &settings);
}

static void let_the_server_go_on(void) {
    FILE *go = fopen(fixture_path(&fixture, "log.go"), "w");
    ck_assert_ptr_nonnull(go);
    ck_assert_int_eq(fclose(go), 0);
}

static bool has_data_command(struct fixture *now) {
    return fixture_log_count(now, "command", "DATA") == 1;
}

static bool has_whole_message_and_the_next_envelope(struct fixture *now) {
    return fixture_log_count(now, "mail", "after-") == 1 && now->submitted == 2 &&
           smtp_pool_counts(now->pool).waiting == 0;
}

static bool first_session_is_gone(struct fixture *now) {
    return fixture_log_count(now, "disconnect", NULL) >= 1;
}

START_TEST(broken_off_an_open_envelope_is_closed_without_a_dot_and_new_mails_go_on) {
    fixture_serve(&fixture, NULL);
    make_pool_of_one();
    fixture.keep_put_back = true;
    fixture_add_mail(&fixture, "held-1@example.com");
    fixture_submit(&fixture);
    fixture_run_until(&fixture, has_data_command);
    smtp_pool_break_off(fixture.pool);
    ck_assert_uint_eq(fixture.done, 0); /* it is settled from the loop, not from within */
    let_the_server_go_on();
    fixture_run_until(&fixture, fixture_all_done);
    ck_assert_int_eq(fixture.mails[0].result.fate, SMTP_FATE_PUT_BACK);
    fixture_run_until(&fixture, first_session_is_gone);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 0);
    ck_assert_uint_eq(fixture.troubles, 0);
    fixture_add_mails(&fixture, "a", 3);
    fixture_submit_and_wait(&fixture);
    fixture_check_each_arrived_once(&fixture, "a", 3);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 3);
}
END_TEST

START_TEST(broken_off_the_reply_to_a_whole_message_counts_and_the_mail_behind_it_is_put_back) {
    fixture_serve(&fixture, NULL);
    make_pool_of_one();
    fixture.keep_put_back = true;
    fixture_add_mail(&fixture, "after-1@example.com");
    fixture_add_mail(&fixture, "b-1@example.com");
    fixture_submit(&fixture);
    fixture_run_until(&fixture, has_whole_message_and_the_next_envelope);
    smtp_pool_break_off(fixture.pool);
    let_the_server_go_on();
    fixture_run_until(&fixture, fixture_all_done);
    ck_assert_int_eq(fixture.mails[0].result.fate, SMTP_FATE_REPLIED);
    ck_assert_int_eq(fixture.mails[0].result.code, 250);
    ck_assert_int_eq(fixture.mails[1].result.fate, SMTP_FATE_PUT_BACK);
    fixture_run_until(&fixture, first_session_is_gone);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 1);
    ck_assert_uint_eq(fixture.troubles, 0);
}
END_TEST

static bool has_only_idle_sessions(struct fixture *now) {
    struct smtp_pool_counts counts = smtp_pool_counts(now->pool);
    return counts.connecting + counts.busy == 0 && counts.idle > 0;
}

START_TEST(broken_off_idle_sessions_stay) {
    fixture_serve(&fixture, NULL);
    make_pool_of_one();
    fixture_add_mails(&fixture, "a", 1);
    fixture_submit_and_wait(&fixture);
    fixture_run_until(&fixture, has_only_idle_sessions);
    smtp_pool_break_off(fixture.pool);
    fixture_add_mails(&fixture, "b", 1);
    fixture_submit_and_wait(&fixture);
    ck_assert_uint_eq(fixture_log_count(&fixture, "connect", NULL), 1);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 2);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp pool break-off");
    TCase *cases = suite_case(suite, "break-off", set_up, tear_down, 60);
    tcase_add_test(cases, broken_off_an_open_envelope_is_closed_without_a_dot_and_new_mails_go_on);
    tcase_add_test(cases, broken_off_the_reply_to_a_whole_message_counts_and_the_mail_behind_it_is_put_back);
    tcase_add_test(cases, broken_off_idle_sessions_stay);
    return suite_end(suite);
}
