/* SPDX-License-Identifier: Apache-2.0 */
/* What a dead letter says of itself, read from its value and headers. Pure. */
#ifndef NOTIFYCTL_DEAD_LETTER_VIEW_H
#define NOTIFYCTL_DEAD_LETTER_VIEW_H

#include "kafka/cloud_event.h"
#include <stdbool.h>
#include <stdint.h>

struct dead_letter_view {
    bool is_event; /* else event is empty, and event_trouble says in plain words why */
    struct cloud_event event;
    struct error event_trouble;
    /* Texts; NULL: it does not say. */
    char *reason, *message, *mail, *attempts;
    char *template_name; /* of the header, else of an event that asks for one mail */
    char *original_topic;
    int64_t original_partition, original_offset; /* -1: it does not say */
    int64_t replay_count;
    int64_t oversize;     /* the size of the value that it had to leave out; -1: it is whole */
    int64_t died_unix_ms; /* the record's timestamp; -1: none */
};

/* headers may be NULL; they are not borrowed. Free it in either case. */
void dead_letter_view_read(struct dead_letter_view *view, const void *value, size_t value_size,
                           const rd_kafka_headers_t *headers, int64_t timestamp);
void dead_letter_view_free(struct dead_letter_view *view);

#endif
