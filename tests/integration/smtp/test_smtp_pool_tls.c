/* SPDX-License-Identifier: Apache-2.0 */
/* What is never done: mail in clear where TLS is required, to a server that is not the one named, or without
 * the AUTH asked for. */
#include "pool_fixture.h"
#include "suite.h"
#include <string.h>
#include <unistd.h>

static struct fixture fixture;

static void set_up(void) {
    fixture_set_up(&fixture);
    fixture.keep_put_back = fixture.hold_on_trouble = true;
}

static void tear_down(void) {
    fixture_tear_down(&fixture);
}

static struct smtp_pool_settings settings_with(enum smtp_tls tls, const char *scheme) {
    struct smtp_pool_settings settings = fixture_settings(&fixture, scheme);
    settings.tls = tls;
    settings.ca_location = fixture_path(&fixture, "certificate.pem");
    return settings;
}

static void send_ten(const struct smtp_pool_settings *settings) {
    fixture_make_pool(&fixture, settings);
    for (unsigned at = 0; at < 10; at++)
        fixture_add_mail(&fixture, "a@example.com");
    fixture_submit_and_wait(&fixture);
}

static void check_all_sent(void) {
    ck_assert_msg(fixture.fates[SMTP_FATE_REPLIED] == 10, "%s", fixture.trouble_text);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 10);
}

static void send_in_vain(const struct smtp_pool_settings *settings) {
    fixture_make_pool(&fixture, settings);
    for (unsigned at = 0; at < 10; at++)
        fixture_add_mail(&fixture, "a@example.com");
    fixture_submit(&fixture);
    fixture_run_until(&fixture, fixture_has_trouble_and_nothing_waits);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_PUT_BACK], fixture.submitted);
    ck_assert_uint_eq(fixture_log_count(&fixture, "command", "MAIL"), 0);
}

START_TEST(starttls_with_the_right_certificate) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_REQUIRED, "smtp");
    send_ten(&settings);
    check_all_sent();
    ck_assert_uint_eq(fixture_log_count(&fixture, "clear", NULL), 0);
}
END_TEST

/* With a folder of authorities beside the file, libcurl would read both for each session. */
START_TEST(the_file_of_authorities_is_read_once_for_many_sessions) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", "--mails-per-session", "5", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_REQUIRED, "smtp");
    settings.connections = 1;
    fixture.keep_put_back = false;
    fixture_make_pool(&fixture, &settings);
    fixture_add_mails(&fixture, "first", 5);
    fixture_submit_and_wait(&fixture);
    ck_assert_int_eq(unlink(settings.ca_location), 0);
    fixture_add_mails(&fixture, "then", 5);
    fixture_submit_and_wait(&fixture);
    ck_assert_msg(fixture.troubles == 0, "%s", fixture.trouble_text);
    ck_assert_uint_eq(fixture_log_count(&fixture, "tls", NULL), 2);
    fixture_check_each_arrived_once(&fixture, "then", 5);
}
END_TEST

START_TEST(smtps_with_the_right_certificate) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", "--smtps", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_NONE, "smtps");
    send_ten(&settings);
    check_all_sent();
    ck_assert_uint_eq(fixture_log_count(&fixture, "clear", NULL), 0);
}
END_TEST

START_TEST(a_certificate_for_another_host_is_refused) {
    fixture_make_certificate(&fixture, "elsewhere.example");
    fixture_serve(&fixture, (const char *const[]){"--certificate", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_REQUIRED, "smtp");
    send_in_vain(&settings);
}
END_TEST

START_TEST(a_certificate_of_unknown_origin_is_refused) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_OPPORTUNISTIC, "smtp");
    settings.ca_location = NULL;
    send_in_vain(&settings);
}
END_TEST

START_TEST(required_tls_that_is_not_offered_sends_nothing) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, NULL);
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_REQUIRED, "smtp");
    send_in_vain(&settings);
}
END_TEST

START_TEST(opportunistic_tls_goes_on_in_clear_without_credentials) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, NULL);
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_OPPORTUNISTIC, "smtp");
    send_ten(&settings);
    check_all_sent();
}
END_TEST

