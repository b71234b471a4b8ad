/* SPDX-License-Identifier: Apache-2.0 */
/* The pool against a server that does as the test says: sessions reused, lost, slow, refused. TLS and AUTH:
 * test_smtp_pool_tls. */
#include "pool_fixture.h"
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture fixture;
static char big_message[16 * 1024 * 1024]; /* more than the sockets' buffers on loopback swallow */

static void set_up(void) {
    fixture_set_up(&fixture);
}

static void tear_down(void) {
    fixture_tear_down(&fixture);
}

static void make_pool(void) {
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    fixture_make_pool(&fixture, &settings);
}

static void make_pool_of_one(void) {
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.connections = 1;
    fixture_make_pool(&fixture, &settings);
}

static void add_mails(const char *prefix, unsigned count) {
    char recipient[64];
    for (unsigned at = 0; at < count; at++) {
        snprintf(recipient, sizeof(recipient), "%s-%u@example.com", prefix, at);
        fixture_add_mail(&fixture, recipient);
    }
}

static void submit_and_wait(void) {
    fixture_submit(&fixture);
    fixture_run_until(&fixture, fixture_all_done);
}

static void check_each_mail_arrived_once(const char *prefix, unsigned count) {
    char text[80];
    for (unsigned at = 0; at < count; at++) {
        snprintf(text, sizeof(text), "%s-%u@example.com ", prefix, at);
        unsigned arrived = fixture_log_count(&fixture, "mail", text);
        ck_assert_msg(arrived == 1, "%s arrived %u times", text, arrived);
    }
}

START_TEST(many_mails_go_once_each_over_few_sessions) {
    fixture_serve(&fixture, NULL);
    make_pool();
    add_mails("a", 500);
    submit_and_wait();
    check_each_mail_arrived_once("a", 500);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 500);
    ck_assert_uint_le(fixture_log_count(&fixture, "connect", NULL), 4);
    ck_assert_uint_eq(fixture_log_count(&fixture, "violation", NULL), 0);
    ck_assert_uint_eq(fixture.troubles, 0);
}
END_TEST

START_TEST(a_server_without_pipelining_gets_one_command_at_a_time) {
    fixture_serve(&fixture, (const char *const[]){"--no-pipelining", NULL});
    make_pool();
    add_mails("a", 40);
    add_mails("refuse", 5);
    submit_and_wait();
    check_each_mail_arrived_once("a", 40);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 45);
    ck_assert_int_eq(fixture.mails[44].result.phase, SMTP_PHASE_RCPT);
    ck_assert_int_eq(fixture.mails[44].result.enhanced.detail, 1);
}
END_TEST

START_TEST(refused_recipients_do_not_disturb_their_neighbours) {
    fixture_serve(&fixture, NULL);
    make_pool();
    for (unsigned at = 0; at < 100; at++) {
        char recipient[64];
        snprintf(recipient, sizeof(recipient), "%s-%u@example.com", at % 3 == 0 ? "refuse" : "a", at);
        fixture_add_mail(&fixture, recipient);
    }
    submit_and_wait();
    for (unsigned at = 0; at < 100; at++)
        ck_assert_int_eq(fixture.mails[at].result.code, at % 3 == 0 ? 550 : 250);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 66);
}
END_TEST

START_TEST(a_connection_dropped_after_the_dot_makes_one_mail_ambiguous) {
    fixture_serve(&fixture, NULL);
    make_pool();
    add_mails("a", 50);
    fixture_add_mail(&fixture, "drop-1@example.com");
    add_mails("b", 50);
    submit_and_wait();
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_AMBIGUOUS], 1);
    ck_assert_int_eq(fixture.mails[50].result.fate, SMTP_FATE_AMBIGUOUS);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 100);
    check_each_mail_arrived_once("a", 50);
    check_each_mail_arrived_once("b", 50);
    ck_assert_uint_eq(fixture.troubles, 1);
}
END_TEST

START_TEST(an_idle_session_closed_by_421_costs_nothing) {
    fixture_serve(&fixture, (const char *const[]){"--idle-ms", "100", NULL});
    make_pool();
    add_mails("a", 5);
    submit_and_wait();
    fixture_run_until(&fixture, fixture_has_no_session);
    add_mails("b", 5);
    submit_and_wait();
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 10);
    ck_assert_uint_eq(fixture.troubles, 0);
}
END_TEST

