/* SPDX-License-Identifier: Apache-2.0 */
#include "committed_offsets.h"

#include "common/clock.h"
#include <stdlib.h>

struct question {
    uv_work_t work;
    rd_kafka_t *consumer;
    rd_kafka_topic_partition_list_t *offsets, *log_starts;
    rd_kafka_resp_err_t error;
    uint64_t number;
    committed_offsets_answer answer;
    void *data;
};

static bool has_commit(const struct question *question, const rd_kafka_topic_partition_t *partition) {
    const rd_kafka_topic_partition_t *committed =
        rd_kafka_topic_partition_list_find(question->offsets, partition->topic, partition->partition);
    return committed != NULL && committed->offset >= 0;
}

static void ask_log_starts(struct question *question, int64_t deadline_ms) {
    for (int i = 0; i < question->log_starts->cnt; i++) {
        rd_kafka_topic_partition_t *start = &question->log_starts->elems[i];
        int64_t ignored, left = deadline_ms - clock_monotonic_ms();
        if (!has_commit(question, start))
            continue;
        start->err =
            left <= 0 ? RD_KAFKA_RESP_ERR__TIMED_OUT
                      : rd_kafka_query_watermark_offsets(question->consumer, start->topic, start->partition,
                                                         &start->offset, &ignored, (int)left);
    }
}

static void ask(uv_work_t *work) {
    struct question *question = work->data;
    int64_t deadline = clock_monotonic_ms() + COMMITTED_OFFSETS_TIMEOUT_MS;
    question->error = rd_kafka_committed(question->consumer, question->offsets, COMMITTED_OFFSETS_TIMEOUT_MS);
    if (question->error == RD_KAFKA_RESP_ERR_NO_ERROR)
        ask_log_starts(question, deadline);
}

static void end(struct question *question) {
    rd_kafka_topic_partition_list_destroy(question->offsets);
    rd_kafka_topic_partition_list_destroy(question->log_starts);
    free(question);
}

static void tell(uv_work_t *work, int status) {
    struct question *question = work->data;
    if (status != 0)
        question->error = RD_KAFKA_RESP_ERR__DESTROY;
    question->answer(question->data, question->number, question->error, question->offsets,
                     question->log_starts);
    end(question);
}

bool committed_offsets_ask(uv_loop_t *loop, rd_kafka_t *consumer,
                           const rd_kafka_topic_partition_list_t *partitions,
                           const rd_kafka_topic_partition_list_t *log_starts_of, uint64_t number,
                           committed_offsets_answer answer, void *data) {
    struct question *question = calloc(1, sizeof *question);
    if (question == NULL)
        return false;
    *question = (struct question){
        .consumer = consumer,
        .offsets = rd_kafka_topic_partition_list_copy(partitions),
        .log_starts = log_starts_of != NULL ? rd_kafka_topic_partition_list_copy(log_starts_of)
                                            : rd_kafka_topic_partition_list_new(0),
        .number = number,
        .answer = answer,
        .data = data,
    };
    question->work.data = question;
    if (uv_queue_work(loop, &question->work, ask, tell) == 0)
        return true;
    end(question);
    return false;
}
