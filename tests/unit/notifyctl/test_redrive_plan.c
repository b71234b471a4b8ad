/* SPDX-License-Identifier: Apache-2.0 */
#include "redrive_plan.h"
#include "suite.h"

START_TEST(the_shortest_delay_is_found_wherever_it_stands) {
    static const int64_t delays[] = {60000, 1000, 1000, 3600000};
    ck_assert_uint_eq(redrive_shortest_delay(delays, 4), 1);
    ck_assert_uint_eq(redrive_shortest_delay(delays, 1), 0);
}
END_TEST

START_TEST(a_rate_spaces_the_records_evenly) {
    ck_assert_int_eq(redrive_wait_ms(0, 10, 0), 0);
    ck_assert_int_eq(redrive_wait_ms(1, 10, 0), 100);
    ck_assert_int_eq(redrive_wait_ms(1, 10, 40), 60);
    ck_assert_int_eq(redrive_wait_ms(1, 10, 5000), 0);
    ck_assert_int_eq(redrive_wait_ms(25, 10, 0), 2500);
    ck_assert_int_eq(redrive_wait_ms(1, 3, 0), 334); /* rather too late than more than the rate */
}
END_TEST

START_TEST(without_a_rate_nothing_waits) {
    ck_assert_int_eq(redrive_wait_ms(INT64_MAX, 0, 0), 0);
}
END_TEST

START_TEST(large_counts_do_not_overflow) {
    ck_assert_int_eq(redrive_wait_ms(INT64_C(4000000000000000), 1000000, INT64_C(3999999999999)), 1);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_shortest_delay_is_found_wherever_it_stands,
        a_rate_spaces_the_records_evenly,
        without_a_rate_nothing_waits,
        large_counts_do_not_overflow,
    };
    return suite_run("redrive_plan", tests, SUITE_COUNT(tests));
}
