/* SPDX-License-Identifier: Apache-2.0 */
/* The consumer group's promises on a mock cluster. The oracle is a list of what was completed, and a plain
 * client that asks what is committed. */
#include "cluster.h"
#include "group_member.h"

#include "common/clock.h"
#include "common/log.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOPIC "events"
#define GROUP "readers"
#define PARTITIONS 2
#define EACH 150
#define DEADLINE_MS 60000

static struct cluster cluster;
static uv_loop_t loop;
static uv_timer_t beat;
static char *topics[] = {(char *)TOPIC, NULL};

static void on_beat(uv_timer_t *handle) {
    (void)handle;
}

static void set_up(void) {
    log_configure("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    setenv("KAFKA_SESSION_TIMEOUT_MS", "6000", 1); /* a first join takes the mock 3 s, another 5 s */
    setenv("KAFKA_HEARTBEAT_INTERVAL_MS", "200", 1);
    setenv("KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS", "1000", 1);
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

/* --- waiting --- */

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

static void stop(struct group_member *member, int64_t drain_ms) {
    group_consumer_stop(member->consumer, drain_ms, on_stopped);
    RUN_UNTIL(member->stopped);
}

static void stop_and_free(struct group_member *member) {
    member->drains_at_once = true;
    stop(member, 1000);
    group_member_free(member);
}

static void write_numbered(int count) {
    char value[32];
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        for (int i = 0; i < count; i++) {
            snprintf(value, sizeof value, "%d", i);
            cluster_write_later(&cluster, TOPIC, partition, NULL, value);
        }
    }
    cluster_written(&cluster);
}

static struct group_member *start_member(void) {
    return group_member_start(&loop, cluster.bootstrap, topics, 10000);
}

/* --- the model --- */

struct model {
    bool complete[PARTITIONS][2 * EACH];
};

static void model_complete(struct model *model, struct group_member *member, size_t index) {
    struct held_record *record = &member->records[index];
    if (record->partition == NULL)
        return;
    model->complete[record->number][record->offset] = true;
    group_member_complete(member, index);
}

static int64_t model_first_incomplete(const struct model *model, int32_t partition) {
    int64_t offset = 0;
    while (offset < EACH && model->complete[partition][offset])
        offset++;
    return offset;
}

static size_t model_incomplete(const struct model *model) {
    size_t count = 0;
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        for (int64_t offset = 0; offset < EACH; offset++)
            count += !model->complete[partition][offset];
    return count;
}

static void assert_committed_as(const struct model *model) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        ck_assert_int_eq(cluster_committed(&cluster, GROUP, TOPIC, partition),
                         model_first_incomplete(model, partition));
}

/* A commit that is ahead would lose records. */
static void assert_committed_not_ahead_of(const struct model *model) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        ck_assert_int_le(cluster_committed(&cluster, GROUP, TOPIC, partition),
                         model_first_incomplete(model, partition));
}

static void assert_in_order(const struct group_member *member) {
    int64_t last[PARTITIONS] = {-1, -1};
    for (size_t i = 0; i < member->count; i++) {
        const struct held_record *record = &member->records[i];
        ck_assert_int_gt(record->offset, last[record->number]);
        last[record->number] = record->offset;
    }
}

/* Member holds exactly what is incomplete. */
static void assert_holds_the_rest(const struct group_member *member, const struct model *model) {
    for (size_t i = 0; i < member->count; i++)
        ck_assert_msg(!model->complete[member->records[i].number][member->records[i].offset],
                      "%d/%lld was complete", (int)member->records[i].number,
                      (long long)member->records[i].offset);
    ck_assert_uint_eq(member->count, model_incomplete(model));
    assert_in_order(member);
}

static void complete_at_random(struct model *model, struct group_member *member, size_t how_many) {
    while (how_many > 0) {
        size_t index = (size_t)rand() % member->count;
        if (member->records[index].partition == NULL)
            continue;
        model_complete(model, member, index);
        how_many--;
    }
}

/* --- completion and take-over --- */

