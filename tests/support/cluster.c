/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 30000

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char text[256];
    ck_assert_msg(rd_kafka_conf_set(conf, name, value, text, sizeof text) == RD_KAFKA_CONF_OK, "%s", text);
}

static rd_kafka_t *new_handle(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
    char text[256];
    rd_kafka_t *handle = rd_kafka_new(type, conf, text, sizeof text);
    ck_assert_msg(handle != NULL, "%s", text);
    return handle;
}

void cluster_start(struct cluster *cluster, int brokers) {
    rd_kafka_conf_t *house = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(house, NULL); /* It warns that it has no brokers: it is only the mock's house. */
    cluster->handle = new_handle(RD_KAFKA_PRODUCER, house);
    cluster->mock = rd_kafka_mock_cluster_new(cluster->handle, brokers);
    ck_assert_ptr_nonnull(cluster->mock);
    cluster->brokers = brokers;
    cluster->writer = NULL;
    snprintf(cluster->bootstrap, sizeof cluster->bootstrap, "%s",
             rd_kafka_mock_cluster_bootstraps(cluster->mock));
}

void cluster_stop(struct cluster *cluster) {
    if (cluster->writer != NULL)
        rd_kafka_destroy(cluster->writer);
    rd_kafka_mock_cluster_destroy(cluster->mock);
    rd_kafka_destroy(cluster->handle);
}

void cluster_topic(struct cluster *cluster, const char *topic, int partitions) {
    ck_assert_int_eq(rd_kafka_mock_topic_create(cluster->mock, topic, partitions, 1), 0);
}

void cluster_refuse(struct cluster *cluster, int16_t api, int times, rd_kafka_resp_err_t error) {
    for (int i = 0; i < times; i++)
        rd_kafka_mock_push_request_errors(cluster->mock, api, 1, error);
}

void cluster_down(struct cluster *cluster) {
    for (int broker = 1; broker <= cluster->brokers; broker++)
        ck_assert_int_eq(rd_kafka_mock_broker_set_down(cluster->mock, broker), 0);
}

void cluster_up(struct cluster *cluster) {
    for (int broker = 1; broker <= cluster->brokers; broker++)
        ck_assert_int_eq(rd_kafka_mock_broker_set_up(cluster->mock, broker), 0);
}

/* --- writing --- */

static rd_kafka_t *writer_of(struct cluster *cluster) {
    if (cluster->writer != NULL)
        return cluster->writer;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", cluster->bootstrap);
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "1");
    rd_kafka_conf_set_log_cb(conf, NULL);
    cluster->writer = new_handle(RD_KAFKA_PRODUCER, conf);
    return cluster->writer;
}

