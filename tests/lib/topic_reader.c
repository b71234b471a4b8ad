/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints every record that topics hold when it starts, a JSON object a line, oldest first within a partition:
 *   {"topic", "partition", "offset", "timestamp", "key": base64|null, "value": base64|null, "headers":
 * [[name, base64|null], …]} It belongs to no group and commits nothing. A topic that does not exist is an
 * error. TOPIC@MILLISECONDS leaves out what is older, in time since 1970.
 */
#include "record.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALL_MS 20000

/* Where the records of that time begin: the end, when there is none. */
static int64_t offset_at(rd_kafka_t *client, const char *topic, int32_t partition, int64_t time_ms,
                         int64_t end) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = time_ms;
    rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client, list, CALL_MS);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        error = list->elems[0].err;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail("topic %s partition %d by time: %s", topic, (int)partition, rd_kafka_err2str(error));
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return offset < 0 || offset > end ? end : offset;
}

static void add_partitions(rd_kafka_t *client, char *topic, rd_kafka_topic_partition_list_t *list) {
    char *since = strchr(topic, '@');
    if (since != NULL)
        *since++ = '\0';
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    if (handle == NULL)
        fail("no memory");
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, handle, &metadata, CALL_MS);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1)
        error = metadata->topics[0].err;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail("topic %s: %s", topic, rd_kafka_err2str(error));
    for (int index = 0; index < metadata->topics[0].partition_cnt; index++) {
        int32_t partition = metadata->topics[0].partitions[index].id;
        int64_t low, high;
        error = rd_kafka_query_watermark_offsets(client, topic, partition, &low, &high, CALL_MS);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
            fail("topic %s partition %d: %s", topic, (int)partition, rd_kafka_err2str(error));
        /* The end is kept in the entry's opaque; a read position is kept apart, in offset. */
        rd_kafka_topic_partition_t *entry = rd_kafka_topic_partition_list_add(list, topic, partition);
        entry->offset = since == NULL ? low : offset_at(client, topic, partition, atoll(since), high);
        entry->opaque = (void *)(intptr_t)high;
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
}

static json_t *read_headers(rd_kafka_message_t *message) {
    json_t *list = json_array();
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return list;
    const char *name;
    const void *value;
    size_t size;
    for (size_t index = 0;
         rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; index++)
        json_array_append_new(list, json_pack("[s, o]", name, base64_encode(value, size)));
    return list;
}

static void print_record(rd_kafka_message_t *message) {
    rd_kafka_timestamp_type_t timestamp_type;
    print_line(json_pack("{s:s, s:i, s:I, s:I, s:o, s:o, s:o}", "topic", rd_kafka_topic_name(message->rkt),
                         "partition", (int)message->partition, "offset", (json_int_t)message->offset,
                         "timestamp", (json_int_t)rd_kafka_message_timestamp(message, &timestamp_type), "key",
                         base64_encode(message->key, message->key_len), "value",
                         base64_encode(message->payload, message->len), "headers", read_headers(message)));
}

static size_t count_unfinished(const rd_kafka_topic_partition_list_t *list) {
    size_t count = 0;
    for (int index = 0; index < list->cnt; index++)
        count += list->elems[index].offset < (int64_t)(intptr_t)list->elems[index].opaque;
    return count;
}

static void read_to_ends(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int patience) {
    time_t deadline = time(NULL) + patience;
    while (count_unfinished(list) > 0) {
        if (time(NULL) > deadline)
            fail("%zu partitions were not read to their end in %d s", count_unfinished(list), patience);
        rd_kafka_message_t *message = rd_kafka_consumer_poll(client, 200);
        if (message == NULL)
            continue;
        rd_kafka_topic_partition_t *entry =
            message->rkt == NULL ? NULL
                                 : rd_kafka_topic_partition_list_find(list, rd_kafka_topic_name(message->rkt),
                                                                      message->partition);
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && entry != NULL &&
            message->offset < (int64_t)(intptr_t)entry->opaque) {
            print_record(message);
            entry->offset = message->offset + 1;
        } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && entry != NULL) {
            entry->offset = message->offset; /* the end was a gap that compaction left */
        }
        rd_kafka_message_destroy(message);
    }
}

int main(int argc, char **argv) {
    if (argc < 4)
        fail("usage: %s BOOTSTRAP SECONDS TOPIC…", argv[0]);
    rd_kafka_t *client =
        client_new(RD_KAFKA_CONSUMER, argv[1],
                   (const char *const[]){"group.id", "topic-reader", "enable.auto.commit", "false",
                                         "enable.partition.eof", "true", "auto.offset.reset", "earliest",
                                         "check.crcs", "true", NULL},
                   NULL);
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (int index = 3; index < argc; index++)
        add_partitions(client, argv[index], list);
    rd_kafka_resp_err_t error = rd_kafka_assign(client, list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail("assign: %s", rd_kafka_err2str(error));
    read_to_ends(client, list, atoi(argv[2]));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    if (fflush(stdout) != 0)
        fail("cannot write");
    return 0;
}