START_TEST(a_successor_gets_exactly_what_was_not_completed) {
    struct model model = {0};
    srand((unsigned)_i + 1);
    write_numbered(EACH);
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
    write_numbered(EACH);
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

/* --- errors --- */

static const rd_kafka_resp_err_t commit_errors[] = {
    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE,
};

START_TEST(commits_go_on_after_errors_and_are_never_ahead) {
    struct model model = {0};
    write_numbered(EACH);
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

static const rd_kafka_resp_err_t losing_errors[] = {
    RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
    RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
};

START_TEST(a_lost_assignment_is_read_again_from_the_last_good_commit) {
    struct model model = {0};
    write_numbered(EACH);
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

static const rd_kafka_resp_err_t fetch_errors[] = {
    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
};

START_TEST(committed_offsets_that_cannot_be_read_are_asked_for_again) {
    struct model model = {0};
    write_numbered(EACH);
    cluster_commit(&cluster, GROUP, TOPIC, 0, 100, NULL);
    for (int64_t offset = 0; offset < 100; offset++)
        model.complete[0][offset] = true;
    cluster_refuse(&cluster, API_OFFSET_FETCH, 3, fetch_errors[_i]);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count >= model_incomplete(&model));
    run_for(300);
    assert_holds_the_rest(member, &model);
    ck_assert_uint_eq(member->resets, 0);
    stop_and_free(member);
}
END_TEST

START_TEST(what_was_completed_while_kafka_was_away_is_committed_afterwards) {
    struct model model = {0};
    write_numbered(EACH);
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
        uv_run(&loop, UV_RUN_ONCE);
        for (size_t i = 0; i < member->count; i++)
            model_complete(&model, member, i);
    }
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0 && group_consumer_has_joined(member->consumer));
    stop_and_free(member);
    assert_committed_as(&model);
}
END_TEST

/* --- revokes --- */

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
    write_numbered(EACH);
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
        uv_run(&loop, UV_RUN_ONCE);
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
    write_numbered(EACH);
    struct group_member *first = group_member_start(&loop, cluster.bootstrap, topics, 500);
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

/* --- stops --- */

static void assert_stops_soon(struct group_member *member, int64_t drain_ms, int64_t bound_ms) {
    int64_t begin = clock_monotonic_ms();
    stop(member, drain_ms);
    group_member_free(member);
    ck_assert_int_lt(clock_monotonic_ms() - begin, bound_ms);
}

/* --- counting partitions --- */

struct told_counts {
    unsigned times;
    bool known;
    size_t counts[3];
};

static void on_counts(void *data, const size_t *counts) {
    struct told_counts *told = data;
    told->times++;
    told->known = counts != NULL;
    for (size_t i = 0; i < 3; i++)
        told->counts[i] = counts != NULL ? counts[i] : 0;
}

START_TEST(the_partitions_of_every_topic_are_counted_whoever_has_them) {
    static char *three[] = {(char *)TOPIC, (char *)"others", (char *)"absent", NULL};
    cluster_topic(&cluster, "others", 5);
    rd_kafka_mock_topic_set_error(cluster.mock, "absent", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    struct group_member *one = group_member_start(&loop, cluster.bootstrap, three, 10000);
    struct group_member *two = group_member_start(&loop, cluster.bootstrap, three, 10000);
    RUN_UNTIL(group_consumer_has_joined(one->consumer) && group_consumer_has_joined(two->consumer));
    struct told_counts told = {0};
    ck_assert(group_consumer_count_partitions(one->consumer, on_counts, &told));
    ck_assert_uint_eq(told.times, 0);
    RUN_UNTIL(told.times > 0);
    ck_assert(told.known);
    ck_assert_uint_eq(told.counts[0], PARTITIONS);
    ck_assert_uint_eq(told.counts[1], 5);
    ck_assert_uint_eq(told.counts[2], 0);
    stop_and_free(one);
    stop_and_free(two);
    ck_assert_uint_eq(told.times, 1);
}
END_TEST

START_TEST(while_kafka_is_away_no_partitions_are_told_and_a_stop_waits_for_the_answer) {
    static char *three[] = {(char *)TOPIC, (char *)"others", (char *)"absent", NULL};
    struct group_member *member = group_member_start(&loop, cluster.bootstrap, three, 10000);
    RUN_UNTIL(group_consumer_has_joined(member->consumer));
    cluster_down(&cluster);
    struct told_counts told = {0};
    ck_assert(group_consumer_count_partitions(member->consumer, on_counts, &told));
    stop(member, 0);
    ck_assert_uint_eq(told.times, 1);
    ck_assert(!told.known);
    group_member_free(member);
    cluster_up(&cluster);
}
END_TEST

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
    write_numbered(EACH);
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
    write_numbered(EACH);
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

/* --- the log's ends --- */

START_TEST(a_commit_beyond_the_end_is_told_as_a_reset_and_reading_begins_anew) {
    write_numbered(EACH);
    cluster_commit(&cluster, GROUP, TOPIC, 0, 10 * EACH, NULL);
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
    cluster_commit(&cluster, GROUP, TOPIC, 0, 1, NULL);
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
    write_numbered(EACH);
    cluster_commit(&cluster, GROUP, TOPIC, 0, 20, "1.not-ours.00000000");
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH - 20);
    ck_assert_uint_eq(member->resets, 0);
    stop_and_free(member);
}
END_TEST

