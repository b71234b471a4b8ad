/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of members with random traffic and random reassignments. The oracle counts what was sent in every 10
 * s, one by one, and knows nothing of shares. NOTIFY_TEST_SEED repeats one run. */
#include "policy/rate_limit.h"
#include "suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WINDOW_MS 10000
#define MEMBERS_MOST 6
#define PARTITIONS_MOST 24
#define SENT_MOST 100000

/* --- chance --- */

static uint64_t chance_state;

static uint64_t chance(uint64_t bound) {
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state % bound;
}

static void seed(void) {
    const char *text = getenv("NOTIFY_TEST_SEED");
    chance_state = text != NULL ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    printf("NOTIFY_TEST_SEED=%llu\n", (unsigned long long)chance_state);
    chance_state = chance_state * 2654435761 + 1;
}

/* --- a group --- */

struct group {
    double rate;
    size_t members, events, retries; /* partitions: those of event topics first */
    size_t owner[PARTITIONS_MOST];   /* of each partition */
    struct rate_limit limits[MEMBERS_MOST];
    int64_t wakes_ms[MEMBERS_MOST]; /* when a member looks again */
    bool busy[MEMBERS_MOST];        /* whether it has mails waiting */
    int64_t now_ms;
    int64_t *sent_ms;
    size_t sent;
};
static struct group group;

static struct rate_partitions owned_by(size_t member) {
    struct rate_partitions own = {0};
    for (size_t at = 0; at < group.events + group.retries; at++) {
        if (group.owner[at] != member)
            continue;
        if (at < group.events)
            own.events++;
        else
            own.retries++;
    }
    return own;
}

static void begin_assignment(void) {
    const struct rate_partitions all = {group.events, group.retries};
    for (size_t member = 0; member < group.members; member++) {
        double share = rate_limit_share(group.rate, owned_by(member), all);
        rate_limit_begin(&group.limits[member], share, group.now_ms);
        group.wakes_ms[member] = group.now_ms;
    }
}

static void assign_in_turn(void) {
    for (size_t at = 0; at < PARTITIONS_MOST; at++)
        group.owner[at] = at % group.members;
    begin_assignment();
}

static void assign_at_random(void) {
    for (size_t at = 0; at < PARTITIONS_MOST; at++)
        group.owner[at] = chance(group.members);
    begin_assignment();
}

static void set_up_group(double rate, size_t members, size_t events, size_t retries) {
    int64_t *sent_ms = group.sent_ms != NULL ? group.sent_ms : malloc(SENT_MOST * sizeof *sent_ms);
    ck_assert_ptr_nonnull(sent_ms);
    group = (struct group){
        .rate = rate, .members = members, .events = events, .retries = retries, .sent_ms = sent_ms};
    for (size_t member = 0; member < members; member++)
        group.busy[member] = true;
    assign_in_turn();
}

/* A member wakes, late by up to so much, and sends what it may. */
static void serve(size_t member, int64_t late_most_ms) {
    struct rate_limit *limit = &group.limits[member];
    if (!group.busy[member] || group.now_ms < group.wakes_ms[member])
        return;
    while (rate_limit_allows(limit, 1, group.now_ms)) {
        rate_limit_take(limit, group.now_ms);
        ck_assert_uint_lt(group.sent, SENT_MOST);
        group.sent_ms[group.sent++] = group.now_ms;
    }
    int64_t wait = rate_limit_wait_ms(limit, 1, group.now_ms);
    int64_t late = late_most_ms > 0 ? (int64_t)chance((uint64_t)late_most_ms + 1) : 0;
    group.wakes_ms[member] = wait < 0 ? INT64_MAX : group.now_ms + wait + late;
}

/* From one wake to the next, in the order of time. */
static void run_for(int64_t milliseconds, int64_t late_most_ms) {
    int64_t end = group.now_ms + milliseconds;
    for (;;) {
        size_t next = group.members;
        for (size_t member = 0; member < group.members; member++)
            if (group.busy[member] &&
                (next == group.members || group.wakes_ms[member] < group.wakes_ms[next]))
                next = member;
        if (next == group.members || group.wakes_ms[next] >= end)
            break;
        if (group.wakes_ms[next] > group.now_ms)
            group.now_ms = group.wakes_ms[next];
        serve(next, late_most_ms);
    }
    group.now_ms = end;
}

/* --- the oracle --- */

static size_t most_in_a_window(void) {
    size_t most = 0;
    for (size_t first = 0, last = 0; first < group.sent; first++) {
        while (last < group.sent && group.sent_ms[last] - group.sent_ms[first] < WINDOW_MS)
            last++;
        if (last - first > most)
            most = last - first;
    }
    return most;
}

static size_t sent_between(int64_t from_ms, int64_t to_ms) {
    size_t count = 0;
    for (size_t at = 0; at < group.sent; at++)
        count += group.sent_ms[at] >= from_ms && group.sent_ms[at] < to_ms;
    return count;
}

/* --- tests --- */

