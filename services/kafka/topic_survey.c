/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_survey.h"

#include "common/clock.h"
#include "group_consumer_internal.h"
#include <stdlib.h>
#include <string.h>

#define SURVEY_TIMEOUT_MS 4000 /* for all of it: the longest that it keeps a stop waiting */

struct survey {
    uv_work_t work;
    struct group_consumer *consumer;
    struct survey_question question;
    struct survey_answer answer;
    void (*answered)(void *data, const struct survey_answer *answer);
    void *data;
    int64_t deadline_ms;
    bool is_missing[];
};

static int time_left(const struct survey *survey) {
    int64_t left = survey->deadline_ms - clock_monotonic_ms();
    return left > 1 ? (int)left : 1;
}

static bool has_topic(const struct rd_kafka_metadata *metadata, const char *topic) {
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, topic) == 0)
            return metadata->topics[i].err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
                   metadata->topics[i].partition_cnt > 0;
    return false;
}

/* The partitions of topics that begin with the prefix and are not needed. */
static rd_kafka_topic_partition_list_t *others(const struct survey *survey,
                                               const struct rd_kafka_metadata *metadata) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(0);
    const char *prefix = survey->question.prefix;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];
        if (strncmp(topic->topic, prefix, strlen(prefix)) == 0 && topic->partition_cnt > 0 &&
            !text_list_has(survey->question.needed, topic->topic))
            rd_kafka_topic_partition_list_add_range(list, topic->topic, 0, topic->partition_cnt - 1);
    }
    return list;
}

/* Offsets of all the partitions at once: RD_KAFKA_OFFSET_BEGINNING or _END, which ListOffsets takes as times.
 */
static rd_kafka_topic_partition_list_t *
bounds(struct survey *survey, const rd_kafka_topic_partition_list_t *partitions, int64_t bound) {
    rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_copy(partitions);
    for (int i = 0; i < asked->cnt; i++)
        asked->elems[i].offset = bound;
    if (rd_kafka_offsets_for_times(survey->consumer->kafka, asked, time_left(survey)) ==
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return asked;
    rd_kafka_topic_partition_list_destroy(asked);
    return NULL;
}

/* A partition that could not be asked counts as empty: a warning must not come by mistake. */
static int64_t offset_in(const rd_kafka_topic_partition_list_t *list,
                         const rd_kafka_topic_partition_t *partition) {
    const rd_kafka_topic_partition_t *found =
        rd_kafka_topic_partition_list_find(list, partition->topic, partition->partition);
    return found == NULL || found->err != RD_KAFKA_RESP_ERR_NO_ERROR ? -1 : found->offset;
}

static void note_uncommitted(struct survey *survey, const rd_kafka_topic_partition_list_t *committed,
                             const rd_kafka_topic_partition_list_t *begins,
                             const rd_kafka_topic_partition_list_t *ends) {
    struct text_list *forgotten = &survey->answer.forgotten;
    for (int i = 0; i < committed->cnt; i++) {
        const rd_kafka_topic_partition_t *partition = &committed->elems[i];
        int64_t from = partition->offset;
        int64_t begin = offset_in(begins, partition), end = offset_in(ends, partition);
        if (from < begin) /* nothing committed, or retention has removed it */
            from = begin;
        if (partition->err == RD_KAFKA_RESP_ERR_NO_ERROR && begin >= 0 && end > from &&
            !text_list_has(forgotten, partition->topic) && !text_list_add(forgotten, partition->topic))
            return;
    }
}

static void look_for_forgotten(struct survey *survey, rd_kafka_topic_partition_list_t *partitions) {
    if (partitions->cnt == 0 || rd_kafka_committed(survey->consumer->kafka, partitions, time_left(survey)) !=
                                    RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    rd_kafka_topic_partition_list_t *begins = bounds(survey, partitions, RD_KAFKA_OFFSET_BEGINNING);
    rd_kafka_topic_partition_list_t *ends =
        begins == NULL ? NULL : bounds(survey, partitions, RD_KAFKA_OFFSET_END);
    if (ends != NULL) {
        note_uncommitted(survey, partitions, begins, ends);
        rd_kafka_topic_partition_list_destroy(ends);
    }
    if (begins != NULL)
        rd_kafka_topic_partition_list_destroy(begins);
}

static void ask(uv_work_t *work) {
    struct survey *survey = work->data;
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(survey->consumer->kafka, 1, NULL, &metadata, time_left(survey)) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    for (size_t i = 0; i < survey->question.needed->count; i++)
        survey->is_missing[i] = !has_topic(metadata, survey->question.needed->items[i]);
    survey->answer.is_known = true;
    rd_kafka_topic_partition_list_t *partitions = others(survey, metadata);
    rd_kafka_metadata_destroy(metadata);
    look_for_forgotten(survey, partitions);
    rd_kafka_topic_partition_list_destroy(partitions);
}

static void tell(uv_work_t *work, int status) {
    struct survey *survey = work->data;
    survey->consumer->questions_under_way--;
    survey->answer.is_known = survey->answer.is_known && status == 0;
    survey->answered(survey->data, &survey->answer);
    text_list_free(&survey->answer.forgotten);
    free(survey);
}

bool topic_survey_ask(struct group_consumer *consumer, const struct survey_question *question,
                      void (*answered)(void *data, const struct survey_answer *answer), void *data) {
    struct survey *survey = calloc(1, sizeof *survey + question->needed->count * sizeof(bool));
    if (survey == NULL)
        return false;
    survey->consumer = consumer;
    survey->question = *question;
    survey->answer.is_missing = survey->is_missing;
    survey->answered = answered;
    survey->data = data;
    survey->deadline_ms = clock_monotonic_ms() + SURVEY_TIMEOUT_MS;
    survey->work.data = survey;
    if (consumer->stopping || consumer->membership == MEMBERSHIP_CLOSED ||
        uv_queue_work(consumer->loop, &survey->work, ask, tell) != 0) {
        free(survey);
        return false;
    }
    consumer->questions_under_way++;
    return true;
}
