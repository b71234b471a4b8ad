/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's parts, and what of the machine no dialogue shows: EHLO lines, limits on replies, time-outs,
 * withdrawal, QUIT. */
#include "email/smtp/helo_name.h"
#include "email/smtp/smtp_body.h"
#include "email/smtp/smtp_reply.h"
#include "wire_log.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct smtp_extensions read_lines(const char *const *lines) {
    struct smtp_extensions extensions = {0};
    for (; *lines != NULL; lines++)
        smtp_extensions_read_line(&extensions, *lines, strlen(*lines));
    return extensions;
}

START_TEST(ehlo_lines_are_read_in_any_case) {
    struct smtp_extensions extensions = read_lines((const char *const[]){
        "250-pipelining\r\n", "250-Size 10240000\r\n", "250-VRFY\r\n", "250-8bitmime\r\n", "250-SMTPUTF8\r\n",
        "250-ENHANCEDSTATUSCODES\r\n", "250 CHUNKING\r\n", NULL});
    ck_assert(extensions.pipelining && extensions.eight_bit_mime && extensions.smtputf8);
    ck_assert(extensions.size);
    ck_assert_uint_eq(extensions.size_limit, 10240000);
}
END_TEST

START_TEST(ehlo_lines_that_only_look_alike_are_passed_over) {
    struct smtp_extensions extensions =
        read_lines((const char *const[]){"250-PIPELININGS\r\n", "250-SIZEABLE 3\r\n", "220-PIPELINING\r\n",
                                         "250", "250-", "", "250-X-8BITMIME", NULL});
    ck_assert(!extensions.pipelining && !extensions.size && !extensions.eight_bit_mime);
}
END_TEST

START_TEST(size_without_a_number_or_beyond_64_bits_is_no_limit) {
    ck_assert_uint_eq(read_lines((const char *const[]){"250 SIZE", NULL}).size_limit, 0);
    ck_assert_uint_eq(read_lines((const char *const[]){"250 SIZE 0", NULL}).size_limit, 0);
    ck_assert_uint_eq(
        read_lines((const char *const[]){"250 SIZE 99999999999999999999999999", NULL}).size_limit, 0);
    ck_assert_uint_eq(read_lines((const char *const[]){"250 SIZE=35", NULL}).size_limit, 35);
}
END_TEST

static enum smtp_reply_state read_text(struct smtp_reply_reader *reader, const char *text, size_t size) {
    return smtp_reply_read(reader, &text, &size);
}

START_TEST(a_reply_line_without_end_is_refused) {
    struct smtp_reply_reader reader = {0};
    char block[1000];
    memset(block, '2', sizeof(block));
    enum smtp_reply_state state = SMTP_REPLY_INCOMPLETE;
    size_t fed = 0;
    for (; state == SMTP_REPLY_INCOMPLETE && fed < 100000; fed += sizeof(block))
        state = read_text(&reader, block, sizeof(block));
    ck_assert_int_eq(state, SMTP_REPLY_MALFORMED);
    ck_assert_uint_le(fed, SMTP_REPLY_LINE_MOST + sizeof(block));
}
END_TEST

START_TEST(a_long_reply_line_is_cut_and_the_next_reply_is_whole) {
    struct smtp_reply_reader reader = {0};
    char text[3000];
    size_t size = (size_t)sprintf(text, "550 5.7.1 %02000d\r\n250 next\r\n", 7);
    const char *bytes = text;
    ck_assert_int_eq(smtp_reply_read(&reader, &bytes, &size), SMTP_REPLY_COMPLETE);
    ck_assert_int_eq(reader.reply.code, 550);
    ck_assert_int_eq(reader.reply.enhanced.subject, 7);
    ck_assert_uint_eq(strlen(reader.reply.text), sizeof(reader.reply.text) - 1);
    ck_assert_int_eq(smtp_reply_read(&reader, &bytes, &size), SMTP_REPLY_COMPLETE);
    ck_assert_int_eq(reader.reply.code, 250);
    ck_assert_str_eq(reader.reply.text, "next");
    ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(a_reply_of_endless_lines_is_refused) {
    struct smtp_reply_reader reader = {0};
    enum smtp_reply_state state = SMTP_REPLY_INCOMPLETE;
    int lines = 0;
    for (; state == SMTP_REPLY_INCOMPLETE && lines < 10000; lines++)
        state = read_text(&reader, "250-more\r\n", 10);
    ck_assert_int_eq(state, SMTP_REPLY_MALFORMED);
    ck_assert_int_eq(lines, SMTP_REPLY_LINES_MOST + 1);
}
END_TEST

START_TEST(enhanced_codes_are_taken_only_where_they_are_ones) {
    static const struct {
        const char *line;
        struct smtp_enhanced_code code;
        const char *text;
    } cases[] = {
        {"550 5.1.10 null MX\r\n", {5, 1, 10}, "null MX"},
        {"250 2.0.0\r\n", {2, 0, 0}, ""},
        {"450 4.7.100 x\r\n", {4, 7, 100}, "x"},
        {"550 5.1.1000 x\r\n", {0, 0, 0}, "5.1.1000 x"},
        {"550 5.1.1x\r\n", {0, 0, 0}, "5.1.1x"},
        {"550 5..1 x\r\n", {0, 0, 0}, "5..1 x"},
        {"550 5.1. x\r\n", {0, 0, 0}, "5.1. x"},
        {"550 4.1.1 x\r\n", {0, 0, 0}, "4.1.1 x"},
        {"550 10.1.1.1 is listed\r\n", {0, 0, 0}, "10.1.1.1 is listed"},
        {"550 5.1.1.1 is listed\r\n", {0, 0, 0}, "5.1.1.1 is listed"},
    };
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        struct smtp_reply_reader reader = {0};
        ck_assert_int_eq(read_text(&reader, cases[at].line, strlen(cases[at].line)), SMTP_REPLY_COMPLETE);
        ck_assert_mem_eq(&reader.reply.enhanced, &cases[at].code, sizeof(cases[at].code));
        ck_assert_str_eq(reader.reply.text, cases[at].text);
    }
}
END_TEST

