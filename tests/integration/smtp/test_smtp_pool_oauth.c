/* SPDX-License-Identifier: Apache-2.0 */
/* AUTH with a token from a file that something else renews. The server knows nothing of the code under test:
 * it writes down which token it was given. */
#include "email/smtp/oauth_token.h"
#include "pool_fixture.h"
#include "suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_TOKEN "canary-one.eyJhbGciOi-J_~9+/=="
#define SECOND_TOKEN "canary-two.eyJhbGciOi"

static struct fixture fixture;

static void set_up(void) {
    fixture_set_up(&fixture);
    fixture.keep_put_back = fixture.hold_on_trouble = true;
    fixture_make_certificate(&fixture, "localhost");
}

static void tear_down(void) {
    fixture_tear_down(&fixture);
}

/* As whoever renews it does: another file in its place. */
static void put_token(const char *content) {
    char path[128], new_path[128];
    snprintf(path, sizeof(path), "%s", fixture_path(&fixture, "token"));
    snprintf(new_path, sizeof(new_path), "%s", fixture_path(&fixture, "token.new"));
    FILE *file = fopen(new_path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(content, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(rename(new_path, path), 0);
}

static struct smtp_pool_settings token_settings(void) {
    struct smtp_pool_settings settings = fixture_settings(&fixture, "smtp");
    settings.tls = SMTP_TLS_REQUIRED;
    settings.ca_location = fixture_path(&fixture, "certificate.pem");
    settings.username = "user@example.org";
    settings.oauth_token_file = fixture_path(&fixture, "token");
    settings.connections = 1;
    return settings;
}

static void make_pool(void) {
    struct smtp_pool_settings settings = token_settings();
    fixture_make_pool(&fixture, &settings);
}

static void send_mails(unsigned count) {
    for (unsigned at = 0; at < count; at++)
        fixture_add_mail(&fixture, "a@example.com");
    fixture_submit_and_wait(&fixture);
}

static void send_in_vain(void) {
    fixture_add_mail(&fixture, "a@example.com");
    fixture_submit(&fixture);
    fixture_run_until(&fixture, fixture_has_trouble_and_nothing_waits);
    ck_assert_uint_eq(fixture.fates[SMTP_FATE_PUT_BACK], 1);
    ck_assert_uint_eq(fixture_log_count(&fixture, "command", "MAIL"), 0);
    ck_assert_msg(strstr(fixture.trouble_text, "canary") == NULL, "the token is told");
}

static void check_sent(const char *bearer, unsigned sessions) {
    ck_assert_uint_eq(fixture_log_count(&fixture, "bearer", bearer), sessions);
    ck_assert_uint_eq(fixture_log_count(&fixture, "violation", NULL), 0);
    ck_assert_uint_eq(fixture_log_count(&fixture, "auth", "clear"), 0);
    ck_assert_msg(fixture.troubles == 0, "%s", fixture.trouble_text);
}

static void serve(const char *auth, const char *mechanisms) {
    fixture_serve(&fixture, (const char *const[]){"--certificate", "--auth", auth, "--mechanisms", mechanisms,
                                                  "--idle-ms", "200", NULL});
}

START_TEST(the_token_of_the_file_is_sent_by_xoauth2) {
    serve("take", "PLAIN LOGIN XOAUTH2");
    put_token(FIRST_TOKEN "\n");
    make_pool();
    send_mails(10);
    check_sent("XOAUTH2 user@example.org " FIRST_TOKEN, 1);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 10);
}
END_TEST

START_TEST(the_token_of_the_file_is_sent_by_oauthbearer) {
    serve("take", "OAUTHBEARER PLAIN");
    put_token(FIRST_TOKEN);
    make_pool();
    send_mails(10);
    check_sent("OAUTHBEARER user@example.org " FIRST_TOKEN, 1);
}
END_TEST

START_TEST(no_other_mechanism_is_tried_with_an_empty_password) {
    serve("take", "GSSAPI DIGEST-MD5 CRAM-MD5 NTLM LOGIN PLAIN XOAUTH2 OAUTHBEARER");
    put_token(FIRST_TOKEN);
    make_pool();
    send_mails(1);
    check_sent("OAUTHBEARER user@example.org " FIRST_TOKEN, 1);
}
END_TEST

START_TEST(a_server_without_either_mechanism_is_given_no_mail) {
    serve("take", "DIGEST-MD5 CRAM-MD5 LOGIN PLAIN");
    put_token(FIRST_TOKEN);
    make_pool();
    send_in_vain();
    ck_assert_uint_eq(fixture_log_count(&fixture, "command", "AUTH"), 0);
}
END_TEST

START_TEST(a_file_that_was_replaced_is_used_for_the_next_session) {
    serve("take", "XOAUTH2");
    put_token(FIRST_TOKEN);
    make_pool();
    send_mails(3);
    fixture_run_until(&fixture, fixture_has_no_session);
    put_token(SECOND_TOKEN "\r\n");
    send_mails(3);
    check_sent("XOAUTH2 user@example.org " FIRST_TOKEN, 1);
    check_sent("XOAUTH2 user@example.org " SECOND_TOKEN, 1);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", NULL), 6);
}
END_TEST

static const char *const either_mechanism[] = {"XOAUTH2", "OAUTHBEARER"};

START_TEST(a_token_that_is_refused_is_trouble_with_the_servers_code) {
    serve("refuse", either_mechanism[_i]);
    put_token(FIRST_TOKEN);
    make_pool();
    send_in_vain();
    ck_assert_msg(fixture.trouble_code == 535, "%s", fixture.trouble_text);
}
END_TEST

/* As Google refuses: libcurl does not wait for the code. */
START_TEST(a_token_that_is_refused_by_a_challenge_is_trouble_too) {
    serve("challenge", "XOAUTH2");
    put_token(FIRST_TOKEN);
    make_pool();
    send_in_vain();
    ck_assert_uint_eq(fixture_log_count(&fixture, "bearer", NULL), 1);
}
END_TEST

START_TEST(without_a_file_nothing_is_sent_until_there_is_one) {
    serve("take", "XOAUTH2");
    make_pool();
    send_in_vain();
    ck_assert_ptr_nonnull(strstr(fixture.trouble_text, "/token cannot be read: No such file"));
    ck_assert_uint_eq(fixture_log_count(&fixture, "connect", NULL), 0);
    put_token(FIRST_TOKEN);
    fixture_add_mail(&fixture, "b@example.com");
    smtp_pool_hold(fixture.pool, false);
    fixture_submit_and_wait(&fixture);
    ck_assert_uint_eq(fixture_log_count(&fixture, "mail", "b@example.com"), 1);
}
END_TEST

START_TEST(a_token_never_goes_in_clear) {
    fixture_serve(&fixture, (const char *const[]){"--auth", "take", "--mechanisms", "XOAUTH2", NULL});
    put_token(FIRST_TOKEN);
    struct smtp_pool_settings settings = token_settings();
    settings.tls = SMTP_TLS_OPPORTUNISTIC;
    fixture_make_pool(&fixture, &settings);
    send_in_vain();
    ck_assert_uint_eq(fixture_log_count(&fixture, "command", "AUTH"), 0);
}
END_TEST

START_TEST(settings_that_contradict_each_other_are_refused) {
    struct error error = {0};
    struct smtp_pool *pool = NULL;
    struct smtp_pool_settings both = token_settings(), nobody = token_settings(), clear = token_settings();
    fixture.port = 2525;
    both.url = nobody.url = clear.url = fixture_url(&fixture, "smtp");
    both.password = "canary-password";
    nobody.username = NULL;
    clear.tls = SMTP_TLS_NONE;
    const struct smtp_pool_events events = {0};
    const struct smtp_pool_settings *const bad[] = {&both, &nobody, &clear};
    for (size_t at = 0; at < sizeof(bad) / sizeof(bad[0]); at++) {
        ck_assert(!smtp_pool_new(&pool, &fixture.loop, bad[at], &events, &error));
        ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
        ck_assert_ptr_null(strstr(error.text, "canary"));
    }
}
END_TEST

/* --- the file alone --- */

static bool reads(const char *content, struct oauth_token *token) {
    struct error error = {0};
    put_token(content);
    bool done = oauth_token_read(token, fixture_path(&fixture, "token"), &error);
    ck_assert(done == (error.text[0] == '\0'));
    ck_assert_msg(strstr(error.text, "canary") == NULL, "%s", error.text);
    return done;
}

START_TEST(what_is_no_token_is_refused_and_not_told) {
    static const char *const bad[] = {"",
                                      "\n",
                                      "canary token",
                                      "canary\r\nRCPT TO:<x@y>",
                                      "canary\001",
                                      "canary\xc3\xa9",
                                      "=canary",
                                      "{\"access_token\":\"canary\"}",
                                      "Bearer canary",
                                      "==="};
    struct oauth_token token;
    for (size_t at = 0; at < sizeof(bad) / sizeof(bad[0]); at++)
        ck_assert_msg(!reads(bad[at], &token), "%zu", at);
    ck_assert(reads(" \t" FIRST_TOKEN "\r\n\n", &token));
    ck_assert_str_eq(token.text, FIRST_TOKEN);
}
END_TEST

START_TEST(a_token_of_8192_octets_is_read_and_a_longer_one_is_not) {
    static char content[OAUTH_TOKEN_LONGEST + 100];
    struct oauth_token token;
    memset(content, 'a', OAUTH_TOKEN_LONGEST);
    ck_assert(reads(content, &token));
    ck_assert_str_eq(token.text, content);
    content[OAUTH_TOKEN_LONGEST] = 'a';
    ck_assert(!reads(content, &token));
}
END_TEST

START_TEST(a_pipe_in_the_place_of_the_file_is_not_waited_for) {
    struct oauth_token token;
    struct error error = {0};
    ck_assert_int_eq(mkfifo(fixture_path(&fixture, "pipe"), 0600), 0);
    ck_assert(!oauth_token_read(&token, fixture_path(&fixture, "pipe"), &error));
    ck_assert(!oauth_token_read(&token, fixture.folder, &error));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp pool oauth");
    TCase *cases = suite_case(suite, "oauth", set_up, tear_down, 60);
    tcase_add_test(cases, the_token_of_the_file_is_sent_by_xoauth2);
    tcase_add_test(cases, the_token_of_the_file_is_sent_by_oauthbearer);
    tcase_add_test(cases, no_other_mechanism_is_tried_with_an_empty_password);
    tcase_add_test(cases, a_server_without_either_mechanism_is_given_no_mail);
    tcase_add_test(cases, a_file_that_was_replaced_is_used_for_the_next_session);
    tcase_add_loop_test(cases, a_token_that_is_refused_is_trouble_with_the_servers_code, 0, 2);
    tcase_add_test(cases, a_token_that_is_refused_by_a_challenge_is_trouble_too);
    tcase_add_test(cases, without_a_file_nothing_is_sent_until_there_is_one);
    tcase_add_test(cases, a_token_never_goes_in_clear);
    tcase_add_test(cases, settings_that_contradict_each_other_are_refused);
    tcase_add_test(cases, what_is_no_token_is_refused_and_not_told);
    tcase_add_test(cases, a_token_of_8192_octets_is_read_and_a_longer_one_is_not);
    tcase_add_test(cases, a_pipe_in_the_place_of_the_file_is_not_waited_for);
    return suite_end(suite);
}
