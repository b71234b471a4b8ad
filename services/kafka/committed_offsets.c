/* SPDX-License-Identifier: Apache-2.0 */
#include "committed_offsets.h"

#include <stdlib.h>

struct question {
    uv_work_t work;
    rd_kafka_t *consumer;
    rd_kafka_topic_partition_list_t *offsets;
    rd_kafka_resp_err_t error;
    uint64_t number;
    committed_offsets_answer answer;
    void *data;
};

static void ask(uv_work_t *work) {
    struct question *question = work->data;
    question->error = rd_kafka_committed(question->consumer, question->offsets, COMMITTED_OFFSETS_TIMEOUT_MS);
}

static void tell(uv_work_t *work, int status) {
    struct question *question = work->data;
    if (status != 0)
        question->error = RD_KAFKA_RESP_ERR__DESTROY;
    question->answer(question->data, question->number, question->error, question->offsets);
    rd_kafka_topic_partition_list_destroy(question->offsets);
    free(question);
}

bool committed_offsets_ask(uv_loop_t *loop, rd_kafka_t *consumer,
                           const rd_kafka_topic_partition_list_t *partitions, uint64_t number,
                           committed_offsets_answer answer, void *data) {
    struct question *question = calloc(1, sizeof *question);
    if (question == NULL)
        return false;
    *question = (struct question){
        .consumer = consumer,
        .offsets = rd_kafka_topic_partition_list_copy(partitions),
        .number = number,
        .answer = answer,
        .data = data,
    };
    question->work.data = question;
    if (uv_queue_work(loop, &question->work, ask, tell) == 0)
        return true;
    rd_kafka_topic_partition_list_destroy(question->offsets);
    free(question);
    return false;
}
