/* SPDX-License-Identifier: Apache-2.0 */
#include "status_offsets.h"
#include "common/clock.h"
#include "common/log.h"

#define REPLY_MAX_MS 15000

void status_offsets_open(struct status_offsets *offsets, rd_kafka_t *kafka) {
    *offsets = (struct status_offsets){
        .kafka = kafka,
        .replies = rd_kafka_queue_new(kafka),
        .due = rd_kafka_topic_partition_list_new(4),
    };
}

/* Whatever may still be told of the commit on its way is not heard. */
static void drop_sent(struct status_offsets *offsets) {
    if (offsets->sent == NULL)
        return;
    rd_kafka_topic_partition_list_destroy(offsets->sent);
    offsets->sent = NULL;
    rd_kafka_queue_destroy(offsets->replies);
    offsets->replies = rd_kafka_queue_new(offsets->kafka);
}

void status_offsets_close(struct status_offsets *offsets) {
    drop_sent(offsets);
    rd_kafka_topic_partition_list_destroy(offsets->due);
    rd_kafka_queue_destroy(offsets->replies);
    *offsets = (struct status_offsets){0};
}

void status_offsets_add(struct status_offsets *offsets, const char *topic, int32_t partition, int64_t next) {
    rd_kafka_topic_partition_t *entry = rd_kafka_topic_partition_list_find(offsets->due, topic, partition);
    if (entry == NULL)
        entry = rd_kafka_topic_partition_list_add(offsets->due, topic, partition);
    if (entry->offset < next)
        entry->offset = next;
}

void status_offsets_forget(struct status_offsets *offsets) {
    drop_sent(offsets);
    rd_kafka_topic_partition_list_destroy(offsets->due);
    offsets->due = rd_kafka_topic_partition_list_new(4);
}

static void make_due_again(struct status_offsets *offsets, const rd_kafka_topic_partition_list_t *list,
                           bool only_failed) {
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *entry = &list->elems[i];
        if (!only_failed || entry->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            status_offsets_add(offsets, entry->topic, entry->partition, entry->offset);
    }
}

/* What failed is due again. */
static void take_reply(struct status_offsets *offsets, rd_kafka_event_t *event) {
    rd_kafka_resp_err_t failure = rd_kafka_event_error(event);
    const rd_kafka_topic_partition_list_t *told = rd_kafka_event_topic_partition_list(event);
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
        make_due_again(offsets, offsets->sent, false);
        log_debug("offsets of the status topic could not be committed",
                  LOG_FIELDS(log_text("reason", rd_kafka_err2str(failure))));
    } else if (told != NULL) {
        make_due_again(offsets, told, true);
    }
    rd_kafka_topic_partition_list_destroy(offsets->sent);
    offsets->sent = NULL;
}

static void wait_for_reply(struct status_offsets *offsets, int wait_ms) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(offsets->replies, wait_ms);
    if (event != NULL && rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT)
        take_reply(offsets, event);
    rd_kafka_event_destroy(event);
    /* librdkafka can lose a commit's answer when the coordinator dies. */
    if (offsets->sent != NULL && clock_monotonic_ms() - offsets->sent_ms > REPLY_MAX_MS) {
        make_due_again(offsets, offsets->sent, false);
        drop_sent(offsets);
    }
}

void status_offsets_commit(struct status_offsets *offsets) {
    if (offsets->sent != NULL)
        wait_for_reply(offsets, 0);
    if (offsets->sent != NULL || offsets->due->cnt == 0)
        return;
    rd_kafka_resp_err_t failed =
        rd_kafka_commit_queue(offsets->kafka, offsets->due, offsets->replies, NULL, NULL);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
        return; /* they stay due */
    offsets->sent = offsets->due;
    offsets->sent_ms = clock_monotonic_ms();
    offsets->due = rd_kafka_topic_partition_list_new(4);
}

void status_offsets_wait(struct status_offsets *offsets, int64_t timeout_ms) {
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    status_offsets_commit(offsets);
    while (offsets->sent != NULL && clock_monotonic_ms() < deadline_ms) {
        wait_for_reply(offsets, 50);
        if (offsets->sent == NULL)
            status_offsets_commit(offsets);
    }
}