START_TEST(rates_are_read_and_nothing_else_is) {
    double rate = 0;
    ck_assert(rate_limit_parse("100/s", &rate) && rate == 100);
    ck_assert(rate_limit_parse("600/min", &rate) && rate == 10);
    ck_assert(rate_limit_parse("7200/h", &rate) && rate == 2);
    ck_assert(rate_limit_parse("1000000/s", &rate) && rate == 1000000);
    static const char *const others[] = {"",      "100",  "0/s",   "/s",    "100/",       "-1/s",  "1.5/s",
                                         "100/m", "1/s ", " 1/s",  "100/S", "1000001/s",  "0x1/s", "1e3/s",
                                         "1/day", "1//s", "1/s/s", "off",   "99999999/h", "+1/min"};
    for (size_t i = 0; i < SUITE_COUNT(others); i++)
        ck_assert_msg(!rate_limit_parse(others[i], &rate), "%s", others[i]);
}
END_TEST

START_TEST(the_shares_of_all_members_add_up_to_the_rate) {
    const struct rate_partitions all = {12, 20};
    double sum = rate_limit_share(100, (struct rate_partitions){5, 0}, all) +
                 rate_limit_share(100, (struct rate_partitions){7, 2}, all) +
                 rate_limit_share(100, (struct rate_partitions){0, 18}, all) +
                 rate_limit_share(100, (struct rate_partitions){0, 0}, all);
    ck_assert_double_eq_tol(sum, 100, 1e-9);
}
END_TEST

START_TEST(a_member_with_retry_partitions_only_may_send_a_little) {
    double share = rate_limit_share(100, (struct rate_partitions){0, 5}, (struct rate_partitions){12, 20});
    ck_assert_double_gt(share, 0);
    ck_assert_double_le(share, 5);
}
END_TEST

START_TEST(counts_that_cannot_be_give_no_share) {
    ck_assert_double_eq(rate_limit_share(100, (struct rate_partitions){3, 0}, (struct rate_partitions){2, 0}),
                        0);
    ck_assert_double_eq(rate_limit_share(100, (struct rate_partitions){1, 0}, (struct rate_partitions){0, 0}),
                        0);
}
END_TEST

START_TEST(without_a_share_nothing_ever_goes) {
    struct rate_limit limit = {0};
    ck_assert(!rate_limit_allows(&limit, 1, INT64_C(1000000)));
    ck_assert_int_eq(rate_limit_wait_ms(&limit, 1, 1000000), -1);
    rate_limit_begin(&limit, 100, 0);
    rate_limit_begin(&limit, 0, 5000);
    ck_assert(!rate_limit_allows(&limit, 1, INT64_C(1000000)));
}
END_TEST

START_TEST(one_mail_a_minute_is_one_mail_a_minute) {
    struct rate_limit limit = {0};
    double rate = 0;
    ck_assert(rate_limit_parse("1/min", &rate));
    rate_limit_begin(&limit, rate, 0);
    int64_t now = 0;
    for (int mail = 1; mail <= 100; mail++) {
        int64_t wait = rate_limit_wait_ms(&limit, 1, now);
        ck_assert_int_ge(wait, 59999);
        ck_assert_int_le(wait, 60001);
        ck_assert(!rate_limit_allows(&limit, 1, now + wait - 2));
        now += wait;
        ck_assert(rate_limit_allows(&limit, 1, now));
        rate_limit_take(&limit, now);
    }
    ck_assert_int_le(now, INT64_C(100) * 60000 + 100);
}
END_TEST

START_TEST(what_was_not_sent_in_an_idle_hour_is_not_made_up_for) {
    struct rate_limit limit = {0};
    rate_limit_begin(&limit, 100, 0);
    int64_t now = 3600 * 1000;
    size_t at_once = 0;
    while (rate_limit_allows(&limit, 1, now)) {
        rate_limit_take(&limit, now);
        at_once++;
    }
    ck_assert_uint_ge(at_once, 1);
    ck_assert_uint_le(at_once, 50); /* half a second's */
}
END_TEST

START_TEST(a_mail_that_was_not_allowed_is_owed_also_by_the_next_assignment) {
    struct rate_limit limit = {0};
    rate_limit_begin(&limit, 1, 0);
    rate_limit_take(&limit, 0);
    rate_limit_begin(&limit, 1, 0);
    ck_assert(!rate_limit_allows(&limit, 1, 1990));
    ck_assert(rate_limit_allows(&limit, 1, 2000));
}
END_TEST

/* Reassigned every 0 to 20 s, every member busy or not, late by up to 60 ms. */
static void live_at_random(int64_t milliseconds) {
    for (int64_t end = group.now_ms + milliseconds; group.now_ms < end;) {
        run_for(1 + (int64_t)chance(20000), 60);
        for (size_t member = 0; member < group.members; member++)
            group.busy[member] = chance(4) > 0;
        if (chance(2) == 0)
            assign_at_random();
        for (size_t member = 0; member < group.members; member++)
            if (group.busy[member] && group.wakes_ms[member] < group.now_ms)
                group.wakes_ms[member] = group.now_ms;
    }
}

