/* SPDX-License-Identifier: Apache-2.0 */
#include "email/smtp/smtp_timeouts.h"
#include "suite.h"

enum { MINUTE = 60 * 1000 };

START_TEST(what_is_not_set_is_what_rfc_5321_asks_for) {
    struct smtp_timeouts timeouts = {0};
    smtp_timeouts_fill_in(&timeouts);
    /* §4.5.3.2.1 to .6: the greeting, MAIL, RCPT, DATA, a block of it, its end. */
    ck_assert_int_eq(timeouts.greeting, 5 * MINUTE);
    ck_assert_int_eq(timeouts.mail, 5 * MINUTE);
    ck_assert_int_eq(timeouts.rcpt, 5 * MINUTE);
    ck_assert_int_eq(timeouts.data, 2 * MINUTE);
    ck_assert_int_eq(timeouts.block, 3 * MINUTE);
    ck_assert_int_eq(timeouts.dot, 10 * MINUTE);
}
END_TEST

START_TEST(an_idle_session_goes_before_the_minute_after_which_servers_close_it) {
    struct smtp_timeouts timeouts = {.idle = -1};
    smtp_timeouts_fill_in(&timeouts);
    ck_assert_int_gt(timeouts.idle, 0);
    ck_assert_int_lt(timeouts.idle, MINUTE);
    ck_assert(timeouts.connect > 0 && timeouts.quit > 0);
}
END_TEST

START_TEST(what_is_set_stays) {
    struct smtp_timeouts timeouts = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const struct smtp_timeouts before = timeouts;
    smtp_timeouts_fill_in(&timeouts);
    ck_assert_mem_eq(&timeouts, &before, sizeof(before));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        what_is_not_set_is_what_rfc_5321_asks_for,
        an_idle_session_goes_before_the_minute_after_which_servers_close_it,
        what_is_set_stays,
    };
    return suite_run("smtp timeouts", tests, SUITE_COUNT(tests));
}
