/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the worker can do its work with Kafka, and the words for /readyz. Pure.
 *
 * A topic that the worker writes to (retries, dead letters, statuses) gates: without it a record that needs
 * it is never complete, and in the end nothing is taken any more. A missing event topic is only told: nobody
 * can have published into it, the others are read as ever, and a rollout that waits for readiness must not
 * hang because an application's topic is to come later.
 */
#ifndef NOTIFY_EMAIL_KAFKA_READINESS_H
#define NOTIFY_EMAIL_KAFKA_READINESS_H

#include "common/settings.h"
#include <stdbool.h>

struct kafka_readiness {
    bool has_joined; /* ever */
    bool in_trouble;
    char trouble[256];
    bool topics_are_known;
    bool lacks_own_topic; /* one that it writes to */
    char missing[384];    /* "" : none */
};

/* is_missing: one for each of topics, of which the first event_topics are only read. */
void kafka_readiness_note_missing(struct kafka_readiness *readiness, const struct text_list *topics,
                                  size_t event_topics, const bool *is_missing);
/* detail borrows from readiness, or is a constant. */
bool kafka_readiness_is_ok(const struct kafka_readiness *readiness, const char **detail);

#endif
