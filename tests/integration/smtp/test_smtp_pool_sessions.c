/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: when they begin, end and begin again, and which of it is trouble. TLS and AUTH:
 * test_smtp_pool_tls. */
#include "pool_fixture.h"
#include "suite.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture fixture;

static void set_up(void) {
    fixture_set_up(&fixture);
}

static void tear_down(void) {
    fixture_tear_down(&fixture);
}

START_TEST(an_idle_session_closed_by_421_costs_nothing) {
    fixture_serve(&fixture, (const char *const[]){"--idle-ms", "100", NULL});
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "a", 5);
    fixture_submit_and_wait(&fixture);
    fixture_run_until(&fixture, fixture_has_no_session);
    fixture_add_mails(&fixture, "b", 5);
    fixture_submit_and_wait(&fixture);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 10);
    ck_assert_uint_eq(fixture.troubles, 0);
}
END_TEST

START_TEST(an_idle_session_is_quit_before_the_server_does) {
    fixture_serve(&fixture, NULL);
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.timeouts.idle = 50;
    fixture_make_pool(&fixture, &settings);
    fixture_add_mails(&fixture, "a", 5);
    fixture_submit_and_wait(&fixture);
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
    fixture_make_plain_pool(&fixture);
    fixture_add_mail(&fixture, first_mails[_i]);
    fixture_submit_and_wait(&fixture);
    fixture_run_until(&fixture, has_only_idle_sessions);
    fixture_add_mail(&fixture, "a-0@example.com");
    fixture_submit_and_wait(&fixture);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_PUT_BACK], 1);
    ck_assert_int_eq(fixture.mails[1].result.code, 250);
    ck_assert_uint_eq(fixture.troubles, 0);
    fixture_check_each_arrived_once(&fixture, "a", 1);
}
END_TEST

START_TEST(a_421_for_an_envelope_is_trouble_and_charges_nobody) {
    fixture_serve(&fixture, NULL);
    fixture_make_plain_pool(&fixture);
    fixture.keep_put_back = true;
    fixture_add_mail(&fixture, "close-1@example.com");
    fixture_submit_and_wait(&fixture);
    ck_assert_int_eq(fixture.mails[0].result.fate, SMTP_FATE_PUT_BACK);
    ck_assert_uint_eq(fixture.troubles, 1);
    ck_assert_int_eq(fixture.trouble_code, 421);
    ck_assert_uint_eq(fixture.trouble_sessions_up, 0);
}
END_TEST

START_TEST(a_server_that_never_greets_is_trouble) {
    fixture_serve(&fixture, (const char *const[]){"--mute", NULL});
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.timeouts.connect = 100;
    settings.timeouts.greeting = 100;
    fixture_make_pool(&fixture, &settings);
    fixture.keep_put_back = fixture.hold_on_trouble = true;
    fixture_add_mails(&fixture, "a", 1);
    fixture_submit_and_wait(&fixture);
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
    fixture_add_mails(&fixture, "a", 1);
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
    fixture_make_plain_pool(&fixture);
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

START_TEST(a_server_that_takes_few_connections_gets_all_mails_all_the_same) {
    fixture_serve(&fixture, (const char *const[]){"--most-connections", "2", NULL});
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "slow", 60);
    fixture_submit_and_wait(&fixture);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 60);
    fixture_check_each_arrived_once(&fixture, "slow", 60);
}
END_TEST

static const struct {
    const char *mails;
    unsigned connects; /* at most, for 60 mails over four sessions */
} per_session[] = {{"1", 60 + 4}, {"7", 9 + 4}};

START_TEST(a_server_that_bounds_the_mails_of_a_session_costs_new_sessions_and_no_trouble) {
    fixture_serve(&fixture, (const char *const[]){"--mails-per-session", per_session[_i].mails, NULL});
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "a", 60);
    fixture_submit_and_wait(&fixture);
    fixture_check_each_arrived_once(&fixture, "a", 60);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 60);
    ck_assert_uint_eq(fixture.troubles, 0);
    fixture_run_until(&fixture, fixture_no_session_connects);
    ck_assert_uint_le(fixture_log_count(&fixture, "connect", NULL), per_session[_i].connects);
}
END_TEST

static void make_pool_of_one(void) {
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.connections = 1;
    fixture_make_pool(&fixture, &settings);
}

START_TEST(a_421_to_a_sessions_first_mail_is_trouble) {
    fixture_serve(&fixture, (const char *const[]){"--mails-per-session", "0", NULL});
    make_pool_of_one();
    fixture.keep_put_back = true;
    fixture_add_mails(&fixture, "a", 1);
    fixture_submit_and_wait(&fixture);
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
    fixture_make_plain_pool(&fixture);
    fixture_add_mails(&fixture, "slow", 40);
    fixture_submit_and_wait(&fixture);
    smtp_pool_set_limit(fixture.pool, 1);
    fixture_add_mails(&fixture, "a", 40);
    fixture_submit(&fixture);
    fixture_run_until(&fixture, has_one_session);
    fixture_run_until(&fixture, fixture_all_done);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_REPLIED], 80);
    ck_assert_uint_eq(fixture.troubles, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp pool sessions");
    TCase *cases = suite_case(suite, "sessions", set_up, tear_down, 60);
    tcase_add_test(cases, an_idle_session_closed_by_421_costs_nothing);
    tcase_add_test(cases, an_idle_session_is_quit_before_the_server_does);
    tcase_add_loop_test(cases, a_session_that_went_stale_puts_its_first_mail_back_and_is_no_trouble, 0, 2);
    tcase_add_test(cases, a_421_for_an_envelope_is_trouble_and_charges_nobody);
    tcase_add_test(cases, a_server_that_never_greets_is_trouble);
    tcase_add_test(cases, a_refused_port_is_tried_again_after_a_pause_and_mails_wait);
    tcase_add_test(cases, a_probe_without_server_is_put_back_after_trouble_told_why);
    tcase_add_test(cases, a_server_that_takes_few_connections_gets_all_mails_all_the_same);
    tcase_add_loop_test(cases, a_server_that_bounds_the_mails_of_a_session_costs_new_sessions_and_no_trouble,
                        0, sizeof(per_session) / sizeof(per_session[0]));
    tcase_add_test(cases, a_421_to_a_sessions_first_mail_is_trouble);
    tcase_add_test(cases, a_lower_limit_closes_sessions_in_good_order);
    return suite_end(suite);
}