START_TEST(no_ten_seconds_of_any_group_hold_more_than_the_rate_allows) {
    seed();
    for (int round = 0; round < 25; round++) {
        double rate = (double)(1 + chance(6000)) / 60;
        set_up_group(rate, 1 + chance(MEMBERS_MOST), 1 + chance(12), chance(12));
        live_at_random(120000);
        /* Whole mails: one more for each member, where the shares are small. */
        double bound = 1.05 * rate * 10 + (double)group.members;
        ck_assert_msg((double)most_in_a_window() <= bound, "round %d: %zu mails of %zu members at %g/s",
                      round, most_in_a_window(), group.members, rate);
    }
}
END_TEST

START_TEST(where_every_share_is_large_enough_the_bound_is_exact) {
    seed();
    for (int round = 0; round < 15; round++) {
        size_t members = 1 + chance(MEMBERS_MOST);
        /* In turn: each has the same number of event partitions, and so at least its part of 0.97. */
        double rate = RATE_LIMIT_EXACT_FROM / 0.97 * (double)members * (1 + (double)chance(50) / 10);
        set_up_group(rate, members, members * (1 + chance(2)), chance(2) * members);
        for (int assignment = 0; assignment < 8; assignment++) {
            run_for((int64_t)chance(20000), 60);
            begin_assignment();
        }
        ck_assert_msg((double)most_in_a_window() <= 1.05 * rate * 10,
                      "round %d: %zu mails of %zu members at %g/s", round, most_in_a_window(), members, rate);
    }
}
END_TEST

START_TEST(even_traffic_gets_at_least_95_percent_of_the_rate) {
    seed();
    static const double rates[] = {0.5, 2, 5, 20, 100};
    for (size_t at = 0; at < SUITE_COUNT(rates); at++) {
        for (size_t members = 1; members <= 4; members++) {
            set_up_group(rates[at], members, 12, at % 2 == 0 ? 0 : 8);
            int64_t late_ms = rates[at] >= 5 ? 60 : 10;
            run_for(100000 + 10000, late_ms);
            size_t sent = sent_between(10000, 110000);
            double least = 0.95 * rates[at] * 100;
            ck_assert_msg((double)sent >= least - (double)members, "%zu mails of %zu members at %g/s", sent,
                          members, rates[at]);
        }
    }
}
END_TEST

/* The worst ten seconds: as much as may be at once, then whatever comes. */
START_TEST(after_a_pause_the_bound_is_exact_at_any_share_large_enough) {
    for (int hundredths = (int)(RATE_LIMIT_EXACT_FROM * 100); hundredths < 1000; hundredths++) {
        struct rate_limit limit = {0};
        size_t sent = 0;
        rate_limit_begin(&limit, hundredths / 100.0, 0);
        for (int64_t now = 60000; now < 60000 + WINDOW_MS; now += rate_limit_wait_ms(&limit, 1, now))
            for (; rate_limit_allows(&limit, 1, now); sent++)
                rate_limit_take(&limit, now);
        ck_assert_msg((double)sent <= 1.05 * hundredths / 100.0 * 10, "%zu mails at %d/100 s", sent,
                      hundredths);
    }
}
END_TEST

START_TEST(a_new_assignment_begins_with_a_whole_interval) {
    struct rate_limit limit = {0};
    rate_limit_begin(&limit, 10, 0);
    rate_limit_take(&limit, 60000); /* of some that were saved up */
    rate_limit_begin(&limit, 5, 60000);
    ck_assert(!rate_limit_allows(&limit, 1, 60199));
    ck_assert(rate_limit_allows(&limit, 1, 60200));
}
END_TEST

START_TEST(a_member_that_leaves_and_its_successor_do_not_both_spend_the_share) {
    for (int64_t moved_ms = 20000; moved_ms < 21000; moved_ms += 7) {
        set_up_group(20, 2, 1, 0); /* one partition, which goes from one to the other */
        run_for(moved_ms, 0);
        group.owner[0] = 1;
        begin_assignment();
        run_for(12000, 0);
        ck_assert_uint_le(most_in_a_window(), 210);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        rates_are_read_and_nothing_else_is,
        the_shares_of_all_members_add_up_to_the_rate,
        a_member_with_retry_partitions_only_may_send_a_little,
        counts_that_cannot_be_give_no_share,
        without_a_share_nothing_ever_goes,
        one_mail_a_minute_is_one_mail_a_minute,
        what_was_not_sent_in_an_idle_hour_is_not_made_up_for,
        a_mail_that_was_not_allowed_is_owed_also_by_the_next_assignment,
        no_ten_seconds_of_any_group_hold_more_than_the_rate_allows,
        where_every_share_is_large_enough_the_bound_is_exact,
        after_a_pause_the_bound_is_exact_at_any_share_large_enough,
        a_new_assignment_begins_with_a_whole_interval,
        even_traffic_gets_at_least_95_percent_of_the_rate,
        a_member_that_leaves_and_its_successor_do_not_both_spend_the_share,
    };
    return suite_run("rate_limit", tests, SUITE_COUNT(tests));
}
