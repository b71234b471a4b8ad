/* SPDX-License-Identifier: Apache-2.0 */
#include "group_consumer_internal.h"

#include "common/log.h"
#include <stdlib.h>
#include <string.h>

/* Records passed over in one peek, so that a long run of complete ones does not hold up the loop. */
#define SKIPS_PER_PEEK 500

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
    partition->expected = partition->read_back_end = -1;
    partition->is_read_back = group_read_back_is_for(consumer, topic);
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
    partition->expected = committed;
    if (committed < 0 || offset_tracker_restore(partition->tracker, committed, metadata))
        return;
    log_warning("a commit's metadata is unreadable: records after its offset are delivered again",
                LOG_FIELDS(log_text("topic", partition->topic), log_integer("partition", partition->number),
                           log_integer("offset", committed)));
}

/* Gives up the queue; what was taken may finish, but no longer counts. */
void group_partition_revoke(struct group_partition *partition) {
    const struct group_consumer_events *events = &partition->consumer->events;
    partition->revoked = true;
    if (events->dropped != NULL)
        events->dropped(events->data, partition);
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

/* The records between were removed before they were read; compaction may leave holes as well. */
static bool were_removed(struct group_partition *partition, int64_t expected, int64_t offset) {
    int64_t low = -1, high = -1;
    return offset > expected &&
           rd_kafka_get_watermark_offsets(partition->consumer->kafka, partition->topic, partition->number,
                                          &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           low > expected;
}

/* Whether the record is where reading had come to. A reset goes to the log's start: above, when retention was
 * faster; below, when the log was truncated. What was taken of the old log must not be mixed with the new
 * one: then the assignment begins anew, at its committed offset. */
static void check_position(struct group_partition *partition, int64_t offset) {
    struct group_consumer *consumer = partition->consumer;
    int64_t expected = partition->expected;
    bool below = expected >= 0 && offset < expected;
    bool at_start = !partition->started;
    partition->started = true;
    if (below && !at_start) {
        log_warning("reading was set back in a partition: all begin anew at their committed offsets",
                    LOG_FIELDS(log_text("topic", partition->topic),
                               log_integer("partition", partition->number), log_integer("expected", expected),
                               log_integer("offset", offset)));
        partition->moved_back = true;
        consumer->restart_wanted = true;
        return;
    }
    partition->expected = offset + 1;
    if (expected < 0 || (!below && !were_removed(partition, expected, offset)))
        return;
    if (at_start)
        offset_tracker_rewind(partition->tracker);
    consumer->events.offset_reset(consumer->events.data, partition->topic, partition->number, expected,
                                  offset);
}

static bool is_to_be_skipped(struct group_partition *partition, const rd_kafka_message_t *message) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return true; /* of interest while reading back only */
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        group_consumer_trouble(partition->consumer, "%s [%d]: %s", partition->topic, (int)partition->number,
                               rd_kafka_message_errstr(message));
        return true;
    }
    check_position(partition, message->offset);
    if (partition->moved_back)
        return true;
    if (!offset_tracker_was_complete(partition->tracker, message->offset))
        return false;
    group_read_back_show(partition, message);
    return true;
}

static void fill_head(struct group_partition *partition) {
    for (int skipped = 0; partition->head == NULL && skipped < SKIPS_PER_PEEK; skipped++) {
        if (partition->moved_back)
            return;
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
    if (partition->revoked || partition->moved_back || partition->read_back_end >= 0)
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
