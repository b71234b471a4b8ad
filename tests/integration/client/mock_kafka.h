/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka cluster inside the test: librdkafka's mock brokers, and a plain consumer to see what really is in a
 * topic. */
#ifndef TEST_MOCK_KAFKA_H
#define TEST_MOCK_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stddef.h>

struct mock_kafka {
    rd_kafka_t *host; /* the client that the mock cluster lives in */
    rd_kafka_mock_cluster_t *cluster;
    const char *bootstrap_servers;
};

void mock_kafka_start(struct mock_kafka *kafka, int brokers);
void mock_kafka_stop(struct mock_kafka *kafka);

#define MOCK_KAFKA_PRODUCE 0 /* ApiKey, https://kafka.apache.org/protocol#protocol_api_keys */

/* Calls take for every message of the topic, until each partition is read to its end. Returns how many there
 * were. */
size_t mock_kafka_read(const struct mock_kafka *kafka, const char *topic,
                       void (*take)(const rd_kafka_message_t *message, void *data), void *data);

#endif
