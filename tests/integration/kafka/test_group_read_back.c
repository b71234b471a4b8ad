/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading back: what stands below the commit is shown before, and not delivered. The oracle is arithmetic on
 * the offsets that were written and committed.
 */
#include "group_fixture.h"
#include "suite.h"

#include <stdlib.h>

#define OTHER_TOPIC "others"

static char *both_topics[] = {(char *)TOPIC, (char *)OTHER_TOPIC, NULL};

/* --- judging --- */

struct seen {
    bool passed[EACH], taken[EACH];
};

/* Ascending within the partition, whether shown or taken. */
static void look(const struct group_member *member, int32_t number, struct seen *seen) {
    int64_t last = -1;
    size_t shown = 0;
    *seen = (struct seen){0};
    for (size_t i = 0; i <= member->count; i++) {
        for (; shown < member->passed_count && member->passed[shown].taken_before <= i; shown++) {
            if (member->passed[shown].number != number)
                continue;
            ck_assert_int_gt(member->passed[shown].offset, last);
            last = member->passed[shown].offset;
            seen->passed[last] = true;
        }
        if (i == member->count || member->records[i].number != number)
            continue;
        ck_assert_int_gt(member->records[i].offset, last);
        last = member->records[i].offset;
        seen->taken[last] = true;
    }
}

static void assert_shown_then_delivered(const struct group_member *member, int32_t number, int64_t shown_from,
                                        int64_t delivered_from) {
    struct seen seen;
    look(member, number, &seen);
    for (int64_t offset = 0; offset < EACH; offset++) {
        ck_assert_msg(seen.passed[offset] == (offset >= shown_from && offset < delivered_from), "%d/%lld",
                      (int)number, (long long)offset);
        ck_assert_msg(seen.taken[offset] == (offset >= delivered_from), "%d/%lld", (int)number,
                      (long long)offset);
    }
}

/* --- the common cases --- */

static const struct {
    int64_t committed, read_back, shown_from;
} ranges[] = {{100, 30, 70}, {100, 1, 99}, {20, 1000, 0}, {EACH - 1, 60, EACH - 61}};

START_TEST(records_below_the_commit_are_shown_before_and_not_delivered) {
    write_to_each(EACH);
    commit_offset(0, ranges[_i].committed);
    struct group_member *member = start_member_reading_back(ranges[_i].read_back);
    size_t expected = (size_t)(EACH - ranges[_i].committed + EACH);
    RUN_UNTIL(member->count >= expected);
    run_for(300);
    ck_assert_uint_eq(member->count, expected);
    assert_shown_then_delivered(member, 0, ranges[_i].shown_from, ranges[_i].committed);
    assert_shown_then_delivered(member, 1, 0, 0); /* no commit: nothing stands below it */
    ck_assert_uint_eq(member->resets, 0);
    ck_assert_uint_eq(member->troubles, 0);
    stop_and_free(member);
}
END_TEST

/* The usual case after a restart: nothing is left to deliver. What comes then is delivered at once. */
START_TEST(an_idle_partition_is_read_back_and_goes_on_with_what_comes) {
    write_to_each(EACH);
    commit_offset(0, EACH - 10);
    commit_offset(1, EACH - 10);
    struct group_member *first = start_member_reading_back(40);
    RUN_UNTIL(first->count == PARTITIONS * 10);
    group_member_complete_all(first);
    RUN_UNTIL(group_consumer_in_flight(first->consumer) == 0);
    stop_and_free(first);
    struct group_member *member = start_member_reading_back(40);
    RUN_UNTIL(member->passed_count == PARTITIONS * 40);
    run_for(1200); /* the ends of the logs are told meanwhile, which is no trouble */
    ck_assert_uint_eq(member->count, 0);
    write_to(TOPIC, 0, 1);
    write_to(TOPIC, 1, 1);
    RUN_UNTIL(member->count == PARTITIONS);
    for (size_t i = 0; i < member->count; i++)
        ck_assert_int_eq(member->records[i].offset, EACH);
    ck_assert_uint_eq(member->passed_count, PARTITIONS * 40);
    ck_assert_uint_eq(member->resets, 0);
    ck_assert_uint_eq(member->troubles, 0);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    ck_assert_int_eq(cluster_committed(&cluster, GROUP, TOPIC, 0), EACH + 1);
    stop_and_free(member);
}
END_TEST

