/* SPDX-License-Identifier: Apache-2.0 */
/* A machine that is broken off: what it still sends (nothing), what it still waits for, and what becomes of
 * each mail. */
#include "wire_log.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

#define MAIL(to)                                                                                             \
    { .return_path = "", .recipient = to, .message = "x\r\n", .message_size = 3 }
#define ENVELOPE_TAKEN "250 ok\r\n250 ok\r\n354 go\r\n"

static struct smtp_mail first = MAIL("a@example.com"), second = MAIL("b@example.com");
static struct wire_log wire;
static struct smtp_machine *machine;

static void begin_session(bool pipelining) {
    wire = (struct wire_log){0};
    const struct smtp_extensions extensions = {.pipelining = pipelining};
    const struct smtp_machine_events events = wire_log_events(&wire);
    machine = smtp_machine_new(&extensions, &events);
    ck_assert_ptr_nonnull(machine);
}

static void set_up(void) {
    begin_session(true);
}

static void tear_down(void) {
    smtp_machine_free(machine);
}

static size_t output_size(void) {
    size_t size = 0;
    smtp_machine_output(machine, &size);
    return size;
}

static void send_all(void) {
    for (size_t size; (size = output_size()) > 0;)
        smtp_machine_sent(machine, size);
}

static bool say(const char *text) {
    return smtp_machine_received(machine, text, strlen(text));
}

static void check_settled(size_t at, const struct smtp_mail *mail, enum smtp_fate fate) {
    ck_assert_uint_gt(wire.settled_count, at);
    ck_assert_ptr_eq(wire.settled[at], mail);
    ck_assert_msg(wire.results[at].fate == fate, "%s, expected %s", smtp_fate_name(wire.results[at].fate),
                  smtp_fate_name(fate));
}

/* The first mail's message is on its way, "x\r\n.\r\n"; so many bytes of its end are not. */
static void send_message_but(size_t bytes) {
    smtp_machine_give(machine, &first);
    send_all();
    ck_assert(say(ENVELOPE_TAKEN));
    size_t size = output_size();
    ck_assert_uint_eq(size, 6);
    smtp_machine_sent(machine, size - bytes);
}

START_TEST(a_354_that_comes_afterwards_begins_no_body) {
    smtp_machine_give(machine, &first);
    send_all();
    smtp_machine_break_off(machine);
    ck_assert(smtp_machine_is_broken_off(machine));
    ck_assert(say(ENVELOPE_TAKEN));
    ck_assert_uint_eq(output_size(), 0);
    ck_assert(smtp_machine_is_broken_off(machine));
    smtp_machine_close(machine, "broken off");
    check_settled(0, &first, SMTP_FATE_PUT_BACK);
}
END_TEST

START_TEST(without_pipelining_the_next_command_is_not_sent) {
    smtp_machine_free(machine);
    begin_session(false);
    smtp_machine_give(machine, &first);
    send_all();
    smtp_machine_break_off(machine);
    ck_assert(say("250 ok\r\n"));
    ck_assert_uint_eq(output_size(), 0);
    ck_assert(smtp_machine_is_broken_off(machine));
    smtp_machine_close(machine, "broken off");
    check_settled(0, &first, SMTP_FATE_PUT_BACK);
}
END_TEST

START_TEST(a_body_that_has_not_begun_is_put_back) {
    send_message_but(6);
    smtp_machine_break_off(machine);
    ck_assert_uint_eq(output_size(), 0);
    ck_assert(smtp_machine_is_broken_off(machine));
    smtp_machine_close(machine, "broken off");
    check_settled(0, &first, SMTP_FATE_PUT_BACK);
}
END_TEST

START_TEST(a_body_without_the_last_byte_of_its_dot_is_not_finished) {
    send_message_but((size_t)_i);
    smtp_machine_break_off(machine);
    ck_assert_uint_eq(output_size(), 0);
    ck_assert(smtp_machine_is_broken_off(machine));
    smtp_machine_close(machine, "broken off");
    check_settled(0, &first, SMTP_FATE_BODY_BROKEN);
}
END_TEST

