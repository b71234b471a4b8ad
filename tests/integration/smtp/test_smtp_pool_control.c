/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner of the pool asks of it: to hold, to withdraw, to stop; and what it takes at all. */
#include "pool_fixture.h"
#include "suite.h"
#include <string.h>

static struct fixture fixture;

static void set_up(void) {
    fixture_set_up(&fixture);
}

static void tear_down(void) {
    fixture_tear_down(&fixture);
}

START_TEST(on_hold_only_the_probe_is_sent) {
    fixture_serve(&fixture, NULL);
    fixture_make_plain_pool(&fixture);
    fixture.keep_put_back = true;
    fixture_add_mails(&fixture, "held", 4);
    fixture_submit(&fixture);
    smtp_pool_hold(fixture.pool, true);
    fixture_run_until(&fixture, fixture_all_done);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_PUT_BACK], 4);
    struct fixture_mail *probe = fixture_add_mail(&fixture, "probe@example.com");
    struct fixture_mail *refused = fixture_add_mail(&fixture, "later@example.com");
    ck_assert(!smtp_pool_submit(fixture.pool, &refused->mail));
    smtp_pool_probe(fixture.pool, &probe->mail);
    fixture.submitted = 5;
    fixture.mail_count = 5;
    fixture_run_until(&fixture, fixture_all_done);
    ck_assert_int_eq(probe->result.code, 250);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 1);
    fixture.mail_count = 6;
    smtp_pool_hold(fixture.pool, false); /* has_room comes, and with it the mail that was refused */
    fixture_run_until(&fixture, fixture_all_done);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", "later@"), 1);
}
END_TEST

START_TEST(a_withdrawn_mail_is_neither_sent_nor_settled) {
    fixture_serve(&fixture, NULL);
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "a", 3);
    struct fixture_mail *withdrawn = fixture_add_mail(&fixture, "withdrawn@example.com");
    fixture_submit(&fixture);
    ck_assert(smtp_pool_withdraw(fixture.pool, &withdrawn->mail));
    ck_assert(!smtp_pool_withdraw(fixture.pool, &withdrawn->mail));
    fixture.mail_count = 3;
    fixture_run_until(&fixture, fixture_all_done);
    fixture_stop_pool(&fixture, 5000);
    ck_assert_uint_eq(withdrawn->settled, 0);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", "withdrawn"), 0);
}
END_TEST

START_TEST(waiting_mails_are_bounded) {
    fixture_serve(&fixture, (const char *const[]){"--mute", NULL});
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "a", 100);
    fixture_submit(&fixture);
    ck_assert_uint_eq(fixture.submitted, 4);
    fixture_stop_pool(&fixture, 0);
}
END_TEST

static bool has_a_busy_session(struct fixture *now) {
    return fixture_log_count(now, "mail", "silent") == 1;
}

START_TEST(stopping_waits_for_what_is_under_way_and_cuts_at_the_deadline) {
    fixture_serve(&fixture, NULL);
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.connections = 1;
    fixture_make_pool(&fixture, &settings);
    fixture_add_mail(&fixture, "silent-1@example.com");
    fixture_add_mail(&fixture, "b-1@example.com"); /* its envelope may be on the wire already */
    fixture_submit(&fixture);
    fixture_run_until(&fixture, has_a_busy_session);
    fixture_stop_pool(&fixture, 100);
    ck_assert_int_eq(fixture.mails[0].result.fate, SMTP_FATE_AMBIGUOUS);
    ck_assert_uint_eq(fixture.mails[1].settled, fixture.submitted - 1);
    if (fixture.submitted == 2)
        ck_assert_int_eq(fixture.mails[1].result.fate, SMTP_FATE_PUT_BACK);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", "b-1"), 0);
}
END_TEST

static bool has_twenty_done_and_all_sessions_up(struct fixture *now) {
    struct smtp_pool_counts counts = smtp_pool_counts(now->pool);
    return now->done >= 20 && counts.idle + counts.busy == 4;
}

START_TEST(stopping_lets_mails_under_way_arrive_and_says_quit) {
    fixture_serve(&fixture, NULL);
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "slow", 200);
    fixture_submit(&fixture);
    fixture_run_until(&fixture, has_twenty_done_and_all_sessions_up);
    fixture_stop_pool(&fixture, 10000);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_AMBIGUOUS] + fixture.fates[SMTP_FATE_BODY_BROKEN], 0);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), fixture.fates[SMTP_FATE_REPLIED]);
    ck_assert_uint_eq(fixture_log_count(&fixture, "quit", NULL),
                      fixture_log_count(&fixture, "connect", NULL));
}
END_TEST

START_TEST(a_pool_that_was_never_used_leaves_nothing_on_the_loop) {
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.url = "smtp://localhost";
    fixture_make_pool(&fixture, &settings);
    smtp_pool_free(fixture.pool);
    fixture.pool = NULL;
}
END_TEST

START_TEST(settings_that_are_no_good_are_refused_with_78) {
    static const struct {
        const char *url, *username, *password, *helo_name, *about;
    } cases[] = {
        {"http://localhost", NULL, NULL, NULL, "smtp://"},
        {"localhost:25", NULL, NULL, NULL, "smtp"},
        {"smtp://", NULL, NULL, NULL, "URL"},
        {"smtp://localhost:99999", NULL, NULL, NULL, "URL"},
        {"smtp://localhost/path", NULL, NULL, NULL, "nothing behind"},
        {"smtp://user:password@localhost", NULL, NULL, NULL, "credentials"},
        {"smtp://localhost", "user", "password", NULL, "in clear"},
        {"smtp://localhost", NULL, "password", NULL, "user name"},
        {"smtp://localhost", NULL, NULL, "a b\r\nMAIL", "EHLO"},
    };
    const struct smtp_pool_events events = {0};
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        struct smtp_pool_settings settings = {.url = cases[at].url,
                                              .username = cases[at].username,
                                              .password = cases[at].password,
                                              .helo_name = cases[at].helo_name,
                                              .tls = SMTP_TLS_NONE,
                                              .connections = 1};
        struct error error = {0};
        struct smtp_pool *pool = NULL;
        ck_assert_msg(!smtp_pool_new(&pool, &fixture.loop, &settings, &events, &error), "%s", cases[at].url);
        ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
        ck_assert_msg(strstr(error.text, cases[at].about) != NULL, "%s", error.text);
        ck_assert_ptr_null(strstr(error.text, "password@"));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp pool control");
    TCase *cases = suite_case(suite, "control", set_up, tear_down, 60);
    tcase_add_test(cases, on_hold_only_the_probe_is_sent);
    tcase_add_test(cases, a_withdrawn_mail_is_neither_sent_nor_settled);
    tcase_add_test(cases, waiting_mails_are_bounded);
    tcase_add_test(cases, stopping_waits_for_what_is_under_way_and_cuts_at_the_deadline);
    tcase_add_test(cases, stopping_lets_mails_under_way_arrive_and_says_quit);
    tcase_add_test(cases, a_pool_that_was_never_used_leaves_nothing_on_the_loop);
    tcase_add_test(cases, settings_that_are_no_good_are_refused_with_78);
    return suite_end(suite);
}