static void produce(struct cluster *cluster, const char *topic, int32_t partition, const char *key,
                    const void *value, size_t size) {
    size_t key_size = key == NULL ? 0 : strlen(key);
    rd_kafka_resp_err_t error =
        rd_kafka_producev(writer_of(cluster), RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_VALUE((void *)value, size),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    ck_assert_msg(error == RD_KAFKA_RESP_ERR_NO_ERROR, "%s", rd_kafka_err2str(error));
}

void cluster_written(struct cluster *cluster) {
    ck_assert_int_eq(rd_kafka_flush(writer_of(cluster), ANSWER_MS), 0);
}

void cluster_write_later(struct cluster *cluster, const char *topic, int32_t partition, const char *key,
                         const char *value) {
    produce(cluster, topic, partition, key, value, strlen(value));
}

void cluster_write(struct cluster *cluster, const char *topic, int32_t partition, const char *key,
                   const char *value) {
    cluster_write_later(cluster, topic, partition, key, value);
    cluster_written(cluster);
}

void cluster_write_large(struct cluster *cluster, const char *topic, int32_t partition, size_t size) {
    char *value = calloc(1, size);
    ck_assert_ptr_nonnull(value);
    produce(cluster, topic, partition, NULL, value, size);
    free(value);
    cluster_written(cluster);
}

/* --- the oracle --- */

static rd_kafka_t *new_reader(struct cluster *cluster, const char *group) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", cluster->bootstrap);
    set(conf, "group.id", group);
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    set(conf, "auto.offset.reset", "error");
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *reader = new_handle(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(reader);
    return reader;
}

static void end_reader(rd_kafka_t *reader) {
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
}

int64_t cluster_begin(struct cluster *cluster, const char *topic, int32_t partition) {
    int64_t low = -1, high = -1;
    ck_assert_int_eq(
        rd_kafka_query_watermark_offsets(writer_of(cluster), topic, partition, &low, &high, ANSWER_MS), 0);
    return low;
}

int64_t cluster_end(struct cluster *cluster, const char *topic, int32_t partition) {
    int64_t low = -1, high = -1;
    ck_assert_int_eq(
        rd_kafka_query_watermark_offsets(writer_of(cluster), topic, partition, &low, &high, ANSWER_MS), 0);
    return high;
}

int64_t cluster_committed(struct cluster *cluster, const char *group, const char *topic, int32_t partition) {
    rd_kafka_t *reader = new_reader(cluster, group);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition);
    ck_assert_int_eq(rd_kafka_committed(reader, list, ANSWER_MS), 0);
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    end_reader(reader);
    return offset >= 0 ? offset : -1;
}

void cluster_commit(struct cluster *cluster, const char *group, const char *topic, int32_t partition,
                    int64_t offset, const char *metadata) {
    rd_kafka_t *reader = new_reader(cluster, group);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *entry = rd_kafka_topic_partition_list_add(list, topic, partition);
    entry->offset = offset;
    if (metadata != NULL) {
        entry->metadata_size = strlen(metadata);
        entry->metadata = rd_kafka_mem_malloc(NULL, entry->metadata_size + 1);
        ck_assert_ptr_nonnull(entry->metadata);
        memcpy(entry->metadata, metadata, entry->metadata_size + 1);
    }
    ck_assert_int_eq(rd_kafka_commit(reader, list, 0), 0);
    rd_kafka_topic_partition_list_destroy(list);
    end_reader(reader);
}

/* --- reading --- */

static int partitions_of(rd_kafka_t *reader, const char *topic) {
    rd_kafka_topic_t *handle = rd_kafka_topic_new(reader, topic, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    ck_assert_int_eq(rd_kafka_metadata(reader, 0, handle, &metadata, ANSWER_MS), 0);
    ck_assert_int_eq(metadata->topic_cnt, 1);
    int count = metadata->topics[0].partition_cnt;
    ck_assert_int_gt(count, 0);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return count;
}

/* Ends the reader. */
static size_t read_partitions(rd_kafka_t *reader, const char *topic, int32_t first, int count,
                              void (*seen)(const rd_kafka_message_t *message, void *data), void *data) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, topic, first + i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    ck_assert_int_eq(rd_kafka_assign(reader, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
    size_t records = 0;
    for (int ended = 0; ended < count;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, ANSWER_MS);
        ck_assert_msg(message != NULL, "the mock cluster does not answer");
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            ended++;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && seen != NULL)
            seen(message, data);
        records += message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_message_destroy(message);
    }
    end_reader(reader);
    return records;
}

void cluster_read(struct cluster *cluster, const char *topic, int32_t partition,
                  void (*seen)(const rd_kafka_message_t *message, void *data), void *data) {
    read_partitions(new_reader(cluster, "oracle"), topic, partition, 1, seen, data);
}

size_t cluster_read_topic(struct cluster *cluster, const char *topic,
                          void (*seen)(const rd_kafka_message_t *message, void *data), void *data) {
    rd_kafka_t *reader = new_reader(cluster, "oracle");
    return read_partitions(reader, topic, 0, partitions_of(reader, topic), seen, data);
}
