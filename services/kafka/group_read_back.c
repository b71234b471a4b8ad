/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading back: records below the commit are shown to the owner before the first one is delivered, and never
 * delivered. It ends with the record just below the commit. Where that one is gone (compaction), or the
 * position came about otherwise than by reading on (the log ends below the commit, or begins above), reading
 * is set to the commit by a seek: from there on everything is as without reading back, the detection of
 * offset resets included.
 */
#include "group_consumer_internal.h"

#include "common/log.h"

/* Shown in one turn of the loop, over all partitions: 1 to 2 ms. */
#define RECORDS_PER_TURN 500

bool group_read_back_is_for(const struct group_consumer *consumer, const char *topic) {
    return consumer->settings.read_back > 0 && text_list_has(consumer->settings.read_back_topics, topic);
}

/* --- where it begins --- */

/*
 * Not above the log's start, which is not asked for: rd_kafka_query_watermark_offsets() of librdkafka 2.0.2
 * waits beyond its time-out, for ever, while the partition's leader is down. Where the log begins above, the
 * reset leads to its start, or to its end: show() goes on from the one, and by a seek from the other.
 */
int64_t group_read_back_start(const struct group_consumer *consumer,
                              const rd_kafka_topic_partition_t *committed) {
    if (committed->offset <= 0 || !group_read_back_is_for(consumer, committed->topic))
        return committed->offset;
    int64_t start = committed->offset - consumer->settings.read_back;
    return start > 0 ? start : 0;
}

void group_read_back_begin(struct group_partition *partition, int64_t start, int64_t committed) {
    partition->read_back_end = start < committed ? committed : -1;
    partition->last_passed = start - 1;
}

/* --- reading --- */

static void end(struct group_partition *partition) {
    partition->read_back_end = -1;
    atomic_store(&partition->maybe_readable, true);
}

static void end_by_seek(struct group_partition *partition) {
    int64_t committed = partition->read_back_end;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, partition->topic, partition->number)->offset = committed;
    /* Not waited for: what is in the queue from before is dropped by librdkafka from now on. */
    rd_kafka_error_t *refused = rd_kafka_seek_partitions(partition->consumer->kafka, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
    end(partition);
    log_debug("reading back ended elsewhere than just below the commit",
              LOG_FIELDS(log_text("topic", partition->topic), log_integer("partition", partition->number),
                         log_integer("last", partition->last_passed), log_integer("committed", committed)));
    if (refused == NULL)
        return;
    log_warning("reading cannot be set to the committed offset: the assignment begins anew",
                LOG_FIELDS(log_text("topic", partition->topic), log_integer("partition", partition->number),
                           log_text("reason", rd_kafka_error_string(refused))));
    rd_kafka_error_destroy(refused);
    partition->moved_back = true;
    partition->consumer->restart_wanted = true;
}

static void show(struct group_partition *partition, const rd_kafka_message_t *message) {
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        end_by_seek(partition);
        return;
    default:
        group_consumer_trouble(partition->consumer, "%s [%d]: %s", partition->topic, (int)partition->number,
                               rd_kafka_message_errstr(message));
        return;
    }
    if (message->offset <= partition->last_passed || message->offset >= partition->read_back_end) {
        end_by_seek(partition);
        return;
    }
    partition->last_passed = message->offset;
    group_read_back_show(partition, message);
    if (message->offset == partition->read_back_end - 1) {
        log_debug("a partition was read back",
                  LOG_FIELDS(log_text("topic", partition->topic), log_integer("partition", partition->number),
                             log_integer("committed", partition->read_back_end)));
        end(partition);
    }
}

void group_read_back_show(struct group_partition *partition, const rd_kafka_message_t *message) {
    struct group_consumer *consumer = partition->consumer;
    if (partition->is_read_back && consumer->events.passed != NULL)
        consumer->events.passed(consumer->events.data, partition, message);
}

static size_t read_back(struct group_partition *partition, size_t most) {
    size_t count = 0;
    for (; count < most && partition->read_back_end >= 0; count++) {
        rd_kafka_message_t *message = rd_kafka_consume_queue(partition->queue, 0);
        if (message == NULL)
            break;
        show(partition, message);
        rd_kafka_message_destroy(message);
    }
    return count;
}

void group_read_back_turn(struct group_consumer *consumer) {
    size_t room = RECORDS_PER_TURN;
    for (size_t i = 0; i < consumer->partition_count; i++)
        room -= read_back(consumer->partitions[i], room);
    if (room == 0)
        uv_async_send(&consumer->wake); /* there may be more, and other work comes first */
}
