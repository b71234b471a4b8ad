/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/circuit_breaker.h"
#include "suite.h"

START_TEST(it_probes_after_a_second_and_then_ever_later_up_to_five_minutes) {
    struct circuit_breaker breaker = {0};
    int64_t now = 0, expected = 1000;
    ck_assert(circuit_breaker_trip(&breaker, now));
    for (int probe = 0; probe < 15; probe++) {
        ck_assert(!circuit_breaker_begin_probe(&breaker, now + expected - 1));
        now += expected;
        ck_assert(circuit_breaker_begin_probe(&breaker, now));
        ck_assert(!circuit_breaker_trip(&breaker, now)); /* it was open already */
        expected = expected * 2 > 300000 ? 300000 : expected * 2;
    }
    ck_assert_int_eq(expected, 300000);
}
END_TEST

START_TEST(failures_while_it_is_open_do_not_put_off_the_probe) {
    struct circuit_breaker breaker = {0};
    circuit_breaker_trip(&breaker, 0);
    for (int64_t now = 1; now < 900; now++)
        ck_assert(!circuit_breaker_trip(&breaker, now));
    ck_assert(circuit_breaker_begin_probe(&breaker, 1000));
}
END_TEST

START_TEST(one_probe_is_under_way_at_a_time) {
    struct circuit_breaker breaker = {0};
    circuit_breaker_trip(&breaker, 0);
    ck_assert(circuit_breaker_begin_probe(&breaker, 1000));
    ck_assert(!circuit_breaker_begin_probe(&breaker, 1000));
    circuit_breaker_cancel_probe(&breaker);
    ck_assert(circuit_breaker_begin_probe(&breaker, 1000));
}
END_TEST

START_TEST(a_good_probe_closes_it_and_the_next_trouble_begins_with_a_second) {
    struct circuit_breaker breaker = {0};
    circuit_breaker_trip(&breaker, 0);
    circuit_breaker_begin_probe(&breaker, 1000);
    circuit_breaker_trip(&breaker, 1000);
    circuit_breaker_begin_probe(&breaker, 3000);
    ck_assert(circuit_breaker_succeed(&breaker));
    ck_assert(!circuit_breaker_succeed(&breaker));
    ck_assert(circuit_breaker_trip(&breaker, 10000));
    ck_assert(circuit_breaker_begin_probe(&breaker, 11000));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        it_probes_after_a_second_and_then_ever_later_up_to_five_minutes,
        failures_while_it_is_open_do_not_put_off_the_probe,
        one_probe_is_under_way_at_a_time,
        a_good_probe_closes_it_and_the_next_trouble_begins_with_a_second,
    };
    return suite_run("circuit_breaker", tests, SUITE_COUNT(tests));
}
