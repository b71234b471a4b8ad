/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the consumer group begin with: a cluster with one topic, a loop, and members that are
 * started, waited for and stopped on it.
 */
#ifndef NOTIFY_TESTS_KAFKA_GROUP_FIXTURE_H
#define NOTIFY_TESTS_KAFKA_GROUP_FIXTURE_H

#include "cluster.h"
#include "common/clock.h"
#include "group_member.h"
#include "turning_loop.h"
#include <check.h>

#define TOPIC "events"
#define PARTITIONS 2
#define EACH 150 /* records in each partition */
#define DEADLINE_MS 60000

extern struct cluster cluster;
extern struct turning_loop loop;
extern const struct text_list topic_list; /* TOPIC alone */

/* For each test. */
void group_set_up(void);
void group_tear_down(void);

/* Turns the loop until then; fails after DEADLINE_MS. */
#define RUN_UNTIL(condition)                                                                                 \
    do {                                                                                                     \
        int64_t end = clock_monotonic_ms() + DEADLINE_MS;                                                    \
        while (!(condition)) {                                                                               \
            uv_run(&loop.uv, UV_RUN_ONCE);                                                                   \
            ck_assert_msg(clock_monotonic_ms() < end, "not in time: %s", #condition);                        \
        }                                                                                                    \
    } while (0)

void run_for(int64_t milliseconds);

void write_to(const char *topic, int32_t partition, int count);
/* So many to each partition of TOPIC. */
void write_to_each(int count);
/* For the group, in TOPIC, before a member starts. */
void commit_offset(int32_t partition, int64_t offset);

/* Of TOPIC, with 10 s to drain in a revoke, or so long. */
struct group_member *start_member(void);
struct group_member *start_member_draining(int64_t drain_ms);
struct group_member *start_member_reading_back(int64_t read_back);

/* For group_consumer_stop, where a test does not wait at once. */
void on_stopped(void *member);
void stop(struct group_member *member, int64_t drain_ms);
/* Abandons what the member holds. */
void stop_and_free(struct group_member *member);

#endif