START_TEST(opportunistic_tls_goes_on_in_clear_where_starttls_is_refused) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", "--refuse-starttls", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_OPPORTUNISTIC, "smtp");
    send_ten(&settings);
    check_all_sent();
    ck_assert_uint_eq(fixture_log_count(&fixture, "tls", NULL), 0);
}
END_TEST

START_TEST(required_tls_that_is_refused_sends_nothing) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", "--refuse-starttls", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_REQUIRED, "smtp");
    send_in_vain(&settings);
}
END_TEST

START_TEST(credentials_do_not_go_in_clear_where_starttls_is_refused) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture,
                  (const char *const[]){"--certificate", "--refuse-starttls", "--auth", "take", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_OPPORTUNISTIC, "smtp");
    settings.username = "user";
    settings.password = "canary-password";
    send_in_vain(&settings);
    ck_assert_uint_eq(fixture_log_count(&fixture, "command", "AUTH"), 0);
}
END_TEST

START_TEST(credentials_never_go_in_clear) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--auth", "take", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_OPPORTUNISTIC, "smtp");
    settings.username = "user";
    settings.password = "canary-password";
    send_in_vain(&settings);
    ck_assert_uint_eq(fixture_log_count(&fixture, "auth", NULL), 0);
    ck_assert_uint_eq(fixture_log_count(&fixture, "command", "AUTH"), 0);
}
END_TEST

START_TEST(auth_over_tls_is_taken) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", "--auth", "take", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_REQUIRED, "smtp");
    settings.username = "user";
    settings.password = "canary-password";
    send_ten(&settings);
    check_all_sent();
    fixture_run_until(&fixture, fixture_no_session_connects);
    ck_assert_uint_eq(fixture_log_count(&fixture, "auth", "secure"),
                      fixture_log_count(&fixture, "connect", NULL));
}
END_TEST

START_TEST(credentials_that_are_refused_are_trouble_with_the_servers_code) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", "--auth", "refuse", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_REQUIRED, "smtp");
    settings.username = "user";
    settings.password = "canary-password";
    send_in_vain(&settings);
    ck_assert_int_eq(fixture.trouble_code, 535);
    ck_assert_ptr_null(strstr(fixture.trouble_text, "canary"));
}
END_TEST

START_TEST(auth_that_is_not_offered_is_trouble_not_a_licence_to_go_on) {
    fixture_make_certificate(&fixture, "localhost");
    fixture_serve(&fixture, (const char *const[]){"--certificate", NULL});
    struct smtp_pool_settings settings = settings_with(SMTP_TLS_REQUIRED, "smtp");
    settings.username = "user";
    settings.password = "canary-password";
    send_in_vain(&settings);
    ck_assert_ptr_nonnull(strstr(fixture.trouble_text, "AUTH"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp pool tls");
    TCase *cases = suite_case(suite, "tls", set_up, tear_down, 60);
    tcase_add_test(cases, starttls_with_the_right_certificate);
    tcase_add_test(cases, the_file_of_authorities_is_read_once_for_many_sessions);
    tcase_add_test(cases, smtps_with_the_right_certificate);
    tcase_add_test(cases, a_certificate_for_another_host_is_refused);
    tcase_add_test(cases, a_certificate_of_unknown_origin_is_refused);
    tcase_add_test(cases, required_tls_that_is_not_offered_sends_nothing);
    tcase_add_test(cases, opportunistic_tls_goes_on_in_clear_without_credentials);
    tcase_add_test(cases, opportunistic_tls_goes_on_in_clear_where_starttls_is_refused);
    tcase_add_test(cases, required_tls_that_is_refused_sends_nothing);
    tcase_add_test(cases, credentials_do_not_go_in_clear_where_starttls_is_refused);
    tcase_add_test(cases, credentials_never_go_in_clear);
    tcase_add_test(cases, auth_over_tls_is_taken);
    tcase_add_test(cases, credentials_that_are_refused_are_trouble_with_the_servers_code);
    tcase_add_test(cases, auth_that_is_not_offered_is_trouble_not_a_licence_to_go_on);
    return suite_end(suite);
}
