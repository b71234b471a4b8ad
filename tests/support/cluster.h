/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librdkafka's mock cluster, and plain clients as the oracle: what is in a topic, what a group has committed.
 * They know nothing of the code under test. The mock keeps 5 MiB or 100,000 messages of a partition.
 */
#ifndef NOTIFY_TESTS_CLUSTER_H
#define NOTIFY_TESTS_CLUSTER_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stddef.h>
#include <stdint.h>

/* Kafka's numbers of requests, https://kafka.apache.org/protocol#protocol_api_keys. */
#define API_PRODUCE 0
#define API_FETCH 1
#define API_OFFSET_COMMIT 8
#define API_OFFSET_FETCH 9
#define API_FIND_COORDINATOR 10

struct cluster {
    rd_kafka_t *handle; /* the client that the mock lives in */
    rd_kafka_mock_cluster_t *mock;
    rd_kafka_t *writer; /* NULL until something is written or asked */
    int brokers;
    char bootstrap[256];
};

void cluster_start(struct cluster *cluster, int brokers);
void cluster_stop(struct cluster *cluster);
void cluster_topic(struct cluster *cluster, const char *topic, int partitions);

/* The next times such a request comes, answer it with this error. */
void cluster_refuse(struct cluster *cluster, int16_t api, int times, rd_kafka_resp_err_t error);
void cluster_down(struct cluster *cluster);
void cluster_up(struct cluster *cluster);

/* Writes one record, and does not return before it is there. */
void cluster_write(struct cluster *cluster, const char *topic, int32_t partition, const char *key,
                   const char *value);
/* The same with a value of so many bytes. */
void cluster_write_large(struct cluster *cluster, const char *topic, int32_t partition, size_t size);
/* As cluster_write, for many: queues it; cluster_written waits for all. */
void cluster_write_later(struct cluster *cluster, const char *topic, int32_t partition, const char *key,
                         const char *value);
void cluster_written(struct cluster *cluster);

/* A partition's log: the first record that is kept, and the next one's offset. */
int64_t cluster_begin(struct cluster *cluster, const char *topic, int32_t partition);
int64_t cluster_end(struct cluster *cluster, const char *topic, int32_t partition);
/* What the group has committed; -1: nothing. */
int64_t cluster_committed(struct cluster *cluster, const char *group, const char *topic, int32_t partition);
void cluster_commit(struct cluster *cluster, const char *group, const char *topic, int32_t partition,
                    int64_t offset, const char *metadata);

/* Calls seen for every record that is in the partition now. */
void cluster_read(struct cluster *cluster, const char *topic, int32_t partition,
                  void (*seen)(const rd_kafka_message_t *message, void *data), void *data);
/* The same for all partitions of the topic; seen may be NULL. Returns how many records there were. */
size_t cluster_read_topic(struct cluster *cluster, const char *topic,
                          void (*seen)(const rd_kafka_message_t *message, void *data), void *data);

#endif