START_TEST(what_is_no_reply_is_malformed) {
    static const char *const lines[] = {"\r\n",       "25\r\n",    "2x0 ok\r\n",  "150 ok\r\n",
                                        "650 ok\r\n", "250ok\r\n", "2500 ok\r\n", " 250 ok\r\n"};
    for (size_t at = 0; at < sizeof(lines) / sizeof(lines[0]); at++) {
        struct smtp_reply_reader reader = {0};
        ck_assert_msg(read_text(&reader, lines[at], strlen(lines[at])) == SMTP_REPLY_MALFORMED, "%s",
                      lines[at]);
    }
}
END_TEST

START_TEST(a_body_is_the_same_in_pieces_of_any_size) {
    static const char message[] = "a\r\n.\r\n..b\rc\n.d\r\n\r\n\r\r\n.";
    static const char wire[] = "a\r\n..\r\n...b\r\nc\r\n..d\r\n\r\n\r\n\r\n..\r\n.\r\n";
    for (size_t room = SMTP_BODY_ROOM_LEAST; room < 60; room++) {
        struct smtp_body body;
        char out[100];
        size_t size = 0;
        smtp_body_begin(&body, message, sizeof(message) - 1);
        while (!body.ended) {
            size_t written = smtp_body_write(&body, out + size, room);
            ck_assert_uint_gt(written, 0);
            ck_assert_uint_le(written, room);
            size += written;
        }
        out[size] = '\0';
        ck_assert_str_eq(out, wire);
    }
}
END_TEST

START_TEST(an_ehlo_name_is_a_domain_name_or_an_address_literal) {
    static const char *const good[] = {
        "localhost",  "mail.example.org",       "MX-1.example.org", "1.example.org",
        "a",          "xn--bcher-kva.example",  "[192.0.2.1]",      "[IPv6:2001:db8::1]",
        "[ipv6:::1]", "[IPv6:::ffff:192.0.2.1]"};
    static const char *const bad[] = {"",
                                      ".",
                                      "example.org.",
                                      ".example.org",
                                      "a..b",
                                      "-a.example",
                                      "a-.example",
                                      "mail_1.example.org",
                                      "\xc3\xbc.example",
                                      "a b",
                                      "a\r\nMAIL",
                                      "a/b",
                                      "192.0.2.1",
                                      "2001:db8::1",
                                      "[]",
                                      "[192.0.2]",
                                      "[192.0.2.256]",
                                      "[2001:db8::1]",
                                      "[IPv6:192.0.2.1]",
                                      "[IPv6:]",
                                      "[IPv6:2001:db8::g]",
                                      "[192.0.2.1",
                                      "192.0.2.1]",
                                      "[192.0.2.1]x",
                                      "[host]",
                                      "["};
    for (size_t at = 0; at < sizeof(good) / sizeof(good[0]); at++)
        ck_assert_msg(helo_name_is_valid(good[at]), "%s", good[at]);
    for (size_t at = 0; at < sizeof(bad) / sizeof(bad[0]); at++)
        ck_assert_msg(!helo_name_is_valid(bad[at]), "%s", bad[at]);
}
END_TEST