START_TEST(reading_that_was_set_back_begins_anew_at_the_commit) {
    write_numbered(EACH);
    struct group_member *member = start_member();
    RUN_UNTIL(member->count == PARTITIONS * EACH);
    group_member_complete_all(member);
    RUN_UNTIL(group_consumer_in_flight(member->consumer) == 0);
    member->drains_at_once = true;
    member->count = 0;
    /* As after an unclean election: the position is beyond the log, and librdkafka begins at its start. */
    cluster_refuse(&cluster, API_FETCH, 1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
    RUN_UNTIL(member->revoked == 1);
    write_numbered(1);
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
    write_numbered(1);
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

/* --- a topic that is not there --- */

static size_t lines_with(const char *path, const char *text) {
    char line[4096];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL)
        count += strstr(line, text) != NULL;
    fclose(file);
    return count;
}

START_TEST(a_missing_topic_is_told_once_and_read_when_it_comes) {
    static char *both[] = {(char *)TOPIC, (char *)"missing", NULL};
    char path[] = "group-consumer-log-XXXXXX";
    int log = mkstemp(path), old = dup(STDERR_FILENO);
    ck_assert(log >= 0 && old >= 0 && dup2(log, STDERR_FILENO) >= 0);
    rd_kafka_mock_topic_set_error(cluster.mock, "missing", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    write_numbered(1);
    struct group_member *member = group_member_start(&loop, cluster.bootstrap, both, 10000);
    member->drains_at_once = true;
    RUN_UNTIL(member->count == PARTITIONS);
    run_for(3000);
    ck_assert(dup2(old, STDERR_FILENO) >= 0);
    size_t told = lines_with(path, "the topic does not exist");
    unlink(path);
    close(log);
    close(old);
    ck_assert_uint_eq(told, 1);
    rd_kafka_mock_topic_set_error(cluster.mock, "missing", RD_KAFKA_RESP_ERR_NO_ERROR);
    cluster_write(&cluster, "missing", 0, NULL, "at last");
    bool seen = false;
    while (!seen) {
        uv_run(&loop, UV_RUN_ONCE);
        for (size_t i = 0; i < member->count; i++)
            seen = seen || (member->records[i].partition != NULL &&
                            strcmp(group_partition_topic(member->records[i].partition), "missing") == 0);
    }
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

static Suite *group_consumer_suite(void) {
    Suite *suite = suite_create("group consumer");
    TCase *completion = test_case(suite, "completion");
    tcase_add_loop_test(completion, a_successor_gets_exactly_what_was_not_completed, 0, 2);
    tcase_add_test(completion, nothing_is_in_flight_once_its_commit_is_acknowledged);
    TCase *errors = test_case(suite, "errors");
    tcase_add_loop_test(errors, commits_go_on_after_errors_and_are_never_ahead, 0, COUNT(commit_errors));
    tcase_add_loop_test(errors, a_lost_assignment_is_read_again_from_the_last_good_commit, 0,
                        COUNT(losing_errors));
    tcase_add_loop_test(errors, committed_offsets_that_cannot_be_read_are_asked_for_again, 0,
                        COUNT(fetch_errors));
    tcase_add_test(errors, what_was_completed_while_kafka_was_away_is_committed_afterwards);
    TCase *revokes = test_case(suite, "revokes");
    tcase_add_test(revokes, what_was_committed_before_a_revoke_is_not_delivered_again);
    tcase_add_test(revokes, a_drain_ends_at_its_deadline_and_late_completions_count_for_nothing);
    TCase *stops = test_case(suite, "stops");
    tcase_add_test(stops, the_partitions_of_every_topic_are_counted_whoever_has_them);
    tcase_add_test(stops, while_kafka_is_away_no_partitions_are_told_and_a_stop_waits_for_the_answer);
    tcase_add_loop_test(stops, it_stops_before_it_has_joined, 0, 3);
    tcase_add_test(stops, it_stops_while_it_asks_for_the_committed_offsets);
    tcase_add_test(stops, it_stops_while_kafka_is_away);
    tcase_add_test(stops, it_stops_when_kafka_was_never_there);
    tcase_add_test(stops, a_stop_during_a_revoke_ends_both);
    TCase *ends = test_case(suite, "log's ends");
    tcase_add_test(ends, a_commit_beyond_the_end_is_told_as_a_reset_and_reading_begins_anew);
    tcase_add_test(ends, a_commit_below_the_start_is_told_as_a_reset);
    tcase_add_test(ends, unreadable_metadata_costs_duplicates_and_no_loss);
    tcase_add_test(ends, reading_that_was_set_back_begins_anew_at_the_commit);
    tcase_add_test(ends, records_that_retention_removed_before_they_were_read_are_told);
    tcase_add_test(ends, a_missing_topic_is_told_once_and_read_when_it_comes);
    return suite;
}

int main(void) {
    SRunner *runner = srunner_create(group_consumer_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
