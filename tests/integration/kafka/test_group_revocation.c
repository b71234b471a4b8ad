/* SPDX-License-Identifier: Apache-2.0 */
/* A partition goes to another member, or is lost: nothing that was committed comes again, and nothing that
 * was not is lost. */
#include "completion_model.h"
#include "suite.h"

static const rd_kafka_resp_err_t losing_errors[] = {
    RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
    RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
};

START_TEST(a_lost_assignment_is_read_again_from_the_last_good_commit) {
    struct model model = {0};
    write_to_each(EACH);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    complete_at_random(&model, member, EACH);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == EACH);
    cluster_refuse(&cluster, API_OFFSET_COMMIT, 1, losing_errors[_i]);
    size_t open = 0;
    while (member->records[open].partition == NULL)
        open++;
    group_member_complete(member, open); /* its commit is refused: the record comes again */
    RUN_UNTIL(member->revoked == 1);
    ck_assert_uint_eq(member->revoking, 0); /* it is another's already: nothing to wait for */
    group_member_abandon_all(member);
    member->count = 0;
    RUN_UNTIL(member->count == EACH);
    assert_holds_the_rest(member, &model);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    stop_and_free(member);
}
END_TEST

/* How many of the incomplete records the member has seen; none of the complete ones. */
static size_t note_seen(const struct group_member *member, const struct model *model, struct model *seen) {
    size_t news = 0;
    for (size_t i = 0; i < member->count; i++) {
        const struct held_record *record = &member->records[i];
        ck_assert(!model->complete[record->number][record->offset]);
        news += !seen->complete[record->number][record->offset];
        seen->complete[record->number][record->offset] = true;
    }
    return news;
}

/* The mock refuses every commit from the moment a member joins (Apache Kafka takes those of the old
 * generation until all have joined again): what is completed in the drain comes again here, and may. */
START_TEST(what_was_committed_before_a_revoke_is_not_delivered_again) {
    struct model model = {0}, seen = {0};
    write_to_each(EACH);
    struct group_member *first = start_member();
    RUN_UNTIL(first->count == PARTITIONS * EACH);
    complete_at_random(&model, first, EACH);
    RUN_UNTIL(group_consumer_in_flight(first->consumer) == EACH);
    struct group_member *second = start_member();
    RUN_UNTIL(first->revoking == 1);
    group_member_complete_all(first);
    first->count = 0;
    first->drains_at_once = second->drains_at_once = true; /* the mock may rebalance once more */
    group_consumer_drained(first->consumer);
    size_t count = 0;
    int64_t end = clock_monotonic_ms() + DEADLINE_MS;
    while (count < model_incomplete(&model) && clock_monotonic_ms() < end) {
        uv_run(&loop.uv, UV_RUN_ONCE);
        count += note_seen(first, &model, &seen) + note_seen(second, &model, &seen);
    }
    ck_assert_uint_eq(count, model_incomplete(&model));
    ck_assert_uint_gt(first->count, 0);
    ck_assert_uint_gt(second->count, 0);
    stop_and_free(second);
    stop_and_free(first);
}
END_TEST

START_TEST(a_drain_ends_at_its_deadline_and_late_completions_count_for_nothing) {
    struct model model = {0};
    write_to_each(EACH);
    struct group_member *first = start_member_draining(500);
    RUN_UNTIL(first->count == PARTITIONS * EACH);
    size_t taken = first->count;
    struct group_member *second = start_member();
    RUN_UNTIL(first->revoked == 1);
    ck_assert_uint_eq(first->revoking, 1);
    for (size_t i = 0; i < taken; i++) {
        ck_assert(group_partition_is_revoked(first->records[i].partition));
        group_member_complete(first, i);
    }
    RUN_UNTIL(first->count - taken + second->count >= PARTITIONS * EACH);
    assert_committed_not_ahead_of(&model);
    stop_and_free(second);
    stop_and_free(first);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("group revocation");
    TCase *cases = suite_case(suite, "revocation", group_set_up, group_tear_down, 120);
    tcase_add_loop_test(cases, a_lost_assignment_is_read_again_from_the_last_good_commit, 0,
                        LOOP_COUNT(losing_errors));
    tcase_add_test(cases, what_was_committed_before_a_revoke_is_not_delivered_again);
    tcase_add_test(cases, a_drain_ends_at_its_deadline_and_late_completions_count_for_nothing);
    return suite_end(suite);
}
