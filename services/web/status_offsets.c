/* SPDX-License-Identifier: Apache-2.0 */
#include "status_offsets.h"
#include "common/clock.h"
#include "common/log.h"

void status_offsets_open(struct status_offsets *offsets, rd_kafka_t *kafka) {
    *offsets = (struct status_offsets){
        .kafka = kafka,
        .replies = rd_kafka_queue_new(kafka),
        .due = rd_kafka_topic_partition_list_new(4),
    };
}

void status_offsets_close(struct status_offsets *offsets) {
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
    rd_kafka_topic_partition_list_destroy(offsets->due);
    offsets->due = rd_kafka_topic_partition_list_new(4);
    offsets->forgotten = true;
}

/* What a failed commit had is due again. */
static void take_reply(struct status_offsets *offsets, rd_kafka_event_t *event) {
    rd_kafka_resp_err_t failure = rd_kafka_event_error(event);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    offsets->outstanding = false;
    for (int i = 0; list != NULL && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *entry = &list->elems[i];
        bool failed = failure != RD_KAFKA_RESP_ERR_NO_ERROR || entry->err != RD_KAFKA_RESP_ERR_NO_ERROR;
        if (failed && !offsets->forgotten)
            status_offsets_add(offsets, entry->topic, entry->partition, entry->offset);
    }
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_debug("offsets of the status topic could not be committed",
                  LOG_FIELDS(log_text("reason", rd_kafka_err2str(failure))));
}

static void take_replies(struct status_offsets *offsets, int wait_ms) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(offsets->replies, wait_ms);
    if (event == NULL)
        return;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT)
        take_reply(offsets, event);
    rd_kafka_event_destroy(event);
}

void status_offsets_commit(struct status_offsets *offsets) {
    if (offsets->outstanding)
        take_replies(offsets, 0);
    if (offsets->outstanding || offsets->due->cnt == 0)
        return;
    rd_kafka_resp_err_t failed =
        rd_kafka_commit_queue(offsets->kafka, offsets->due, offsets->replies, NULL, NULL);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
        return; /* they stay due */
    status_offsets_forget(offsets);
    offsets->outstanding = true;
    offsets->forgotten = false;
}

void status_offsets_wait(struct status_offsets *offsets, int64_t timeout_ms) {
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    status_offsets_commit(offsets);
    while (offsets->outstanding && clock_monotonic_ms() < deadline_ms) {
        take_replies(offsets, 50);
        if (!offsets->outstanding)
            status_offsets_commit(offsets);
    }
}
