/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_readiness.h"

#include <stdio.h>
#include <string.h>

void kafka_readiness_note_missing(struct kafka_readiness *readiness, const struct text_list *topics,
                                  size_t event_topics, const bool *is_missing) {
    char *out = readiness->missing;
    size_t room = sizeof readiness->missing;
    readiness->topics_are_known = true;
    readiness->lacks_own_topic = false;
    *out = '\0';
    /* Those that gate first: they must not be cut off. */
    for (size_t n = 0; n < topics->count; n++) {
        size_t i = (n + event_topics) % topics->count;
        if (!is_missing[i])
            continue;
        readiness->lacks_own_topic = readiness->lacks_own_topic || i >= event_topics;
        size_t size = (size_t)snprintf(
            out, room, "%s%s", *readiness->missing == '\0' ? "missing topics: " : ", ", topics->items[i]);
        if (size >= room)
            return;
        out += size;
        room -= size;
    }
}

bool kafka_readiness_is_ok(const struct kafka_readiness *readiness, const char **detail) {
    if (readiness->in_trouble)
        *detail = readiness->trouble;
    else if (*readiness->missing != '\0')
        *detail = readiness->missing;
    else if (!readiness->has_joined)
        *detail = "has not joined the group yet";
    else if (!readiness->topics_are_known)
        *detail = "the topics are not looked up yet";
    else
        *detail = "";
    return !readiness->in_trouble && readiness->has_joined && readiness->topics_are_known &&
           !readiness->lacks_own_topic;
}
