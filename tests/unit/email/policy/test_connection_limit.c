/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/connection_limit.h"
#include "suite.h"

START_TEST(it_halves_down_to_one) {
    struct connection_limit limit = {.now = 16, .most = 16};
    static const size_t expected[] = {8, 4, 2, 1, 1};
    for (size_t i = 0; i < SUITE_COUNT(expected); i++)
        ck_assert_uint_eq(connection_limit_halve(&limit, (int64_t)(i + 1) * 1000), expected[i]);
}
END_TEST

START_TEST(sessions_that_fail_together_halve_it_once) {
    struct connection_limit limit = {.now = 16, .most = 16};
    for (int64_t now = 5000; now < 5900; now += 100)
        ck_assert_uint_eq(connection_limit_halve(&limit, now), 8);
}
END_TEST

START_TEST(it_recovers_by_one_each_quiet_second_up_to_the_setting) {
    struct connection_limit limit = {.now = 4, .most = 4};
    connection_limit_halve(&limit, 10000);
    ck_assert_uint_eq(connection_limit_recover(&limit, 10999), 2);
    ck_assert_uint_eq(connection_limit_recover(&limit, 11000), 3);
    ck_assert_uint_eq(connection_limit_recover(&limit, 11500), 3);
    ck_assert_uint_eq(connection_limit_recover(&limit, 12000), 4);
    ck_assert_uint_eq(connection_limit_recover(&limit, 60000), 4);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        it_halves_down_to_one,
        sessions_that_fail_together_halve_it_once,
        it_recovers_by_one_each_quiet_second_up_to_the_setting,
    };
    return suite_run("connection_limit", tests, SUITE_COUNT(tests));
}
