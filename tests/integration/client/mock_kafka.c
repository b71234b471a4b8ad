/* SPDX-License-Identifier: Apache-2.0 */
#include "mock_kafka.h"

#include <check.h>

static void set(rd_kafka_conf_t *conf, const char *property, const char *value) {
    char reason[256];
    ck_assert_msg(rd_kafka_conf_set(conf, property, value, reason, sizeof reason) == RD_KAFKA_CONF_OK, "%s",
                  reason);
}

void mock_kafka_start(struct mock_kafka *kafka, int brokers) {
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "log_level", "0");
    kafka->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    ck_assert_msg(kafka->host != NULL, "%s", reason);
    kafka->cluster = rd_kafka_mock_cluster_new(kafka->host, brokers);
    ck_assert_ptr_nonnull(kafka->cluster);
    kafka->bootstrap_servers = rd_kafka_mock_cluster_bootstraps(kafka->cluster);
}

void mock_kafka_stop(struct mock_kafka *kafka) {
    rd_kafka_mock_cluster_destroy(kafka->cluster);
    rd_kafka_destroy(kafka->host);
}

static rd_kafka_t *start_reader(const struct mock_kafka *kafka) {
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", kafka->bootstrap_servers);
    set(conf, "group.id", "reader");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    set(conf, "auto.offset.reset", "earliest");
    rd_kafka_t *reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    ck_assert_msg(reader != NULL, "%s", reason);
    rd_kafka_poll_set_consumer(reader);
    return reader;
}

static int assign_all(rd_kafka_t *reader, const char *topic) {
    rd_kafka_topic_t *handle = rd_kafka_topic_new(reader, topic, NULL);
    const struct rd_kafka_metadata *metadata;
    ck_assert_int_eq(rd_kafka_metadata(reader, 0, handle, &metadata, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(metadata->topic_cnt, 1);
    int count = metadata->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new(count);
    for (int i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(partitions, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    ck_assert_int_eq(rd_kafka_assign(reader, partitions), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(partitions);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return count;
}

size_t mock_kafka_read(const struct mock_kafka *kafka, const char *topic,
                       void (*take)(const rd_kafka_message_t *message, void *data), void *data) {
    rd_kafka_t *reader = start_reader(kafka);
    int unfinished = assign_all(reader, topic);
    size_t count = 0;
    while (unfinished > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, 20000);
        ck_assert_msg(message != NULL, "%s: nothing to read for 20 s", topic);
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            unfinished--;
        } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            count++;
            if (take != NULL)
                take(message, data);
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
    return count;
}
