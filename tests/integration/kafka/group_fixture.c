/* SPDX-License-Identifier: Apache-2.0 */
#include "group_fixture.h"

#include "common/log.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

struct cluster cluster;
struct turning_loop loop;
static char *topics[] = {(char *)TOPIC, NULL};
const struct text_list topic_list = {.items = topics, .count = 1};

void group_set_up(void) {
    log_configure("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    setenv("KAFKA_SESSION_TIMEOUT_MS", "6000", 1); /* a first join takes the mock 3 s, another 5 s */
    setenv("KAFKA_HEARTBEAT_INTERVAL_MS", "200", 1);
    cluster_start(&cluster, 1);
    cluster_topic(&cluster, TOPIC, PARTITIONS);
    turning_loop_start(&loop, 10);
}

void group_tear_down(void) {
    turning_loop_end(&loop);
    cluster_stop(&cluster);
}

void run_for(int64_t milliseconds) {
    turning_loop_run_for(&loop, milliseconds);
}

void write_to(const char *topic, int32_t partition, int count) {
    char value[32];
    for (int i = 0; i < count; i++) {
        snprintf(value, sizeof value, "%d", i);
        cluster_write_later(&cluster, topic, partition, NULL, value);
    }
    cluster_written(&cluster);
}

void write_to_each(int count) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        write_to(TOPIC, partition, count);
}

void commit_offset(int32_t partition, int64_t offset) {
    cluster_commit(&cluster, GROUP, TOPIC, partition, offset, NULL);
}

struct group_member *start_member(void) {
    return start_member_draining(10000);
}

struct group_member *start_member_draining(int64_t drain_ms) {
    return group_member_start(&loop.uv, cluster.bootstrap, topics, drain_ms);
}

struct group_member *start_member_reading_back(int64_t read_back) {
    return group_member_start_reading_back(&loop.uv, cluster.bootstrap, topics, read_back, &topic_list);
}

void on_stopped(void *data) {
    struct group_member *member = data;
    member->stopped = true;
}

void stop(struct group_member *member, int64_t drain_ms) {
    group_consumer_stop(member->consumer, drain_ms, on_stopped);
    RUN_UNTIL(member->stopped);
}

void stop_and_free(struct group_member *member) {
    member->drains_at_once = true;
    stop(member, 1000);
    group_member_free(member);
}
