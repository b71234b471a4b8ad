/* SPDX-License-Identifier: Apache-2.0 */
#include "mock_kafka.h"

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void mock_kafka_start(struct mock_kafka *kafka, int brokers) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL); /* It warns that it has no brokers: it is only the mock's house. */
    kafka->handle = new_handle(RD_KAFKA_PRODUCER, conf);
    kafka->cluster = rd_kafka_mock_cluster_new(kafka->handle, brokers);
    ck_assert_ptr_nonnull(kafka->cluster);
    snprintf(kafka->bootstrap, sizeof kafka->bootstrap, "%s",
             rd_kafka_mock_cluster_bootstraps(kafka->cluster));
}

void mock_kafka_stop(struct mock_kafka *kafka) {
    rd_kafka_mock_cluster_destroy(kafka->cluster);
    rd_kafka_destroy(kafka->handle);
}

void mock_kafka_create_topic(struct mock_kafka *kafka, const char *topic) {
    ck_assert_int_eq(rd_kafka_mock_topic_create(kafka->cluster, topic, MOCK_PARTITIONS, 1), 0);
}

void mock_kafka_refuse(struct mock_kafka *kafka, rd_kafka_resp_err_t error, int times) {
    for (int i = 0; i < times; i++)
        rd_kafka_mock_push_request_errors(kafka->cluster, MOCK_PRODUCE_API, 1, error);
}

/* --- reading --- */

static void note_record(struct sightings *sightings, const rd_kafka_message_t *message) {
    sightings->all = realloc(sightings->all, (sightings->count + 1) * sizeof *sightings->all);
    ck_assert_ptr_nonnull(sightings->all);
    struct sighting *sighting = &sightings->all[sightings->count++];
    snprintf(sighting->key, sizeof sighting->key, "%.*s", (int)message->key_len,
             message->key == NULL ? "" : (const char *)message->key);
    json_t *event = json_loadb(message->payload, message->len, 0, NULL);
    const char *id = json_string_value(json_object_get(event, "id"));
    ck_assert_ptr_nonnull(id);
    snprintf(sighting->id, sizeof sighting->id, "%s", id);
    sighting->number = json_integer_value(json_object_get(json_object_get(event, "data"), "number"));
    json_decref(event);
}

static rd_kafka_t *new_consumer(const struct mock_kafka *kafka, const char *topic) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", kafka->bootstrap);
    set(conf, "group.id", "oracle");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    set(conf, "auto.offset.reset", "error");
    rd_kafka_t *consumer = new_handle(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(MOCK_PARTITIONS);
    for (int32_t partition = 0; partition < MOCK_PARTITIONS; partition++)
        rd_kafka_topic_partition_list_add(list, topic, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    ck_assert_int_eq(rd_kafka_assign(consumer, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
    return consumer;
}

void mock_kafka_read(const struct mock_kafka *kafka, const char *topic, struct sightings *sightings) {
    *sightings = (struct sightings){0};
    rd_kafka_t *consumer = new_consumer(kafka, topic);
    int64_t next_offset[MOCK_PARTITIONS] = {0};
    int ends_seen = 0;
    while (ends_seen < MOCK_PARTITIONS) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 30000);
        ck_assert_msg(message != NULL, "the mock cluster does not answer");
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ends_seen++;
        } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            /* A gap would be what the mock forgot, and look like loss. */
            ck_assert_int_eq(message->offset, next_offset[message->partition]++);
            note_record(sightings, message);
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

void sightings_free(struct sightings *sightings) {
    free(sightings->all);
    *sightings = (struct sightings){0};
}

size_t sightings_of(const struct sightings *sightings, const char *id) {
    size_t count = 0;
    for (size_t i = 0; i < sightings->count; i++)
        count += strcmp(sightings->all[i].id, id) == 0;
    return count;
}

static int by_id_then_place(const void *a, const void *b) {
    const struct sighting *const *first = a;
    const struct sighting *const *second = b;
    int order = strcmp((*first)->id, (*second)->id);
    return order != 0 ? order : (*first > *second) - (*first < *second);
}

static int by_key_then_place(const void *a, const void *b) {
    const struct sighting *const *first = a;
    const struct sighting *const *second = b;
    int order = strcmp((*first)->key, (*second)->key);
    return order != 0 ? order : (*first > *second) - (*first < *second);
}

/* Pointers to the first sighting of each id; the caller frees. */
static const struct sighting **first_sightings(const struct sightings *sightings, size_t *count_out) {
    const struct sighting **sorted = calloc(sightings->count + 1, sizeof *sorted);
    ck_assert_ptr_nonnull(sorted);
    for (size_t i = 0; i < sightings->count; i++)
        sorted[i] = &sightings->all[i];
    qsort(sorted, sightings->count, sizeof *sorted, by_id_then_place);
    size_t count = 0;
    for (size_t i = 0; i < sightings->count; i++) {
        if (count == 0 || strcmp(sorted[count - 1]->id, sorted[i]->id) != 0)
            sorted[count++] = sorted[i];
    }
    *count_out = count;
    return sorted;
}

void assert_in_order_per_key(const struct sightings *sightings) {
    size_t count;
    const struct sighting **first = first_sightings(sightings, &count);
    qsort(first, count, sizeof *first, by_key_then_place);
    for (size_t i = 1; i < count; i++) {
        bool same_key = strcmp(first[i - 1]->key, first[i]->key) == 0;
        ck_assert_msg(!same_key || first[i - 1]->number < first[i]->number,
                      "key %s: event %lld (%s) came after %lld (%s)", first[i]->key,
                      (long long)first[i]->number, first[i]->id, (long long)first[i - 1]->number,
                      first[i - 1]->id);
    }
    free(first);
}

void assert_no_duplicates(const struct sightings *sightings) {
    size_t count;
    free(first_sightings(sightings, &count));
    ck_assert_uint_eq(count, sightings->count);
}
