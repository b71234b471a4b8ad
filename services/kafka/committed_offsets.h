/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a group's committed offsets, with their metadata, without blocking the loop: rd_kafka_committed() on
 * a thread of libuv's pool.
 *
 * Not rd_kafka_ListConsumerGroupOffsets(), which is asynchronous by itself: librdkafka 2.0.2 fails an
 * assertion in it (rd_kafka_enq_once_del_source_return, refcnt > 0) when the brokers go away while it looks
 * for the coordinator. Seen in a worker whose Kafka was stopped.
 */
#ifndef NOTIFY_KAFKA_COMMITTED_OFFSETS_H
#define NOTIFY_KAFKA_COMMITTED_OFFSETS_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* How long one question waits for the group's coordinator. The client must not be destroyed before the
 * answer. */
#define COMMITTED_OFFSETS_TIMEOUT_MS 4000

/* On the loop's thread. offsets is borrowed; its partitions have errors of their own. number is the
 * question's. */
typedef void (*committed_offsets_answer)(void *data, uint64_t number, rd_kafka_resp_err_t error,
                                         const rd_kafka_topic_partition_list_t *offsets);

/* The answer comes exactly once when this returns true, and never from within. False: no memory. */
bool committed_offsets_ask(uv_loop_t *loop, rd_kafka_t *consumer,
                           const rd_kafka_topic_partition_list_t *partitions, uint64_t number,
                           committed_offsets_answer answer, void *data);

#endif
