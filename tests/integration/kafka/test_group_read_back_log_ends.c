/* SPDX-License-Identifier: Apache-2.0 */
/* Reading back depends on neither end of the log: everything from the commit on is delivered once. */
#include "group_fixture.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* The log is shorter than the commit says. Read back within it, and from beyond its end. */
static const int64_t ways_back[] = {10 * EACH - 50, 10 * EACH, 10};

START_TEST(a_commit_beyond_the_end_is_told_as_a_reset_and_all_is_delivered) {
    write_to_each(EACH);
    commit_offset(0, 10 * EACH);
    struct group_member *member = start_member_reading_back(ways_back[_i]);
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
    for (int i = 0; i < 16; i++)
        cluster_write_large(&cluster, TOPIC, 0, 500000); /* the mock forgets beyond 5 MiB */
    int64_t low = cluster_begin(&cluster, TOPIC, 0);
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
    commit_offset(0, 14);
    setenv("KAFKA_AUTO_OFFSET_RESET", resets[_i], 1);
    struct group_member *member = start_member_reading_back(1000);
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
    commit_offset(0, 1);
    struct group_member *member = start_member_reading_back(1000);
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
    write_to_each(EACH);
    commit_offset(0, 100);
    commit_offset(1, EACH);
    setenv("KAFKA_AUTO_OFFSET_RESET", resets[_i], 1);
    cluster_refuse(&cluster, API_FETCH, 1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
    struct group_member *member = start_member_reading_back(30);
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

START_TEST(reading_that_was_set_back_is_read_back_anew) {
    write_to_each(EACH);
    struct group_member *member = start_member_reading_back(20);
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

int main(void) {
    Suite *suite = suite_create("group read back log ends");
    TCase *cases = suite_case(suite, "log's ends", group_set_up, group_tear_down, 120);
    tcase_add_loop_test(cases, a_commit_beyond_the_end_is_told_as_a_reset_and_all_is_delivered, 0,
                        LOOP_COUNT(ways_back));
    tcase_add_loop_test(cases, where_the_log_starts_above_the_window_all_from_the_commit_on_is_delivered, 0,
                        LOOP_COUNT(resets));
    tcase_add_test(cases, a_commit_below_the_start_is_told_as_a_reset);
    tcase_add_loop_test(cases, a_reset_while_reading_back_neither_loses_nor_repeats_a_record, 0,
                        LOOP_COUNT(resets));
    tcase_add_test(cases, reading_that_was_set_back_is_read_back_anew);
    return suite_end(suite);
}