START_TEST(an_ehlo_name_has_labels_of_63_and_255_octets_at_most) {
    char name[300];
    sprintf(name, "%063d.example", 0);
    ck_assert(helo_name_is_valid(name));
    sprintf(name, "%064d.example", 0);
    ck_assert(!helo_name_is_valid(name));
    sprintf(name, "%063d.%063d.%063d.%062da", 0, 0, 0, 0);
    ck_assert_uint_eq(strlen(name), 255);
    ck_assert(helo_name_is_valid(name));
    sprintf(name, "%062d.%063d.%063d.%062d.a", 0, 0, 0, 0);
    ck_assert_uint_eq(strlen(name), 255);
    ck_assert(helo_name_is_valid(name));
    sprintf(name, "%063d.%063d.%063d.%062d.a", 0, 0, 0, 0);
    ck_assert_uint_eq(strlen(name), 256);
    ck_assert(!helo_name_is_valid(name));
}
END_TEST

static struct wire_log wire;
static struct smtp_machine *machine;
static struct smtp_mail mail_a, mail_b;
static char big_message[100000];

static void set_up(void) {
    memset(&wire, 0, sizeof(wire));
    memset(big_message, 'x', sizeof(big_message));
    struct smtp_machine_events events = wire_log_events(&wire);
    machine = smtp_machine_new(&(struct smtp_extensions){.pipelining = true}, &events);
    ck_assert_ptr_nonnull(machine);
    mail_a = (struct smtp_mail){.return_path = "",
                                .recipient = "a@example.com",
                                .message = big_message,
                                .message_size = sizeof(big_message)};
    mail_b = mail_a;
}

static void tear_down(void) {
    smtp_machine_close(machine, "over");
    smtp_machine_free(machine);
}

static void send_everything(void) {
    size_t size = 1;
    while (smtp_machine_output(machine, &size), size > 0)
        smtp_machine_sent(machine, size);
}

static bool hear(const char *text) {
    return smtp_machine_received(machine, text, strlen(text));
}

START_TEST(each_wait_has_its_time_out) {
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_NONE);
    smtp_machine_give(machine, &mail_a);
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_MAIL);
    send_everything();
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_MAIL);
    ck_assert(hear("250 ok\r\n"));
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_RCPT);
    ck_assert(hear("250 ok\r\n"));
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_DATA);
    ck_assert(hear("354 go\r\n"));
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_BLOCK);
    send_everything();
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_DOT);
    ck_assert(hear("250 ok\r\n"));
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_NONE);
}
END_TEST

START_TEST(a_dripped_reply_is_no_progress) {
    smtp_machine_give(machine, &mail_a);
    send_everything();
    uint64_t progress = smtp_machine_progress(machine);
    ck_assert(hear("250-a\r\n250-b\r\n2"));
    ck_assert_uint_eq(smtp_machine_progress(machine), progress);
    ck_assert(hear("50 c\r\n"));
    ck_assert_uint_gt(smtp_machine_progress(machine), progress);
}
END_TEST

START_TEST(there_is_room_behind_a_mail_once_its_body_may_go) {
    smtp_machine_give(machine, &mail_a);
    ck_assert(!smtp_machine_has_room(machine));
    send_everything();
    ck_assert(hear("250 ok\r\n250 ok\r\n"));
    ck_assert(!smtp_machine_has_room(machine));
    ck_assert(hear("354 go\r\n"));
    ck_assert(smtp_machine_has_room(machine));
    smtp_machine_give(machine, &mail_b);
    ck_assert(!smtp_machine_has_room(machine));
}
END_TEST

START_TEST(a_mail_can_be_withdrawn_until_it_is_in_the_output) {
    smtp_machine_give(machine, &mail_a);
    ck_assert(smtp_machine_withdraw(machine, &mail_a));
    ck_assert(!smtp_machine_withdraw(machine, &mail_a));
    smtp_machine_give(machine, &mail_a);
    send_everything();
    ck_assert(!smtp_machine_withdraw(machine, &mail_a));
    ck_assert(hear("250 ok\r\n250 ok\r\n354 go\r\n"));
    smtp_machine_give(machine, &mail_b);
    ck_assert(smtp_machine_withdraw(machine, &mail_b));
    ck_assert_uint_eq(smtp_machine_mail_count(machine), 1);
    ck_assert_uint_eq(wire.settled_count, 0);
}
END_TEST

START_TEST(a_body_cut_before_its_dot_is_broken) {
    smtp_machine_give(machine, &mail_a);
    send_everything();
    ck_assert(hear("250 ok\r\n250 ok\r\n354 go\r\n"));
    size_t size = 0;
    for (size_t left = sizeof(big_message) + 4; left > 0; left -= size) { /* all but the dot's own LF */
        smtp_machine_output(machine, &size);
        size = size < left ? size : left;
        smtp_machine_sent(machine, size);
    }
    smtp_machine_close(machine, "cut");
    ck_assert_int_eq(wire.results[0].fate, SMTP_FATE_BODY_BROKEN);
    ck_assert_str_eq(wire.results[0].text, "cut");
}
END_TEST

