/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librdkafka's mock cluster, and a plain consumer as the oracle: it reads what is in a topic, and knows
 * nothing of the outbox. The mock keeps 5 MiB or 100,000 messages of a partition; a reading that does not
 * begin at offset 0 ends the test.
 */
#ifndef NOTIFY_TESTS_OUTBOX_MOCK_KAFKA_H
#define NOTIFY_TESTS_OUTBOX_MOCK_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <notify-outbox.h>
#include <pthread.h>

#define MOCK_PARTITIONS 4
#define MOCK_PRODUCE_API 0

struct mock_kafka {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *cluster;
    char bootstrap[256];
};

void mock_kafka_start(struct mock_kafka *kafka, int brokers);
void mock_kafka_stop(struct mock_kafka *kafka);
void mock_kafka_create_topic(struct mock_kafka *kafka, const char *topic);

/* The next times a produce request comes, answer it with this error. */
void mock_kafka_refuse(struct mock_kafka *kafka, rd_kafka_resp_err_t error, int times);

/* One record, as the consumer saw it. Records of a partition are in its order. */
struct sighting {
    char key[48];
    char id[48];
    int64_t number;
};

struct sightings {
    struct sighting *all;
    size_t count;
};

/* Everything that is in the topic now. */
void mock_kafka_read(const struct mock_kafka *kafka, const char *topic, struct sightings *sightings);
void sightings_free(struct sightings *sightings);

/* How often an id was seen. */
size_t sightings_of(const struct sightings *sightings, const char *id);

/* Ends the test unless the first sightings of each key have growing numbers. Later ones of an id are passed
 * over. */
void assert_in_order_per_key(const struct sightings *sightings);
/* Ends the test unless each id was seen exactly once. */
void assert_no_duplicates(const struct sightings *sightings);

/* A relay on the mock, and what it logged. */
struct relay_fixture {
    notify_outbox *outbox;
    notify_client_config *config;
    pthread_mutex_t mutex;
    char log[16384];
    int64_t reports_good;
    int64_t reports_bad;
};

/* The configuration only; set further properties before relay_fixture_start(). */
void relay_fixture_init(struct relay_fixture *fixture, const struct mock_kafka *kafka);
void relay_fixture_set(struct relay_fixture *fixture, const char *property, const char *value);
void relay_fixture_start(struct relay_fixture *fixture, const char *path);
void relay_fixture_finish(struct relay_fixture *fixture);

/* How often a text is in the log. */
int relay_fixture_logged(struct relay_fixture *fixture, const char *text);

/* Wait until a figure has a value; a minute at most, then the test ends with the log. */
void relay_fixture_await(struct relay_fixture *fixture, enum notify_outbox_statistic which, int64_t value);
/* The same for a text in the log, and for what notify_outbox_kafka_is_down() says. */
void relay_fixture_await_log(struct relay_fixture *fixture, const char *text);
void relay_fixture_await_down(struct relay_fixture *fixture, int is_down);

#endif
