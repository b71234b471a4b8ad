/* SPDX-License-Identifier: Apache-2.0 */
/* A commit that does not fit the log, or that says what nobody can read; and a log that loses what was not
 * read yet. */
#include "group_fixture.h"
#include "suite.h"

START_TEST(a_commit_beyond_the_end_is_told_as_a_reset_and_reading_begins_anew) {
    write_to_each(EACH);
    commit_offset(0, 10 * EACH);
    struct group_member *member = start_member();
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

START_TEST(a_commit_below_the_start_is_told_as_a_reset) {
    for (int i = 0; i < 16; i++)
        cluster_write_large(&cluster, TOPIC, 0, 500000); /* the mock forgets beyond 5 MiB */
    commit_offset(0, 1);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count > 0 && member->records[member->count - 1].offset == 15);
    ck_assert_int_gt(member->records[0].offset, 1);
    ck_assert_uint_eq(member->resets, 1);
    ck_assert_int_eq(member->reset_committed, 1);
    ck_assert_int_eq(member->reset_actual, member->records[0].offset);
    stop_and_free(member);
}
END_TEST

START_TEST(unreadable_metadata_costs_duplicates_and_no_loss) {
    write_to_each(EACH);
    cluster_commit(&cluster, GROUP, TOPIC, 0, 20, "1.not-ours.00000000");
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH - 20);
    ck_assert_uint_eq(member->resets, 0);
    stop_and_free(member);
}
END_TEST

START_TEST(reading_that_was_set_back_begins_anew_at_the_commit) {
    write_to_each(EACH);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    member->drains_at_once = true;
    member->count = 0;
    /* As after an unclean election: the position is beyond the log, and librdkafka begins at its start. */
    cluster_refuse(&cluster, API_FETCH, 1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
    RUN_UNTIL(member->revoked == 1);
    write_to_each(1);
    RUN_UNTIL(member->count == PARTITIONS);
    for (size_t i = 0; i < member->count; i++)
        ck_assert_int_eq(member->records[i].offset, EACH);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        ck_assert_int_eq(cluster_committed(&cluster, GROUP, TOPIC, partition), EACH + 1);
    stop_and_free(member);
}
END_TEST

START_TEST(records_that_retention_removed_before_they_were_read_are_told) {
    write_to_each(1);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS);
    member->takes_nothing = true;
    for (int i = 0; i < 40; i++)
        cluster_write_large(&cluster, TOPIC, 0, 500000); /* the mock forgets beyond 5 MiB */
    run_for(500);
    member->takes_nothing = false;
    RUN_UNTIL(member->records[member->count - 1].offset == 40);
    ck_assert_uint_lt(member->count, PARTITIONS + 40);
    ck_assert_uint_eq(member->resets, 1);
    ck_assert_int_gt(member->reset_actual, member->reset_committed);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    ck_assert_int_eq(cluster_committed(&cluster, GROUP, TOPIC, 0), 41);
    stop_and_free(member);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("group log ends");
    TCase *cases = suite_case(suite, "log's ends", group_set_up, group_tear_down, 120);
    tcase_add_test(cases, a_commit_beyond_the_end_is_told_as_a_reset_and_reading_begins_anew);
    tcase_add_test(cases, a_commit_below_the_start_is_told_as_a_reset);
    tcase_add_test(cases, unreadable_metadata_costs_duplicates_and_no_loss);
    tcase_add_test(cases, reading_that_was_set_back_begins_anew_at_the_commit);
    tcase_add_test(cases, records_that_retention_removed_before_they_were_read_are_told);
    return suite_end(suite);
}