START_TEST(a_body_not_begun_is_put_back) {
    smtp_machine_give(machine, &mail_a);
    send_everything();
    ck_assert(hear("250 ok\r\n250 ok\r\n354 go\r\n"));
    smtp_machine_close(machine, "cut");
    ck_assert_int_eq(wire.results[0].fate, SMTP_FATE_PUT_BACK);
}
END_TEST

START_TEST(a_reply_inside_the_body_ends_the_session) {
    smtp_machine_give(machine, &mail_a);
    send_everything();
    ck_assert(hear("250 ok\r\n250 ok\r\n354 go\r\n"));
    size_t size = 0;
    smtp_machine_output(machine, &size);
    smtp_machine_sent(machine, size);
    ck_assert(!hear("552 5.3.4 too big\r\n"));
    smtp_machine_close(machine, NULL);
    ck_assert_int_eq(wire.results[0].fate, SMTP_FATE_BODY_BROKEN);
    ck_assert_int_eq(wire.results[0].code, 552);
}
END_TEST

START_TEST(a_reply_to_the_dot_before_the_dot_is_none) {
    mail_a.message_size = 10;
    smtp_machine_give(machine, &mail_a);
    send_everything();
    ck_assert(hear("250 ok\r\n250 ok\r\n354 go\r\n"));
    size_t size = 0;
    smtp_machine_output(machine, &size);
    smtp_machine_sent(machine, size - 1);
    ck_assert(!hear("250 accepted\r\n"));
    smtp_machine_close(machine, NULL);
    ck_assert_int_eq(wire.results[0].fate, SMTP_FATE_BODY_BROKEN);
}
END_TEST

START_TEST(quit_says_so_and_ends_without_trouble) {
    smtp_machine_quit(machine);
    size_t size = 0;
    const char *bytes = smtp_machine_output(machine, &size);
    ck_assert_uint_eq(size, 6);
    ck_assert_mem_eq(bytes, "QUIT\r\n", 6);
    smtp_machine_sent(machine, size);
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_QUIT);
    ck_assert(!smtp_machine_has_room(machine));
    ck_assert(!hear("221 bye\r\n"));
    ck_assert_ptr_null(smtp_machine_trouble(machine));
}
END_TEST

START_TEST(a_421_on_an_idle_session_is_told_with_its_code) {
    ck_assert(!hear("421 4.4.2 idle too long\r\n"));
    const struct smtp_result *trouble = smtp_machine_trouble(machine);
    ck_assert_ptr_nonnull(trouble);
    ck_assert_int_eq(trouble->code, 421);
    ck_assert_ptr_nonnull(strstr(trouble->text, "idle too long"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp parts");
    TCase *parts = tcase_create("parts");
    tcase_add_test(parts, ehlo_lines_are_read_in_any_case);
    tcase_add_test(parts, ehlo_lines_that_only_look_alike_are_passed_over);
    tcase_add_test(parts, size_without_a_number_or_beyond_64_bits_is_no_limit);
    tcase_add_test(parts, a_reply_line_without_end_is_refused);
    tcase_add_test(parts, a_long_reply_line_is_cut_and_the_next_reply_is_whole);
    tcase_add_test(parts, a_reply_of_endless_lines_is_refused);
    tcase_add_test(parts, enhanced_codes_are_taken_only_where_they_are_ones);
    tcase_add_test(parts, what_is_no_reply_is_malformed);
    tcase_add_test(parts, an_ehlo_name_is_a_domain_name_or_an_address_literal);
    tcase_add_test(parts, an_ehlo_name_has_labels_of_63_and_255_octets_at_most);
    tcase_add_test(parts, a_body_is_the_same_in_pieces_of_any_size);
    suite_add_tcase(suite, parts);
    TCase *sessions = tcase_create("machine");
    tcase_add_checked_fixture(sessions, set_up, tear_down);
    tcase_add_test(sessions, each_wait_has_its_time_out);
    tcase_add_test(sessions, a_dripped_reply_is_no_progress);
    tcase_add_test(sessions, there_is_room_behind_a_mail_once_its_body_may_go);
    tcase_add_test(sessions, a_mail_can_be_withdrawn_until_it_is_in_the_output);
    tcase_add_test(sessions, a_body_cut_before_its_dot_is_broken);
    tcase_add_test(sessions, a_body_not_begun_is_put_back);
    tcase_add_test(sessions, a_reply_inside_the_body_ends_the_session);
    tcase_add_test(sessions, a_reply_to_the_dot_before_the_dot_is_none);
    tcase_add_test(sessions, quit_says_so_and_ends_without_trouble);
    tcase_add_test(sessions, a_421_on_an_idle_session_is_told_with_its_code);
    suite_add_tcase(suite, sessions);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
