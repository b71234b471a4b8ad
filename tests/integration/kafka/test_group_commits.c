/* SPDX-License-Identifier: Apache-2.0 */
/* What is committed is what was completed, never more, whatever Kafka refuses; a successor gets the rest. */
#include "completion_model.h"
#include "suite.h"

#include <stdlib.h>

START_TEST(a_successor_gets_exactly_what_was_not_completed) {
    struct model model = {0};
    srand((unsigned)_i + 1);
    write_to_each(EACH);
    struct group_member *first = start_member();
    RUN_UNTIL(first->count == PARTITIONS * EACH);
    assert_in_order(first);
    complete_at_random(&model, first, EACH);
    stop_and_free(first);
    assert_committed_as(&model);

    struct group_member *second = start_member();
    RUN_UNTIL(second->count >= model_incomplete(&model));
    run_for(300);
    assert_holds_the_rest(second, &model);
    while (group_member_open(second) > 0)
        complete_at_random(&model, second, 1);
    RUN_UNTIL(group_consumer_in_flight(second->consumer) == 0);
    assert_committed_as(&model);
    stop_and_free(second);
}
END_TEST

START_TEST(nothing_is_in_flight_once_its_commit_is_acknowledged) {
    struct model model = {0};
    write_to_each(EACH);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    ck_assert_uint_eq(group_consumer_in_flight(member->consumer), PARTITIONS * EACH);
    complete_at_random(&model, member, EACH);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == EACH);
    assert_committed_as(&model);
    complete_at_random(&model, member, EACH);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    assert_committed_as(&model);
    stop_and_free(member);
}
END_TEST

static const rd_kafka_resp_err_t commit_errors[] = {
    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE,
};

START_TEST(commits_go_on_after_errors_and_are_never_ahead) {
    struct model model = {0};
    write_to_each(EACH);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    cluster_refuse(&cluster, API_OFFSET_COMMIT, 4, commit_errors[_i]);
    complete_at_random(&model, member, EACH);
    run_for(300);
    assert_committed_not_ahead_of(&model);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == EACH);
    assert_committed_as(&model);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    stop_and_free(member);
}
END_TEST

START_TEST(what_was_completed_while_kafka_was_away_is_committed_afterwards) {
    struct model model = {0};
    write_to_each(EACH);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    cluster_down(&cluster);
    complete_at_random(&model, member, EACH);
    RUN_UNTIL(member->troubles > 0);
    cluster_up(&cluster);
    /* Whether the session outlived it is Kafka's business: nothing may be lost either way. */
    member->drains_at_once = true;
    RUN_UNTIL(member->recoveries > 0);
    while (model_incomplete(&model) > 0 || group_consumer_in_flight(member->consumer) > 0) {
        uv_run(&loop.uv, UV_RUN_ONCE);
        for (size_t i = 0; i < member->count; i++)
            model_complete(&model, member, i);
    }
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0 && group_consumer_has_joined(member->consumer));
    stop_and_free(member);
    assert_committed_as(&model);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("group commits");
    TCase *completion = suite_case(suite, "completion", group_set_up, group_tear_down, 120);
    tcase_add_loop_test(completion, a_successor_gets_exactly_what_was_not_completed, 0, 2);
    tcase_add_test(completion, nothing_is_in_flight_once_its_commit_is_acknowledged);
    TCase *errors = suite_case(suite, "errors", group_set_up, group_tear_down, 120);
    tcase_add_loop_test(errors, commits_go_on_after_errors_and_are_never_ahead, 0, LOOP_COUNT(commit_errors));
    tcase_add_test(errors, what_was_completed_while_kafka_was_away_is_committed_afterwards);
    return suite_end(suite);
}
