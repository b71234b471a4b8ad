/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading back on a mock cluster: what is shown, what is delivered, and that nothing of it depends on where
 * the log begins or ends. The oracle is arithmetic on the offsets that were written and committed.
 */
#include "cluster.h"
#include "group_member.h"

#include "common/clock.h"
#include "common/log.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC "events"
#define OTHER_TOPIC "others"
#define GROUP "readers"
#define PARTITIONS 2
#define EACH 150
#define DEADLINE_MS 60000
#define API_LIST_OFFSETS 2

static struct cluster cluster;
static uv_loop_t loop;
static uv_timer_t beat;
static char *topics[] = {(char *)TOPIC, NULL};
static char *both_topics[] = {(char *)TOPIC, (char *)OTHER_TOPIC, NULL};
static const struct text_list read_back_topics = {.items = topics, .count = 1};

static void on_beat(uv_timer_t *handle) {
    (void)handle;
}

static void set_up(void) {
    log_configure("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    setenv("KAFKA_SESSION_TIMEOUT_MS", "6000", 1); /* a first join takes the mock 3 s */
    setenv("KAFKA_HEARTBEAT_INTERVAL_MS", "200", 1);
    cluster_start(&cluster, 1);
    cluster_topic(&cluster, TOPIC, PARTITIONS);
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    uv_timer_init(&loop, &beat);
    uv_timer_start(&beat, on_beat, 10, 10);
}

static void tear_down(void) {
    uv_close((uv_handle_t *)&beat, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    cluster_stop(&cluster);
}

#define RUN_UNTIL(condition)                                                                                 \
    do {                                                                                                     \
        int64_t end = clock_monotonic_ms() + DEADLINE_MS;                                                    \
        while (!(condition)) {                                                                               \
            uv_run(&loop, UV_RUN_ONCE);                                                                      \
            ck_assert_msg(clock_monotonic_ms() < end, "not in time: %s", #condition);                        \
        }                                                                                                    \
    } while (0)

static void run_for(int64_t milliseconds) {
    int64_t end = clock_monotonic_ms() + milliseconds;
    while (clock_monotonic_ms() < end)
        uv_run(&loop, UV_RUN_ONCE);
}

static void on_stopped(void *data) {
    struct group_member *member = data;
    member->stopped = true;
}

static void stop_and_free(struct group_member *member) {
    member->drains_at_once = true;
    group_consumer_stop(member->consumer, 1000, on_stopped);
    RUN_UNTIL(member->stopped);
    group_member_free(member);
}

static void write_to(const char *topic, int32_t partition, int count) {
    for (int i = 0; i < count; i++)
        cluster_write_later(&cluster, topic, partition, NULL, "value");
    cluster_written(&cluster);
}

static void commit(int32_t partition, int64_t offset) {
    cluster_commit(&cluster, GROUP, TOPIC, partition, offset, NULL);
}

static struct group_member *start_member(int64_t read_back) {
    return group_member_start_reading_back(&loop, cluster.bootstrap, topics, read_back, &read_back_topics);
}

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

static void write_all(void) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        write_to(TOPIC, partition, EACH);
}

/* --- the common cases --- */

static const struct {
    int64_t committed, read_back, shown_from;
} ranges[] = {{100, 30, 70}, {100, 1, 99}, {20, 1000, 0}, {EACH - 1, 60, EACH - 61}};

START_TEST(records_below_the_commit_are_shown_before_and_not_delivered) {
    write_all();
    commit(0, ranges[_i].committed);
    struct group_member *member = start_member(ranges[_i].read_back);
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
    write_all();
    commit(0, EACH - 10);
    commit(1, EACH - 10);
    struct group_member *first = start_member(40);
    RUN_UNTIL(first->count == PARTITIONS * 10);
    group_member_complete_all(first);
    RUN_UNTIL(group_consumer_in_flight(first->consumer) == 0);
    stop_and_free(first);
    struct group_member *member = start_member(40);
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
    write_all();
    struct group_member *first = start_member(50);
    RUN_UNTIL(first->count == PARTITIONS * EACH);
    for (int i = 0; i < EACH; i++) {
        size_t index = (size_t)rand() % first->count;
        complete[first->records[index].number][first->records[index].offset] = true;
        group_member_complete(first, index);
    }
    RUN_UNTIL(group_consumer_in_flight(first->consumer) == group_member_open(first));
    size_t incomplete = group_member_open(first);
    stop_and_free(first);

    struct group_member *second = start_member(50);
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
    write_all();
    write_to(OTHER_TOPIC, 0, EACH);
    commit(0, 100);
    commit(1, 100);
    cluster_commit(&cluster, GROUP, OTHER_TOPIC, 0, 100, NULL);
    struct group_member *member =
        group_member_start_reading_back(&loop, cluster.bootstrap, both_topics, 40, &read_back_topics);
    RUN_UNTIL(member->count == 3 * (EACH - 100));
    ck_assert_uint_eq(member->passed_count, PARTITIONS * 40);
    stop_and_free(member);
}
END_TEST

START_TEST(every_partition_is_dropped_once) {
    write_all();
    commit(0, 100);
    struct group_member *member = start_member(1000);
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
    commit(0, 3490);
    struct group_member *member = start_member(10000);
    RUN_UNTIL(member->passed_count > 0);
    stop_and_free(member);
    member = start_member(10000);
    RUN_UNTIL(member->count == 10);
    ck_assert_uint_eq(member->passed_count, 3490);
    for (size_t i = 0; i < member->passed_count; i++)
        ck_assert_int_eq(member->passed[i].offset, (int64_t)i);
    ck_assert_uint_eq(member->passed[3489].taken_before, 0);
    stop_and_free(member);
}
END_TEST

/* --- the log's ends --- */

/* The log is shorter than the commit says. Read back within it, and from beyond its end. */
static const int64_t ways_back[] = {10 * EACH - 50, 10 * EACH, 10};

START_TEST(a_commit_beyond_the_end_is_told_as_a_reset_and_all_is_delivered) {
    write_all();
    commit(0, 10 * EACH);
    struct group_member *member = start_member(ways_back[_i]);
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    ck_assert_uint_eq(member->resets, 1);
    ck_assert_int_eq(member->reset_committed, 10 * EACH);
    ck_assert_int_eq(member->reset_actual, 0);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    ck_assert_int_eq(cluster_committed(&cluster, GROUP, TOPIC, 0), EACH);
    stop_and_free(member);
}
END_TEST

static int64_t write_beyond_retention(void) {
    int64_t low = -1, high = -1;
    for (int i = 0; i < 16; i++)
        cluster_write_large(&cluster, TOPIC, 0, 500000); /* the mock forgets beyond 5 MiB */
    ck_assert_int_eq(rd_kafka_query_watermark_offsets(cluster.writer, TOPIC, 0, &low, &high, DEADLINE_MS), 0);
    ck_assert_int_gt(low, 1);
    ck_assert_int_lt(low, 14);
    return low;
}

static const char *const resets[] = {"earliest", "latest"};

/* The question below the log's start leads there, or with "latest" to its end: no record may be lost by it.
 */
START_TEST(where_the_log_starts_above_the_window_all_from_the_commit_on_is_delivered) {
    int64_t low = write_beyond_retention();
    bool leads_to_start = strcmp(resets[_i], "earliest") == 0;
    commit(0, 14);
    setenv("KAFKA_AUTO_OFFSET_RESET", resets[_i], 1);
    struct group_member *member = start_member(1000);
    RUN_UNTIL(member->count == 2);
    ck_assert_int_eq(member->records[0].offset, 14);
    ck_assert_uint_eq(member->passed_count, leads_to_start ? (size_t)(14 - low) : 0);
    if (leads_to_start)
        ck_assert_int_eq(member->passed[0].offset, low);
    ck_assert_uint_eq(member->resets, 0);
    stop_and_free(member);
}
END_TEST

START_TEST(a_commit_below_the_start_is_told_as_a_reset) {
    int64_t low = write_beyond_retention();
    commit(0, 1);
    struct group_member *member = start_member(1000);
    RUN_UNTIL(member->count > 0 && member->records[member->count - 1].offset == 15);
    ck_assert_int_eq(member->records[0].offset, low);
    ck_assert_uint_eq(member->passed_count, 0);
    ck_assert_uint_eq(member->resets, 1);
    ck_assert_int_eq(member->reset_committed, 1);
    stop_and_free(member);
}
END_TEST

/* As when retention removes what is just to be read back: reading goes on at the log's start or at its end,
 * and either way everything from the commit on is delivered. */
START_TEST(a_reset_while_reading_back_neither_loses_nor_repeats_a_record) {
    write_all();
    commit(0, 100);
    commit(1, EACH);
    setenv("KAFKA_AUTO_OFFSET_RESET", resets[_i], 1);
    cluster_refuse(&cluster, API_FETCH, 1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
    struct group_member *member = start_member(30);
    RUN_UNTIL(member->count == EACH - 100);
    run_for(1200);
    write_to(TOPIC, 1, 1);
    RUN_UNTIL(member->count == EACH - 100 + 1);
    for (size_t i = 0; i < member->count - 1; i++)
        ck_assert_int_eq(member->records[i].offset, 100 + (int64_t)i);
    ck_assert_int_eq(member->records[member->count - 1].offset, EACH);
    ck_assert_uint_eq(member->resets, 0);
    stop_and_free(member);
}
END_TEST

/* --- trouble --- */

START_TEST(reading_that_was_set_back_is_read_back_anew) {
    write_all();
    struct group_member *member = start_member(20);
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    member->drains_at_once = true;
    member->count = 0;
    cluster_refuse(&cluster, API_FETCH, 1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
    RUN_UNTIL(member->revoked == 1);
    RUN_UNTIL(member->passed_count == PARTITIONS * 20);
    write_to(TOPIC, 0, 1);
    RUN_UNTIL(member->count == 1);
    ck_assert_int_eq(member->records[0].offset, EACH);
    ck_assert_uint_eq(member->dropped, PARTITIONS);
    stop_and_free(member);
}
END_TEST

#define COUNT(array) (int)(sizeof array / sizeof array[0])

static TCase *test_case(Suite *suite, const char *name) {
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    suite_add_tcase(suite, tests);
    return tests;
}

static Suite *read_back_suite(void) {
    Suite *suite = suite_create("read back");
    TCase *common = test_case(suite, "common");
    tcase_add_loop_test(common, records_below_the_commit_are_shown_before_and_not_delivered, 0,
                        COUNT(ranges));
    tcase_add_test(common, an_idle_partition_is_read_back_and_goes_on_with_what_comes);
    tcase_add_loop_test(common, records_that_are_complete_above_the_commit_are_shown_in_their_place, 0, 2);
    tcase_add_test(common, only_the_topics_that_are_named_are_read_back);
    tcase_add_test(common, every_partition_is_dropped_once);
    tcase_add_test(common, a_long_way_back_is_read_whole_and_can_be_broken_off);
    TCase *ends = test_case(suite, "log's ends");
    tcase_add_loop_test(ends, a_commit_beyond_the_end_is_told_as_a_reset_and_all_is_delivered, 0,
                        COUNT(ways_back));
    tcase_add_loop_test(ends, where_the_log_starts_above_the_window_all_from_the_commit_on_is_delivered, 0,
                        COUNT(resets));
    tcase_add_test(ends, a_commit_below_the_start_is_told_as_a_reset);
    tcase_add_loop_test(ends, a_reset_while_reading_back_neither_loses_nor_repeats_a_record, 0,
                        COUNT(resets));
    TCase *trouble = test_case(suite, "trouble");
    tcase_add_test(trouble, reading_that_was_set_back_is_read_back_anew);
    return suite;
}

int main(void) {
    SRunner *runner = srunner_create(read_back_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
