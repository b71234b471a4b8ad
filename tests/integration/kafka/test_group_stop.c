/* SPDX-License-Identifier: Apache-2.0 */
/* A member stops in time, whatever it or Kafka is doing. */
#include "group_fixture.h"
#include "suite.h"

#include <stdlib.h>

static void assert_stops_soon(struct group_member *member, int64_t drain_ms, int64_t bound_ms) {
    int64_t begin = clock_monotonic_ms();
    stop(member, drain_ms);
    group_member_free(member);
    ck_assert_int_lt(clock_monotonic_ms() - begin, bound_ms);
}

START_TEST(it_stops_before_it_has_joined) {
    struct group_member *member = start_member();
    run_for(_i * 500);
    assert_stops_soon(member, 1000, 20000);
}
END_TEST

START_TEST(it_stops_while_it_asks_for_the_committed_offsets) {
    cluster_refuse(&cluster, API_OFFSET_FETCH, 1000, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    struct group_member *member = start_member();
    run_for(4500);
    ck_assert(!group_consumer_has_joined(member->consumer));
    assert_stops_soon(member, 1000, 20000);
}
END_TEST

/* With a session that would outlast the bound: librdkafka keeps an unanswered commit for so long. */
START_TEST(it_stops_while_kafka_is_away) {
    setenv("KAFKA_SESSION_TIMEOUT_MS", "45000", 1);
    write_to_each(EACH);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    cluster_down(&cluster);
    group_member_complete_all(member);
    run_for(200);
    assert_stops_soon(member, 1000, 20000); /* 1 s drain and 6 s by the header, on a slow machine */
}
END_TEST

START_TEST(it_stops_when_kafka_was_never_there) {
    cluster_down(&cluster);
    struct group_member *member = start_member();
    run_for(500);
    assert_stops_soon(member, 1000, 20000);
}
END_TEST

START_TEST(a_stop_during_a_revoke_ends_both) {
    write_to_each(EACH);
    struct group_member *first = start_member();
    RUN_UNTIL(first->count == PARTITIONS * EACH);
    struct group_member *second = start_member();
    RUN_UNTIL(first->revoking == 1);
    group_consumer_stop(first->consumer, 1000, on_stopped);
    group_member_abandon_all(first);
    group_consumer_drained(first->consumer);
    RUN_UNTIL(first->stopped);
    group_member_free(first);
    RUN_UNTIL(second->count == PARTITIONS * EACH);
    stop_and_free(second);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("group stop");
    TCase *cases = suite_case(suite, "stop", group_set_up, group_tear_down, 120);
    tcase_add_loop_test(cases, it_stops_before_it_has_joined, 0, 3);
    tcase_add_test(cases, it_stops_while_it_asks_for_the_committed_offsets);
    tcase_add_test(cases, it_stops_while_kafka_is_away);
    tcase_add_test(cases, it_stops_when_kafka_was_never_there);
    tcase_add_test(cases, a_stop_during_a_revoke_ends_both);
    return suite_end(suite);
}