START_TEST(an_idle_session_is_quit_before_the_server_does) {
    fixture_serve(&fixture, NULL);
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.timeouts.idle = 50;
    fixture_make_pool(&fixture, &settings);
    add_mails("a", 5);
    submit_and_wait();
    fixture_run_until(&fixture, fixture_has_no_session);
    fixture_stop_pool(&fixture, 5000);
    ck_assert_uint_gt(fixture_log_count(&fixture, "connect", NULL), 0);
    ck_assert_uint_eq(fixture_log_count(&fixture, "quit", NULL),
                      fixture_log_count(&fixture, "connect", NULL));
}
END_TEST

static bool has_only_idle_sessions(struct fixture *now) {
    struct smtp_pool_counts counts = smtp_pool_counts(now->pool);
    return counts.connecting + counts.busy == 0 && counts.idle > 0;
}

START_TEST(a_session_that_went_stale_puts_its_first_mail_back_and_is_no_trouble) {
    static const char *const first_mails[] = {"last-1@example.com", "final-1@example.com"};
    fixture_serve(&fixture, NULL);
    make_pool();
    fixture_add_mail(&fixture, first_mails[_i]);
    submit_and_wait();
    fixture_run_until(&fixture, has_only_idle_sessions);
    fixture_add_mail(&fixture, "a-0@example.com");
    submit_and_wait();
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_PUT_BACK], 1);
    ck_assert_int_eq(fixture.mails[1].result.code, 250);
    ck_assert_uint_eq(fixture.troubles, 0);
    check_each_mail_arrived_once("a", 1);
}
END_TEST

START_TEST(a_421_for_an_envelope_is_trouble_and_charges_nobody) {
    fixture_serve(&fixture, NULL);
    make_pool();
    fixture.keep_put_back = true;
    fixture_add_mail(&fixture, "close-1@example.com");
    submit_and_wait();
    ck_assert_int_eq(fixture.mails[0].result.fate, SMTP_FATE_PUT_BACK);
    ck_assert_uint_eq(fixture.troubles, 1);
    ck_assert_int_eq(fixture.trouble_code, 421);
    ck_assert_uint_eq(fixture.trouble_sessions_up, 0);
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
    add_mails("a", 5);
    /* Sockets on loopback swallow megabytes: the server sees SIZE 1000000, and its receive buffer is small.
     */
    submit_and_wait();
    ck_assert_msg(stalled->result.fate == SMTP_FATE_BODY_BROKEN, "%s", smtp_fate_name(stalled->result.fate));
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 5);
    check_each_mail_arrived_once("a", 5);
}
END_TEST

START_TEST(a_late_reply_is_not_taken_for_the_next_mails) {
    fixture_serve(&fixture, NULL);
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.timeouts.dot = 200;
    settings.connections = 1;
    fixture_make_pool(&fixture, &settings);
    fixture_add_mail(&fixture, "late-1@example.com");
    add_mails("a", 5);
    submit_and_wait();
    ck_assert_int_eq(fixture.mails[0].result.fate, SMTP_FATE_AMBIGUOUS);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 5);
    ck_assert_uint_eq(fixture_log_count(&fixture, "connect", NULL), 2);
    ck_assert_ptr_nonnull(strstr(fixture.trouble_text, "time-out"));
}
END_TEST

START_TEST(a_server_that_never_greets_is_trouble) {
    fixture_serve(&fixture, (const char *const[]){"--mute", NULL});
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.timeouts.connect = 100;
    settings.timeouts.greeting = 100;
    fixture_make_pool(&fixture, &settings);
    fixture.keep_put_back = fixture.hold_on_trouble = true;
    add_mails("a", 1);
    submit_and_wait();
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_PUT_BACK], 1);
    ck_assert_ptr_nonnull(strstr(fixture.trouble_text, "greet"));
}
END_TEST

