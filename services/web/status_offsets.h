/* SPDX-License-Identifier: Apache-2.0 */
/* Which offsets are to be committed, and the one commit that is on its way: two asynchronous ones can land in
 * reverse. */
#ifndef NOTIFY_WEB_STATUS_OFFSETS_H
#define NOTIFY_WEB_STATUS_OFFSETS_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct status_offsets {
    rd_kafka_t *kafka;
    rd_kafka_queue_t *replies;
    rd_kafka_topic_partition_list_t
        *due; /* the next offset of each partition that moved since its last commit */
    /* The commit on its way; NULL: none. */
    rd_kafka_topic_partition_list_t *sent;
    int64_t sent_ms;
};

void status_offsets_open(struct status_offsets *offsets, rd_kafka_t *kafka);
void status_offsets_close(struct status_offsets *offsets);
void status_offsets_add(struct status_offsets *offsets, const char *topic, int32_t partition, int64_t next);
/* After a rebalance: partitions may be another member's, whose commits must not be undone. Nothing is due any
 * more. */
void status_offsets_forget(struct status_offsets *offsets);
/* Takes the reply to the last commit, if it is there, and sends the next one, if it may be. Never waits. */
void status_offsets_commit(struct status_offsets *offsets);
/* Until everything is committed, for at most so long. */
void status_offsets_wait(struct status_offsets *offsets, int64_t timeout_ms);

#endif
