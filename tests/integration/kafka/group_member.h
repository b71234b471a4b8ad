/* SPDX-License-Identifier: Apache-2.0 */
/* A member of a consumer group that holds the records it took until the test completes them. */
#ifndef NOTIFY_TESTS_KAFKA_GROUP_MEMBER_H
#define NOTIFY_TESTS_KAFKA_GROUP_MEMBER_H

#include "kafka/group_consumer.h"

#define GROUP "readers"
#define MEMBER_RECORDS_MOST 4000
#define MEMBER_PARTITIONS_MOST 8

struct held_record {
    struct group_partition *partition; /* NULL once it is completed or abandoned */
    rd_kafka_message_t *message;
    int32_t number;
    int64_t offset;
};

/* A record below the commit, or complete above it, that was shown and not delivered. */
struct passed_record {
    int32_t number;
    int64_t offset;
    size_t taken_before; /* how many records the member had taken then */
};

struct group_member {
    uv_loop_t *loop;
    struct group_consumer *consumer;
    struct text_list topics;
    struct held_record records[MEMBER_RECORDS_MOST]; /* in the order in which they were taken */
    size_t count;
    struct passed_record passed[MEMBER_RECORDS_MOST]; /* in the order in which they were shown */
    size_t passed_count;
    size_t dropped; /* partitions */
    bool takes_nothing;
    bool drains_at_once; /* when a revoke begins: abandons what it holds, and says so */
    bool stopped;
    unsigned revoking, revoked, resets, troubles, recoveries;
    int64_t reset_committed, reset_actual;
    char trouble[256];
};

/* topics: ends with NULL. */
struct group_member *group_member_start(uv_loop_t *loop, const char *bootstrap, char **topics,
                                        int64_t revoke_drain_ms);
/* The same, and so many records below the commit of these topics are read back. */
struct group_member *group_member_start_reading_back(uv_loop_t *loop, const char *bootstrap, char **topics,
                                                     int64_t read_back, const struct text_list *of_topics);
void group_member_complete(struct group_member *member, size_t index);
void group_member_complete_all(struct group_member *member);
void group_member_abandon_all(struct group_member *member);
/* Held and not completed. */
size_t group_member_open(const struct group_member *member);
void group_member_free(struct group_member *member);

#endif