/* A port that nobody listens on: bound, so that nobody else gets it. */
static int refused_port(int *socket_out) {
    *socket_out = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    ck_assert_int_eq(bind(*socket_out, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(getsockname(*socket_out, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static bool has_three_troubles(struct fixture *now) {
    return now->troubles >= 3;
}

START_TEST(a_refused_port_is_tried_again_after_a_pause_and_mails_wait) {
    int holder = -1;
    fixture.port = refused_port(&holder);
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.connections = 1;
    fixture_make_pool(&fixture, &settings);
    add_mails("a", 1);
    fixture_submit(&fixture);
    uint64_t start = uv_hrtime();
    fixture_run_until(&fixture, has_three_troubles);
    /* 100 ms and 200 ms lie between three attempts: a lower bound that no slow machine breaks. */
    ck_assert_uint_ge(uv_hrtime() - start, (uint64_t)250 * 1000 * 1000);
    ck_assert_uint_eq(fixture.done, 0);
    ck_assert_uint_eq(smtp_pool_counts(fixture.pool).waiting, 1);
    ck_assert_ptr_nonnull(strstr(fixture.trouble_text, "localhost:"));
    fixture_stop_pool(&fixture, 1000);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_PUT_BACK], 1);
    close(holder);
}
END_TEST

START_TEST(a_probe_without_server_is_put_back_after_trouble_told_why) {
    int holder = -1;
    fixture.port = refused_port(&holder);
    make_pool();
    fixture.keep_put_back = true;
    smtp_pool_hold(fixture.pool, true);
    struct fixture_mail *probe = fixture_add_mail(&fixture, "a@example.com");
    smtp_pool_probe(fixture.pool, &probe->mail);
    fixture_run_until(&fixture, fixture_all_done);
    ck_assert_uint_eq(fixture.troubles, 1);
    ck_assert_int_eq(probe->result.fate, SMTP_FATE_PUT_BACK);
    close(holder);
}
END_TEST

START_TEST(on_hold_only_the_probe_is_sent) {
    fixture_serve(&fixture, NULL);
    make_pool();
    fixture.keep_put_back = true;
    add_mails("held", 4);
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
    make_pool();
    add_mails("a", 3);
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
    make_pool();
    add_mails("a", 100);
    fixture_submit(&fixture);
    ck_assert_uint_eq(fixture.submitted, 4);
    fixture_stop_pool(&fixture, 0);
}
END_TEST

START_TEST(a_server_that_takes_few_connections_gets_all_mails_all_the_same) {
    fixture_serve(&fixture, (const char *const[]){"--most-connections", "2", NULL});
    make_pool();
    add_mails("slow", 60);
    submit_and_wait();
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 60);
    check_each_mail_arrived_once("slow", 60);
}
END_TEST

static const struct {
    const char *mails;
    unsigned connects; /* at most, for 60 mails over four sessions */
} per_session[] = {{"1", 60 + 4}, {"7", 9 + 4}};

START_TEST(a_server_that_bounds_the_mails_of_a_session_costs_new_sessions_and_no_trouble) {
    fixture_serve(&fixture, (const char *const[]){"--mails-per-session", per_session[_i].mails, NULL});
    make_pool();
    add_mails("a", 60);
    submit_and_wait();
    check_each_mail_arrived_once("a", 60);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 60);
    ck_assert_uint_eq(fixture.troubles, 0);
    fixture_run_until(&fixture, fixture_no_session_connects);
    ck_assert_uint_le(fixture_log_count(&fixture, "connect", NULL), per_session[_i].connects);
}
END_TEST

START_TEST(a_421_to_a_sessions_first_mail_is_trouble) {
    fixture_serve(&fixture, (const char *const[]){"--mails-per-session", "0", NULL});
    make_pool_of_one();
    fixture.keep_put_back = true;
    add_mails("a", 1);
    submit_and_wait();
    ck_assert_int_eq(fixture.mails[0].result.fate, SMTP_FATE_PUT_BACK);
    ck_assert_uint_eq(fixture.troubles, 1);
    ck_assert_int_eq(fixture.trouble_code, 421);
    ck_assert_uint_eq(fixture.trouble_sessions_up, 0);
}
END_TEST

static bool has_one_session(struct fixture *now) {
    struct smtp_pool_counts counts = smtp_pool_counts(now->pool);
    return counts.connecting == 0 && counts.idle + counts.busy == 1;
}

START_TEST(a_lower_limit_closes_sessions_in_good_order) {
    fixture_serve(&fixture, NULL);
    make_pool();
    add_mails("slow", 40);
    submit_and_wait();
    smtp_pool_set_limit(fixture.pool, 1);
    add_mails("a", 40);
    fixture_submit(&fixture);
    fixture_run_until(&fixture, has_one_session);
    fixture_run_until(&fixture, fixture_all_done);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 80);
    ck_assert_uint_eq(fixture.troubles, 0);
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

static void let_the_server_go_on(void) {
    FILE *go = fopen(fixture_path(&fixture, "log.go"), "w");
    ck_assert_ptr_nonnull(go);
    ck_assert_int_eq(fclose(go), 0);
}

static bool has_data_command(struct fixture *now) {
    return fixture_log_count(now, "command", "DATA") == 1;
}

static bool has_whole_message_and_the_next_envelope(struct fixture *now) {
    return fixture_log_count(now, "mail", "after-") == 1 && smtp_pool_counts(now->pool).waiting == 0;
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
    add_mails("a", 3);
    submit_and_wait();
    check_each_mail_arrived_once("a", 3);
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

START_TEST(broken_off_idle_sessions_stay) {
    fixture_serve(&fixture, NULL);
    make_pool_of_one();
    add_mails("a", 1);
    submit_and_wait();
    fixture_run_until(&fixture, has_only_idle_sessions);
    smtp_pool_break_off(fixture.pool);
    add_mails("b", 1);
    submit_and_wait();
    ck_assert_uint_eq(fixture_log_count(&fixture, "connect", NULL), 1);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 2);
}
END_TEST

static bool has_twenty_done_and_all_sessions_up(struct fixture *now) {
    struct smtp_pool_counts counts = smtp_pool_counts(now->pool);
    return now->done >= 20 && counts.idle + counts.busy == 4;
}

START_TEST(stopping_lets_mails_under_way_arrive_and_says_quit) {
    fixture_serve(&fixture, NULL);
    make_pool();
    add_mails("slow", 200);
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
    Suite *suite = suite_create("smtp pool");
    TCase *cases = tcase_create("pool");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, many_mails_go_once_each_over_few_sessions);
    tcase_add_test(cases, a_server_without_pipelining_gets_one_command_at_a_time);
    tcase_add_test(cases, refused_recipients_do_not_disturb_their_neighbours);
    tcase_add_test(cases, a_connection_dropped_after_the_dot_makes_one_mail_ambiguous);
    tcase_add_test(cases, an_idle_session_closed_by_421_costs_nothing);
    tcase_add_test(cases, an_idle_session_is_quit_before_the_server_does);
    tcase_add_loop_test(cases, a_session_that_went_stale_puts_its_first_mail_back_and_is_no_trouble, 0, 2);
    tcase_add_test(cases, a_421_for_an_envelope_is_trouble_and_charges_nobody);
    tcase_add_test(cases, a_server_that_stalls_inside_a_message_breaks_only_that);
    tcase_add_test(cases, a_late_reply_is_not_taken_for_the_next_mails);
    tcase_add_test(cases, a_server_that_never_greets_is_trouble);
    tcase_add_test(cases, a_refused_port_is_tried_again_after_a_pause_and_mails_wait);
    tcase_add_test(cases, a_probe_without_server_is_put_back_after_trouble_told_why);
    tcase_add_test(cases, on_hold_only_the_probe_is_sent);
    tcase_add_test(cases, a_withdrawn_mail_is_neither_sent_nor_settled);
    tcase_add_test(cases, waiting_mails_are_bounded);
    tcase_add_test(cases, a_server_that_takes_few_connections_gets_all_mails_all_the_same);
    tcase_add_loop_test(cases, a_server_that_bounds_the_mails_of_a_session_costs_new_sessions_and_no_trouble,
                        0, sizeof(per_session) / sizeof(per_session[0]));
    tcase_add_test(cases, a_421_to_a_sessions_first_mail_is_trouble);
    tcase_add_test(cases, a_lower_limit_closes_sessions_in_good_order);
    tcase_add_test(cases, broken_off_an_open_envelope_is_closed_without_a_dot_and_new_mails_go_on);
    tcase_add_test(cases, broken_off_the_reply_to_a_whole_message_counts_and_the_mail_behind_it_is_put_back);
    tcase_add_test(cases, broken_off_idle_sessions_stay);
    tcase_add_test(cases, stopping_waits_for_what_is_under_way_and_cuts_at_the_deadline);
    tcase_add_test(cases, stopping_lets_mails_under_way_arrive_and_says_quit);
    tcase_add_test(cases, a_pool_that_was_never_used_leaves_nothing_on_the_loop);
    tcase_add_test(cases, settings_that_are_no_good_are_refused_with_78);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
