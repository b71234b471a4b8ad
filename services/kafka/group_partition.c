/* SPDX-License-Identifier: Apache-2.0 */
#include "group_consumer_internal.h"

#include "common/log.h"
#include <stdlib.h>
#include <string.h>

/* Records passed over in one peek, so that a long run of complete ones does not hold up the loop. */
#define SKIPS_PER_PEEK 1000

/* On a thread of librdkafka's, when records reach an empty queue. */
static void queue_has_records(rd_kafka_t *kafka, void *opaque) {
    (void)kafka;
    struct group_partition *partition = opaque;
    atomic_store(&partition->maybe_readable, true);
    uv_async_send(&partition->consumer->wake);
}

struct group_partition *group_partition_new(struct group_consumer *consumer, const char *topic,
                                            int32_t number) {
    size_t topic_size = strlen(topic) + 1;
    struct group_partition *partition = calloc(1, sizeof *partition + topic_size);
    if (partition == NULL)
        return NULL;
    memcpy(partition->topic, topic, topic_size);
    partition->consumer = consumer;
    partition->number = number;
    partition->committed = -1;
    partition->references = 1;
    partition->tracker = offset_tracker_new();
    partition->queue = rd_kafka_queue_get_partition(consumer->kafka, topic, number);
    if (partition->tracker == NULL || partition->queue == NULL) {
        group_partition_unreference(partition);
        return NULL;
    }
    /* No longer forwarded to the consumer queue: records wait here until they are asked for. */
    rd_kafka_queue_forward(partition->queue, NULL);
    atomic_store(&partition->maybe_readable, true);
    rd_kafka_queue_cb_event_enable(partition->queue, queue_has_records, partition);
    return partition;
}

void group_partition_restore(struct group_partition *partition, int64_t committed, const char *metadata) {
    partition->committed = committed;
    if (committed < 0 || offset_tracker_restore(partition->tracker, committed, metadata))
        return;
    log_warning("a commit's metadata is unreadable: records after its offset are delivered again",
                LOG_FIELDS(log_text("topic", partition->topic), log_integer("partition", partition->number),
                           log_integer("offset", committed)));
}

/* Gives up the queue; what was taken may finish, but no longer counts. */
void group_partition_revoke(struct group_partition *partition) {
    partition->revoked = true;
    rd_kafka_queue_cb_event_enable(partition->queue, NULL, NULL);
    if (partition->head != NULL)
        rd_kafka_message_destroy(partition->head);
    partition->head = NULL;
    rd_kafka_queue_destroy(partition->queue);
    partition->queue = NULL;
    group_partition_unreference(partition);
}

void group_partition_unreference(struct group_partition *partition) {
    if (--partition->references > 0)
        return;
    if (partition->queue != NULL)
        rd_kafka_queue_destroy(partition->queue);
    offset_tracker_free(partition->tracker);
    free(partition);
}

/* Whether the first record is where the group had committed. Compaction may leave holes; a reset goes below
 * or above the log. */
static void check_start(struct group_partition *partition, int64_t offset) {
    if (partition->started)
        return;
    partition->started = true;
    if (partition->committed < 0 || offset == partition->committed)
        return;
    int64_t low = -1, high = -1;
    struct group_consumer *consumer = partition->consumer;
    rd_kafka_resp_err_t known =
        rd_kafka_get_watermark_offsets(consumer->kafka, partition->topic, partition->number, &low, &high);
    bool below = offset < partition->committed;
    bool above =
        offset > partition->committed && known == RD_KAFKA_RESP_ERR_NO_ERROR && low > partition->committed;
    if (!below && !above)
        return;
    offset_tracker_rewind(partition->tracker);
    consumer->events.offset_reset(consumer->events.data, partition->topic, partition->number,
                                  partition->committed, offset);
}

static bool is_to_be_skipped(struct group_partition *partition, const rd_kafka_message_t *message) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        group_consumer_trouble(partition->consumer, "%s [%d]: %s", partition->topic, (int)partition->number,
                               rd_kafka_message_errstr(message));
        return true;
    }
    check_start(partition, message->offset);
    return offset_tracker_was_complete(partition->tracker, message->offset);
}

static void fill_head(struct group_partition *partition) {
    for (int skipped = 0; partition->head == NULL && skipped < SKIPS_PER_PEEK; skipped++) {
        rd_kafka_message_t *message = rd_kafka_consume_queue(partition->queue, 0);
        if (message == NULL)
            return;
        atomic_store(&partition->maybe_readable, true);
        if (is_to_be_skipped(partition, message))
            rd_kafka_message_destroy(message);
        else
            partition->head = message;
    }
    if (partition->head == NULL)
        uv_async_send(&partition->consumer->wake);
}

const rd_kafka_message_t *group_partition_peek(struct group_partition *partition) {
    if (partition->revoked)
        return NULL;
    /* Cleared before the queue is read: what arrives in between sets it again. */
    if (partition->head == NULL && atomic_exchange(&partition->maybe_readable, false))
        fill_head(partition);
    if (partition->head == NULL || !offset_tracker_has_room(partition->tracker, partition->head->offset))
        return NULL;
    return partition->head;
}

rd_kafka_message_t *group_partition_take(struct group_partition *partition) {
    rd_kafka_message_t *message = partition->head;
    if (message == NULL || !offset_tracker_take(partition->tracker, message->offset))
        return NULL;
    partition->head = NULL;
    atomic_store(&partition->maybe_readable, true);
    partition->references++;
    return message;
}

void group_partition_complete(struct group_partition *partition, int64_t offset) {
    if (!partition->revoked && offset_tracker_complete(partition->tracker, offset))
        partition->consumer->commit_wanted = true;
    group_partition_unreference(partition);
}

void group_partition_abandon(struct group_partition *partition, int64_t offset) {
    (void)offset; /* it stays incomplete in the tracker, so that no commit passes it */
    group_partition_unreference(partition);
}

bool group_partition_is_revoked(const struct group_partition *partition) {
    return partition->revoked;
}

const char *group_partition_topic(const struct group_partition *partition) {
    return partition->topic;
}

int32_t group_partition_number(const struct group_partition *partition) {
    return partition->number;
}

int64_t group_partition_lag(const struct group_partition *partition) {
    int64_t low = -1, high = -1;
    int64_t watermark = offset_tracker_watermark(partition->tracker);
    if (partition->revoked ||
        rd_kafka_get_watermark_offsets(partition->consumer->kafka, partition->topic, partition->number, &low,
                                       &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        high < 0)
        return -1;
    int64_t from = watermark >= 0 ? watermark : low;
    return high > from ? high - from : 0;
}

void **group_partition_data(struct group_partition *partition) {
    return &partition->data;
}
