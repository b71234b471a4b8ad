/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a group's committed offsets, with their metadata, without blocking the loop: rd_kafka_committed() on
 * a thread of libuv's pool. The starts of the partitions' logs are asked for in the same breath, where they
 * are wanted.
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

/* How long one question waits, all in all. The client must not be destroyed before the
 * answer. */
#define COMMITTED_OFFSETS_TIMEOUT_MS 4000

/* On the loop's thread. Both lists are borrowed; their partitions have errors of their own. log_starts is as
 * long as what was asked for; a partition that has no commit was not asked about. number is the question's.
 */
typedef void (*committed_offsets_answer)(void *data, uint64_t number, rd_kafka_resp_err_t error,
                                         const rd_kafka_topic_partition_list_t *offsets,
                                         const rd_kafka_topic_partition_list_t *log_starts);

/* log_starts_of: some of the partitions, or NULL. The answer comes exactly once when this returns true, and
 * never from within. False: no memory. */
bool committed_offsets_ask(uv_loop_t *loop, rd_kafka_t *consumer,
                           const rd_kafka_topic_partition_list_t *partitions,
                           const rd_kafka_topic_partition_list_t *log_starts_of, uint64_t number,
                           committed_offsets_answer answer, void *data);

#endif
