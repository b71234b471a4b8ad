/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the group consumer share; for no one else. */
#ifndef NOTIFY_KAFKA_GROUP_CONSUMER_INTERNAL_H
#define NOTIFY_KAFKA_GROUP_CONSUMER_INTERNAL_H

#include "group_consumer.h"
#include <stdatomic.h>

#define COMMIT_INTERVAL_MS 10 /* spares the brokers; EMAIL_MAX_IN_FLIGHT records pass in each interval */
#define COMMIT_ANSWER_TIMEOUT_MS 5000 /* answers take 6 to 42 ms (p50, p99) from one broker */
#define COMMIT_RETRY_MS 500           /* after a refused commit */
#define LAST_COMMIT_DEADLINE_MS 5000
#define STOP_AFTER_DRAIN_MS 5000 /* for the last commit and LeaveGroup together */
#define LEAVE_LEAST_MS 500       /* however late it is: LeaveGroup is one request */
#define COMMITTED_FETCH_RETRY_MS 500
#define TROUBLE_PROBE_MS 2000

enum membership {
    MEMBERSHIP_NONE,       /* no assignment */
    MEMBERSHIP_FETCHING,   /* assigned by the group; the committed offsets are asked for */
    MEMBERSHIP_ASSIGNED,   /* partitions are read */
    MEMBERSHIP_DRAINING,   /* revoked: what is under way may finish */
    MEMBERSHIP_COMMITTING, /* drained: the last commit */
    MEMBERSHIP_CLOSING,    /* leaving the group */
    MEMBERSHIP_CLOSED,
};

struct group_partition {
    struct group_consumer *consumer;
    struct offset_tracker *tracker;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t *head; /* read, not taken */
    atomic_bool maybe_readable;
    bool revoked;
    bool moved_back; /* its log began anew below what was read: not read on */
    bool started;    /* the first record after the assignment was seen */
    int64_t
        expected; /* the next record's offset: the committed one, then one above the last; -1: not known */
    bool is_read_back;
    int64_t read_back_end; /* while records below the commit are read: the commit; else -1 */
    int64_t last_passed;   /* of those, the last one's offset */
    size_t references;
    void *data;
    int32_t number;
    char topic[];
};

struct group_consumer {
    uv_loop_t *loop;
    struct group_consumer_settings settings;
    struct group_consumer_events events;
    rd_kafka_t *kafka;
    rd_kafka_queue_t *consumer_queue;
    rd_kafka_queue_t *reply_queue; /* of commits */
    uv_async_t wake;
    uv_timer_t tick, commit_timer;
    uv_prepare_t before_wait;
    size_t open_handles;

    enum membership membership;
    struct group_partition **partitions;
    size_t partition_count;
    rd_kafka_topic_partition_list_t *pending_assignment; /* while FETCHING */
    int64_t deadline_ms;                                 /* of the present DRAINING or COMMITTING */
    int64_t fetch_again_ms;                              /* 0: the committed offsets are being asked for */
    size_t questions_under_way; /* on threads of the pool: the client must not go before the last answer */
    uint64_t assignment;        /* counts them: an answer to an older one is dropped */

    bool commit_wanted, commit_outstanding;
    uint64_t commit_number; /* of the outstanding one, or the last */
    int64_t commit_deadline_ms;
    int64_t next_commit_ms;

    bool restart_wanted; /* the same assignment anew: a partition's log moved back */

    bool stopping;
    int64_t stop_deadline_ms; /* by when the group is left, in order or not */
    void (*stopped)(void *data);

    bool in_trouble;
    int64_t refused_since_ms; /* 0: it is not */
    int64_t next_probe_ms;    /* while in trouble: whether it is over is asked */
    char trouble[256];
    bool *topic_missing; /* one for each of settings.topics */
    bool fatal_told;
};

/* group_partition.c */
struct group_partition *group_partition_new(struct group_consumer *consumer, const char *topic,
                                            int32_t number);
void group_partition_restore(struct group_partition *partition, int64_t committed, const char *metadata);
void group_partition_revoke(struct group_partition *partition);
void group_partition_unreference(struct group_partition *partition);

/* group_read_back.c */
bool group_read_back_is_for(const struct group_consumer *consumer, const char *topic);
/* Where reading begins: the committed offset, or below. */
int64_t group_read_back_start(const struct group_consumer *consumer,
                              const rd_kafka_topic_partition_t *committed);
void group_read_back_begin(struct group_partition *partition, int64_t start, int64_t committed);
/* A bounded piece of it. */
void group_read_back_turn(struct group_consumer *consumer);
void group_read_back_show(struct group_partition *partition, const rd_kafka_message_t *message);

/* group_rebalance.c */
void group_rebalance_callback(rd_kafka_t *kafka, rd_kafka_resp_err_t error,
                              rd_kafka_topic_partition_list_t *partitions, void *opaque);
void group_rebalance_tick(struct group_consumer *consumer, int64_t now_ms);
void group_rebalance_begin_drain(struct group_consumer *consumer, int64_t drain_ms);

/* group_commit.c */
void group_commit_if_wanted(struct group_consumer *consumer);
void group_commit_reply(struct group_consumer *consumer, rd_kafka_event_t *event);
bool group_commit_is_settled(const struct group_consumer *consumer);

/* group_consumer.c */
void group_consumer_trouble(struct group_consumer *consumer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void group_consumer_well(struct group_consumer *consumer);
void group_consumer_leave(struct group_consumer *consumer);

#endif