/* By the first member's completions at random: those above the watermark are in the commit's metadata. */
START_TEST(records_that_are_complete_above_the_commit_are_shown_in_their_place) {
    bool complete[PARTITIONS][EACH] = {0};
    srand((unsigned)_i + 1);
    write_to_each(EACH);
    struct group_member *first = start_member_reading_back(50);
    RUN_UNTIL(first->count == PARTITIONS * EACH);
    for (int i = 0; i < EACH; i++) {
        size_t index = (size_t)rand() % first->count;
        complete[first->records[index].number][first->records[index].offset] = true;
        group_member_complete(first, index);
    }
    RUN_UNTIL(group_consumer_in_flight(first->consumer) == group_member_open(first));
    size_t incomplete = group_member_open(first);
    stop_and_free(first);

    struct group_member *second = start_member_reading_back(50);
    RUN_UNTIL(second->count >= incomplete);
    run_for(300);
    for (int32_t number = 0; number < PARTITIONS; number++) {
        struct seen seen;
        int64_t committed = cluster_committed(&cluster, GROUP, TOPIC, number);
        look(second, number, &seen);
        for (int64_t offset = 0; offset < EACH; offset++) {
            bool shown = offset >= committed - 50 && complete[number][offset];
            ck_assert_msg(seen.passed[offset] == shown, "%d/%lld", (int)number, (long long)offset);
            ck_assert_msg(seen.taken[offset] == !complete[number][offset], "%d/%lld", (int)number,
                          (long long)offset);
        }
    }
    stop_and_free(second);
}
END_TEST

START_TEST(only_the_topics_that_are_named_are_read_back) {
    cluster_topic(&cluster, OTHER_TOPIC, 1);
    write_to_each(EACH);
    write_to(OTHER_TOPIC, 0, EACH);
    commit_offset(0, 100);
    commit_offset(1, 100);
    cluster_commit(&cluster, GROUP, OTHER_TOPIC, 0, 100, NULL);
    struct group_member *member =
        group_member_start_reading_back(&loop.uv, cluster.bootstrap, both_topics, 40, &topic_list);
    RUN_UNTIL(member->count == 3 * (EACH - 100));
    ck_assert_uint_eq(member->passed_count, PARTITIONS * 40);
    stop_and_free(member);
}
END_TEST

START_TEST(every_partition_is_dropped_once) {
    write_to_each(EACH);
    commit_offset(0, 100);
    struct group_member *member = start_member_reading_back(1000);
    RUN_UNTIL(member->count == 50 + EACH);
    ck_assert_uint_eq(member->dropped, 0);
    member->drains_at_once = true;
    group_consumer_stop(member->consumer, 1000, on_stopped);
    RUN_UNTIL(member->stopped);
    ck_assert_uint_eq(member->dropped, PARTITIONS);
    group_member_free(member);
}
END_TEST

/* More than is read in several turns of the loop. */
START_TEST(a_long_way_back_is_read_whole_and_can_be_broken_off) {
    write_to(TOPIC, 0, 3500);
    commit_offset(0, 3490);
    struct group_member *member = start_member_reading_back(10000);
    RUN_UNTIL(member->passed_count > 0);
    stop_and_free(member);
    member = start_member_reading_back(10000);
    RUN_UNTIL(member->count == 10);
    ck_assert_uint_eq(member->passed_count, 3490);
    for (size_t i = 0; i < member->passed_count; i++)
        ck_assert_int_eq(member->passed[i].offset, (int64_t)i);
    ck_assert_uint_eq(member->passed[3489].taken_before, 0);
    stop_and_free(member);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("group read back");
    TCase *cases = suite_case(suite, "common", group_set_up, group_tear_down, 120);
    tcase_add_loop_test(cases, records_below_the_commit_are_shown_before_and_not_delivered, 0,
                        LOOP_COUNT(ranges));
    tcase_add_test(cases, an_idle_partition_is_read_back_and_goes_on_with_what_comes);
    tcase_add_loop_test(cases, records_that_are_complete_above_the_commit_are_shown_in_their_place, 0, 2);
    tcase_add_test(cases, only_the_topics_that_are_named_are_read_back);
    tcase_add_test(cases, every_partition_is_dropped_once);
    tcase_add_test(cases, a_long_way_back_is_read_whole_and_can_be_broken_off);
    return suite_end(suite);
}
