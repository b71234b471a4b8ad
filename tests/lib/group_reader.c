/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints where a consumer group stands in topics, a JSON object a partition:
 *   {"topic", "partition", "leader", "in_sync", "low", "high", "committed": number|null, "metadata": text}
 * in_sync is the number of replicas that are. A second opinion on `notifyctl lag`, which shares no code with
 * it.
 */
#include "record.h"
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define CALL_MS 20000

static bool coordinator_moves(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
           error == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

/* Brokers that were down come back as leaders at their own time, and librdkafka gives up after two attempts.
 */
static rd_kafka_resp_err_t read_committed(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list) {
    const struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
    time_t deadline = time(NULL) + CALL_MS / 1000;
    for (;;) {
        rd_kafka_resp_err_t error = rd_kafka_committed(client, list, CALL_MS);
        if (!coordinator_moves(error) || time(NULL) >= deadline)
            return error;
        nanosleep(&pause, NULL);
    }
}

static void read_topic(rd_kafka_t *client, const char *topic) {
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    if (handle == NULL)
        fail("no memory");
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, handle, &metadata, CALL_MS);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1)
        error = metadata->topics[0].err;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail("topic %s: %s", topic, rd_kafka_err2str(error));
    const rd_kafka_metadata_topic_t *described = &metadata->topics[0];
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(described->partition_cnt);
    for (int index = 0; index < described->partition_cnt; index++)
        rd_kafka_topic_partition_list_add(list, topic, described->partitions[index].id);
    error = read_committed(client, list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail("committed offsets of %s: %s", topic, rd_kafka_err2str(error));
    for (int index = 0; index < list->cnt; index++) {
        const rd_kafka_topic_partition_t *entry = &list->elems[index];
        int64_t low, high;
        error = rd_kafka_query_watermark_offsets(client, topic, entry->partition, &low, &high, CALL_MS);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
            fail("topic %s partition %d: %s", topic, (int)entry->partition, rd_kafka_err2str(error));
        json_t *committed = entry->offset < 0 ? json_null() : json_integer(entry->offset);
        const struct rd_kafka_metadata_partition *partition = &described->partitions[index];
        print_line(
            json_pack("{s:s, s:i, s:i, s:i, s:I, s:I, s:o, s:s%}", "topic", topic, "partition",
                      (int)entry->partition, "leader", (int)partition->leader, "in_sync", partition->isr_cnt,
                      "low", (json_int_t)low, "high", (json_int_t)high, "committed", committed, "metadata",
                      entry->metadata == NULL ? "" : (const char *)entry->metadata, entry->metadata_size));
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
}

int main(int argc, char **argv) {
    if (argc < 4)
        fail("usage: %s BOOTSTRAP GROUP TOPIC…", argv[0]);
    rd_kafka_t *client =
        client_new(RD_KAFKA_CONSUMER, argv[1],
                   (const char *const[]){"group.id", argv[2], "enable.auto.commit", "false", NULL}, NULL);
    for (int index = 3; index < argc; index++)
        read_topic(client, argv[index]);
    rd_kafka_destroy(client);
    return 0;
}
