/* SPDX-License-Identifier: Apache-2.0 */
/* How many partitions the topics have, read without blocking the loop: rd_kafka_metadata() on a thread of
 * libuv's pool. */
#include "group_consumer_internal.h"

#include <stdlib.h>
#include <string.h>

#define METADATA_TIMEOUT_MS 4000 /* also the longest that it keeps a stop waiting */

struct question {
    uv_work_t work;
    struct group_consumer *consumer;
    partition_counts_answer answer;
    void *data;
    bool is_answered;
    size_t counts[]; /* one for each of settings.topics */
};

static size_t count_of(const struct rd_kafka_metadata *metadata, const char *topic) {
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, topic) == 0)
            return (size_t)metadata->topics[i].partition_cnt;
    return 0;
}

/* One request for all: those of which the client holds a handle. */
static void ask_for_known_topics(struct question *question) {
    const struct text_list *topics = question->consumer->settings.topics;
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(question->consumer->kafka, 0, NULL, &metadata, METADATA_TIMEOUT_MS) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    for (size_t i = 0; i < topics->count; i++)
        question->counts[i] = count_of(metadata, topics->items[i]);
    question->is_answered = true;
    rd_kafka_metadata_destroy(metadata);
}

static void ask(uv_work_t *work) {
    struct question *question = work->data;
    const struct text_list *topics = question->consumer->settings.topics;
    rd_kafka_topic_t **handles = calloc(topics->count + 1, sizeof(rd_kafka_topic_t *));
    bool made = handles != NULL;
    for (size_t i = 0; made && i < topics->count; i++) {
        handles[i] = rd_kafka_topic_new(question->consumer->kafka, topics->items[i], NULL);
        made = handles[i] != NULL;
    }
    if (made)
        ask_for_known_topics(question);
    for (size_t i = 0; handles != NULL && handles[i] != NULL; i++)
        rd_kafka_topic_destroy(handles[i]);
    free(handles);
}

static void tell(uv_work_t *work, int status) {
    struct question *question = work->data;
    question->consumer->questions_under_way--;
    question->answer(question->data, status == 0 && question->is_answered ? question->counts : NULL);
    free(question);
}

bool group_consumer_count_partitions(struct group_consumer *consumer, partition_counts_answer answer,
                                     void *data) {
    size_t count = consumer->settings.topics->count;
    struct question *question = calloc(1, sizeof *question + count * sizeof question->counts[0]);
    if (question == NULL)
        return false;
    question->consumer = consumer;
    question->answer = answer;
    question->data = data;
    question->work.data = question;
    if (consumer->membership == MEMBERSHIP_CLOSED ||
        uv_queue_work(consumer->loop, &question->work, ask, tell) != 0) {
        free(question);
        return false;
    }
    consumer->questions_under_way++;
    return true;
}
