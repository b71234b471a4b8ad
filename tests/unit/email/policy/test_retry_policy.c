/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/retry_policy.h"
#include "suite.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)

static const int64_t delays[] = {10 * SECOND, 60 * SECOND, 600 * SECOND};
static const struct retry_policy policy = {
    .delays_ms = delays, .delay_count = 3, .give_up_after_ms = HOUR, .max_age_ms = 72 * HOUR};

START_TEST(each_attempt_waits_longer_and_the_last_delay_repeats) {
    static const size_t expected[] = {0, 1, 2, 2, 2};
    for (unsigned attempts = 1; attempts <= 5; attempts++) {
        struct retry_decision decision = retry_policy_decide(&policy, attempts, 1000, 5000);
        ck_assert(!decision.give_up);
        ck_assert_uint_eq(decision.delay_index, expected[attempts - 1]);
        ck_assert_int_eq(decision.due_unix_ms, 5000 + delays[expected[attempts - 1]]);
    }
}
END_TEST

START_TEST(a_retry_that_would_come_after_the_end_is_not_made) {
    int64_t first = 1000;
    ck_assert(!retry_policy_decide(&policy, 1, first, first + HOUR - 10 * SECOND).give_up);
    ck_assert(retry_policy_decide(&policy, 1, first, first + HOUR - 10 * SECOND + 1).give_up);
}
END_TEST

START_TEST(only_an_event_older_than_the_limit_is_expired) {
    int64_t now = 100 * HOUR;
    ck_assert(!retry_policy_is_expired(&policy, now - 72 * HOUR, now));
    ck_assert(retry_policy_is_expired(&policy, now - 72 * HOUR - 1, now));
    ck_assert(!retry_policy_is_expired(&policy, now + HOUR, now));
}
END_TEST

START_TEST(an_event_that_tells_no_time_does_not_expire) {
    ck_assert(!retry_policy_is_expired(&policy, -1, 100 * HOUR));
}
END_TEST

START_TEST(a_retry_is_due_when_it_says_so_within_its_topics_delay) {
    int64_t written = 1000 * HOUR;
    ck_assert_int_eq(retry_policy_due(written + 10 * SECOND, written, 10 * SECOND), written + 10 * SECOND);
    ck_assert_int_eq(retry_policy_due(written + 70 * SECOND, written, 10 * SECOND), written + 70 * SECOND);
    ck_assert_int_eq(retry_policy_due(written - HOUR, written, 10 * SECOND), written - HOUR);
    ck_assert_int_eq(retry_policy_due(0, written, 10 * SECOND), 0);
}
END_TEST

START_TEST(a_retry_that_says_too_late_is_due_a_minute_after_its_topics_delay) {
    int64_t written = 1000 * HOUR, in_thirty_years = written + 30 * 8766 * HOUR;
    ck_assert_int_eq(retry_policy_due(written + 70 * SECOND + 1, written, 10 * SECOND),
                     written + 70 * SECOND);
    ck_assert_int_eq(retry_policy_due(in_thirty_years, written, 6 * HOUR), written + 6 * HOUR + 60 * SECOND);
    ck_assert_int_eq(retry_policy_due(INT64_MAX, written, 10 * SECOND), written + 70 * SECOND);
    ck_assert_int_eq(retry_policy_due(INT64_MAX, 0, INT64_MAX - 1), INT64_MAX);
}
END_TEST

START_TEST(a_retry_of_which_nobody_knows_when_it_was_written_is_due_at_once) {
    ck_assert_int_eq(retry_policy_due(1000 * HOUR, -1, 10 * SECOND), 0);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        each_attempt_waits_longer_and_the_last_delay_repeats,
        a_retry_that_would_come_after_the_end_is_not_made,
        only_an_event_older_than_the_limit_is_expired,
        an_event_that_tells_no_time_does_not_expire,
        a_retry_is_due_when_it_says_so_within_its_topics_delay,
        a_retry_that_says_too_late_is_due_a_minute_after_its_topics_delay,
        a_retry_of_which_nobody_knows_when_it_was_written_is_due_at_once,
    };
    return suite_run("retry_policy", tests, SUITE_COUNT(tests));
}
