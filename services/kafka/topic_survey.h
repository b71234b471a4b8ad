/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the cluster has of a group's topics, read without blocking the loop: on a thread of libuv's pool, by
 * the member's own client. Which of the topics that it needs are missing; and which other topics, of names
 * that begin like them, hold records that the group has not committed and that nobody reads.
 */
#ifndef NOTIFY_KAFKA_TOPIC_SURVEY_H
#define NOTIFY_KAFKA_TOPIC_SURVEY_H

#include "group_consumer.h"

struct survey_question {
    const struct text_list *needed; /* borrowed until the answer */
    const char *prefix;             /* of topics that somebody may have forgotten; borrowed likewise */
};

struct survey_answer {
    bool is_known;              /* else Kafka does not tell now, and the rest says nothing */
    const bool *is_missing;     /* one for each of needed */
    struct text_list forgotten; /* not needed, begin with prefix, and hold what is not committed */
};

/* answer is borrowed; it comes exactly once when this returns true, later, on the loop's thread, and a stop
 * of the consumer waits for it, at most 4 s. False: no memory, or it is too late. */
bool topic_survey_ask(struct group_consumer *consumer, const struct survey_question *question,
                      void (*answered)(void *data, const struct survey_answer *answer), void *data);

#endif
