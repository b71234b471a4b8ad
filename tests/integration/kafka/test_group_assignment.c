/* SPDX-License-Identifier: Apache-2.0 */
/* What a member is given when it joins: where it begins, which topics it has, how many partitions there are.
 */
#include "completion_model.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const rd_kafka_resp_err_t fetch_errors[] = {
    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
};

START_TEST(committed_offsets_that_cannot_be_read_are_asked_for_again) {
    struct model model = {0};
    write_to_each(EACH);
    commit_offset(0, 100);
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
    /* Each second it looks again for what is missing. */
    setenv("KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS", "1000", 1);
    char path[] = "group-consumer-log-XXXXXX";
    int log = mkstemp(path), old = dup(STDERR_FILENO);
    ck_assert(log >= 0 && old >= 0 && dup2(log, STDERR_FILENO) >= 0);
    rd_kafka_mock_topic_set_error(cluster.mock, "missing", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    write_to_each(1);
    struct group_member *member = group_member_start(&loop.uv, cluster.bootstrap, both, 10000);
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
        uv_run(&loop.uv, UV_RUN_ONCE);
        for (size_t i = 0; i < member->count; i++)
            seen = seen || (member->records[i].partition != NULL &&
                            strcmp(group_partition_topic(member->records[i].partition), "missing") == 0);
    }
    stop_and_free(member);
}
END_TEST

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
    struct group_member *one = group_member_start(&loop.uv, cluster.bootstrap, three, 10000);
    struct group_member *two = group_member_start(&loop.uv, cluster.bootstrap, three, 10000);
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
    struct group_member *member = group_member_start(&loop.uv, cluster.bootstrap, three, 10000);
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

int main(void) {
    Suite *suite = suite_create("group assignment");
    TCase *cases = suite_case(suite, "assignment", group_set_up, group_tear_down, 120);
    tcase_add_loop_test(cases, committed_offsets_that_cannot_be_read_are_asked_for_again, 0,
                        LOOP_COUNT(fetch_errors));
    tcase_add_test(cases, a_missing_topic_is_told_once_and_read_when_it_comes);
    tcase_add_test(cases, the_partitions_of_every_topic_are_counted_whoever_has_them);
    tcase_add_test(cases, while_kafka_is_away_no_partitions_are_told_and_a_stop_waits_for_the_answer);
    return suite_end(suite);
}
