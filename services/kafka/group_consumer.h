/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member of a consumer group on a libuv loop, with commits of its own.
 *
 * Back-pressure without pause: on assignment each partition's queue is taken, and a record leaves it only
 * when it is asked for. (Pausing throws prefetched data away: 535 records/s measured against 46,000.) The
 * consumer queue then carries rebalances and errors only and is polled at least once a second, which is what
 * keeps max.poll.interval.ms.
 *
 * An assignment's committed offsets are read with their metadata first, without blocking; then the partitions
 * start at explicit offsets and pass over what is complete. On a revoke the owner drains within its bound;
 * what it completed is committed, then the partitions are given up. One commit is outstanding at a time and
 * carries every changed partition.
 *
 * Reading back: an owner that must know what stood before the commit gets up to read_back records from below
 * it, by the event "passed" and never by peek and take. Until they are read, a partition has nothing to
 * deliver. They are read in short turns, whatever room the owner has for records.
 *
 * All on the loop's thread. Callbacks must not free the consumer.
 */
#ifndef NOTIFY_KAFKA_GROUP_CONSUMER_H
#define NOTIFY_KAFKA_GROUP_CONSUMER_H

#include "common/error.h"
#include "common/settings.h"
#include "offset_tracker.h"
#include <librdkafka/rdkafka.h>
#include <uv.h>

struct group_consumer;

/* A partition in one assignment. Counted references: a record that is still on the wire after a revoke keeps
 * it alive. */
struct group_partition;

struct group_consumer_settings {
    const char *bootstrap_servers;
    const char *group_id;
    const char *group_instance_id;            /* NULL: a dynamic member */
    const struct text_list *topics;           /* all that are subscribed to */
    const char *const *own_names;             /* KAFKA_* variables that are the service's own settings */
    int64_t revoke_drain_ms;                  /* how long a revoke waits for what is under way */
    int64_t read_back;                        /* so many offsets; 0: none */
    const struct text_list *read_back_topics; /* whose partitions are read back */
};

struct group_consumer_events {
    /* Partitions can be read: a new assignment, or new records. Called often; read while there is room. */
    void (*readable)(void *data);
    /* Stop taking records, let go of what has not begun, and call group_consumer_drained() when nothing is
     * under way. */
    void (*revoking)(void *data);
    /* The drain's time is over and something is still under way: begin nothing more, since the partitions may
     * be another member's while the last commit is made. May be NULL. */
    void (*drain_is_over)(void *data);
    /* The partitions are gone: drop what is held of them. Records on the wire may finish; their completion is
     * ignored. */
    void (*revoked)(void *data);
    /* Of a partition that is read back: a record that is not delivered, because it stands below the commit,
     * or above and was complete already. In the order of the offsets, before the record that peek returns
     * next, and no record but these and those taken passes by. The message is borrowed. May be NULL. */
    void (*passed)(void *data, struct group_partition *partition, const rd_kafka_message_t *message);
    /* The partition is given up: the moment to free what group_partition_data() holds. Before revoked. May be
     * NULL. */
    void (*dropped)(void *data, struct group_partition *partition);
    /* It cannot go on, for example because another member has this group.instance.id. */
    void (*fatal)(void *data, const char *reason);
    /* Words for people, once each time something changes: not reachable, a missing topic … ok: the trouble is
     * over. */
    void (*state)(void *data, bool ok, const char *detail);
    /* A partition's records began elsewhere than the group had committed. */
    void (*offset_reset)(void *data, const char *topic, int32_t partition, int64_t committed, int64_t actual);
    void *data;
};

/* The settings are borrowed until group_consumer_free. False: Kafka's properties are refused (exit status
 * 78), or no memory. */
bool group_consumer_new(struct group_consumer **consumer_out, uv_loop_t *loop,
                        const struct group_consumer_settings *settings,
                        const struct group_consumer_events *events, struct error *error);

/* --- reading --- */

/* The partitions of the present assignment, in no order; 0 while there is none or it is being revoked. */
size_t group_consumer_partitions(struct group_consumer *consumer, struct group_partition ***partitions_out);
/* The next record, not taken yet; borrowed, it stays the same until it is taken. NULL: none has arrived, or
 * the commit's metadata has no room for it. */
const rd_kafka_message_t *group_partition_peek(struct group_partition *partition);
/* Takes what peek returned: the message is the caller's, to rd_kafka_message_destroy(), and the partition
 * gets a reference, to be given back with group_partition_complete() or group_partition_abandon(). NULL: no
 * memory; it stays. */
rd_kafka_message_t *group_partition_take(struct group_partition *partition);
/* The record is done, and will be committed. */
void group_partition_complete(struct group_partition *partition, int64_t offset);
/* The record will not be done here: its partition was revoked, or the process stops. It is delivered again.
 */
void group_partition_abandon(struct group_partition *partition, int64_t offset);
/* True once the partition is no longer this member's. */
bool group_partition_is_revoked(const struct group_partition *partition);
const char *group_partition_topic(const struct group_partition *partition);
int32_t group_partition_number(const struct group_partition *partition);
/* Records between the watermark and the end of the log as last heard; -1: not known yet. */
int64_t group_partition_lag(const struct group_partition *partition);
/* Room for the owner's own, NULL at first. */
void **group_partition_data(struct group_partition *partition);

/* Records taken that no acknowledged commit covers, over all partitions of the assignment. */
size_t group_consumer_in_flight(const struct group_consumer *consumer);

/* True while it is a member with an assignment, be it an empty one (more members than partitions). */
bool group_consumer_has_joined(const struct group_consumer *consumer);

/* One for each of settings.topics, 0: it does not exist; NULL: Kafka does not tell now. Borrowed. */
typedef void (*partition_counts_answer)(void *data, const size_t *counts);
/* How many partitions the topics have, whoever's they are. The answer comes exactly once when this returns
 * true, later, on the loop's thread; stopped waits for it. False: no memory, or it is too late. */
bool group_consumer_count_partitions(struct group_consumer *consumer, partition_counts_answer answer,
                                     void *data);

/* For how long Kafka has refused the credentials or the certificate, with no success since; 0: it does not.
 */
int64_t group_consumer_refused_for_ms(const struct group_consumer *consumer);

/* --- ending --- */

/* Nothing is under way any more, after revoking or group_consumer_stop. */
void group_consumer_drained(struct group_consumer *consumer);
/* Ends the membership: revoking is called, then, when drained or after drain_ms, the last commit, LeaveGroup
 * (a static member stays, by Kafka's rules), and stopped. These last take at most 6 s, also when Kafka is
 * away. */
void group_consumer_stop(struct group_consumer *consumer, int64_t drain_ms, void (*stopped)(void *data));
/* After stopped, or when nothing was assigned yet. A group that could not be left in time keeps its client
 * until the process ends. */
void group_consumer_free(struct group_consumer *consumer);

#endif