START_TEST(the_reply_to_a_whole_message_is_waited_for_and_ends_the_session) {
    send_message_but(0);
    smtp_machine_break_off(machine);
    ck_assert(!smtp_machine_is_broken_off(machine));
    ck_assert_int_eq(smtp_machine_wait(machine), SMTP_WAIT_DOT);
    ck_assert(!smtp_machine_has_room(machine));
    ck_assert(!say("250 queued\r\n"));
    ck_assert_ptr_null(smtp_machine_trouble(machine));
    smtp_machine_close(machine, "broken off");
    ck_assert_uint_eq(wire.settled_count, 1);
    check_settled(0, &first, SMTP_FATE_REPLIED);
    ck_assert_int_eq(wire.results[0].code, 250);
}
END_TEST

START_TEST(a_whole_message_without_a_reply_stays_ambiguous) {
    send_message_but(0);
    smtp_machine_break_off(machine);
    smtp_machine_close(machine, "time-out");
    check_settled(0, &first, SMTP_FATE_AMBIGUOUS);
}
END_TEST

START_TEST(the_mail_behind_a_whole_message_gets_no_body) {
    send_message_but(0);
    smtp_machine_give(machine, &second);
    send_all();
    smtp_machine_break_off(machine);
    ck_assert(!smtp_machine_is_broken_off(machine));
    ck_assert(!say("250 queued\r\n" ENVELOPE_TAKEN));
    ck_assert_uint_eq(output_size(), 0);
    smtp_machine_close(machine, "broken off");
    check_settled(0, &first, SMTP_FATE_REPLIED);
    check_settled(1, &second, SMTP_FATE_PUT_BACK);
}
END_TEST

START_TEST(an_envelope_that_is_half_sent_is_not_finished) {
    send_message_but(0);
    smtp_machine_give(machine, &second);
    size_t size = output_size();
    ck_assert_uint_gt(size, 5);
    smtp_machine_sent(machine, 5);
    smtp_machine_break_off(machine);
    ck_assert_uint_eq(output_size(), 0);
    ck_assert(!smtp_machine_is_broken_off(machine));
    ck_assert(!say("250 queued\r\n"));
    smtp_machine_close(machine, "broken off");
    check_settled(1, &second, SMTP_FATE_PUT_BACK);
}
END_TEST

START_TEST(a_refusal_that_came_before_stands) {
    smtp_machine_give(machine, &first);
    send_all();
    ck_assert(say("250 ok\r\n550 no such user\r\n"));
    smtp_machine_break_off(machine);
    ck_assert(smtp_machine_is_broken_off(machine));
    smtp_machine_close(machine, "broken off");
    check_settled(0, &first, SMTP_FATE_REPLIED);
    ck_assert_int_eq(wire.results[0].code, 550);
}
END_TEST

START_TEST(an_idle_session_goes_on) {
    send_message_but(0);
    ck_assert(say("250 queued\r\n"));
    smtp_machine_break_off(machine);
    ck_assert(!smtp_machine_is_broken_off(machine));
    ck_assert(smtp_machine_has_room(machine));
    smtp_machine_give(machine, &second);
    ck_assert_uint_gt(output_size(), 0);
    smtp_machine_close(machine, "the test ends it");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp break off");
    TCase *cases = tcase_create("broken off");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_354_that_comes_afterwards_begins_no_body);
    tcase_add_test(cases, without_pipelining_the_next_command_is_not_sent);
    tcase_add_test(cases, a_body_that_has_not_begun_is_put_back);
    tcase_add_loop_test(cases, a_body_without_the_last_byte_of_its_dot_is_not_finished, 1, 6);
    tcase_add_test(cases, the_reply_to_a_whole_message_is_waited_for_and_ends_the_session);
    tcase_add_test(cases, a_whole_message_without_a_reply_stays_ambiguous);
    tcase_add_test(cases, the_mail_behind_a_whole_message_gets_no_body);
    tcase_add_test(cases, an_envelope_that_is_half_sent_is_not_finished);
    tcase_add_test(cases, a_refusal_that_came_before_stands);
    tcase_add_test(cases, an_idle_session_goes_on);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
