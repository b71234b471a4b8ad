/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of records that go to a retry topic or to the dead letters (docs/delivery.md). Pure but for
 * librdkafka's header list.
 *
 * The original's own headers are kept. What a consumer needs to try again are texts (notify-attempt "2",
 * times as milliseconds since 1970). Where a record came from is told in Spring's kafka_dlt-* headers, whose
 * numbers are big-endian (spring-kafka's DeadLetterPublishingRecoverer); a record that comes from a retry
 * topic keeps those of its first origin.
 */
#ifndef NOTIFY_KAFKA_DEAD_LETTER_H
#define NOTIFY_KAFKA_DEAD_LETTER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#define HEADER_MAIL "notify-mail"
#define HEADER_ATTEMPT "notify-attempt"
#define HEADER_FIRST_ATTEMPT "notify-first-attempt"
#define HEADER_DUE "notify-due"
#define HEADER_REASON "notify-reason"
#define HEADER_TEMPLATE "notify-template" /* of a dead mail; an event as a whole has none */
#define HEADER_OVERSIZE                                                                                      \
    "notify-oversize" /* the bytes of a value that the dead letters do not take and have not */
#define HEADER_REPLAY_COUNT                                                                                  \
    "notify-replay-count" /* how often it was redriven; stays through what follows                           \
                           */

/* What a record from a retry topic says of its past; of any other record: attempts 0. */
struct retry_state {
    unsigned attempts; /* charged so far */
    int64_t first_attempt_unix_ms, due_unix_ms;
    char mail[128]; /* which mail of the event; "" all of them */
};
/* False: the headers are there but unreadable. */
bool retry_state_read(struct retry_state *state, const rd_kafka_headers_t *headers);

/* Headers for the retry topic. NULL: no memory. The caller's, unless a produce call takes them over. */
rd_kafka_headers_t *retry_headers(const rd_kafka_message_t *original, const char *group_id,
                                  const struct retry_state *state);

struct dead_letter {
    const char *reason;        /* notify-reason: a fixed word, "permanent-failure" */
    const char *message;       /* a sentence, with no address in it */
    const char *mail;          /* notify-mail, or NULL: the whole event */
    const char *template_name; /* notify-template, or NULL */
    const struct retry_state *past;
    bool is_without_value; /* it is left out: notify-oversize tells its size */
    bool is_bare;          /* the original's own headers are left out, too, but for where it came from */
};
rd_kafka_headers_t *dead_letter_headers(const rd_kafka_message_t *original, const char *group_id,
                                        const struct dead_letter *dead_letter);

/* The size of the value that a dead letter had to leave out; -1: it left out none. */
int64_t oversize_read(const rd_kafka_headers_t *headers);

/* "3" as 3; 0 where the header is missing or unreadable. */
int64_t replay_count_read(const rd_kafka_headers_t *headers);
/*
 * Headers with which a dead letter goes to a retry topic again: those that it has, but for its death (reason,
 * exception). It is due at once, for it has no notify-due, which no clock can be wrong about; it counts as
 * tried once and first just now, so it is neither given up nor, as an event never attempted would be,
 * expired. The replay count is one more. dead_letter may be NULL (no headers). NULL: no memory.
 */
rd_kafka_headers_t *redrive_headers(const rd_kafka_headers_t *dead_letter, int64_t now_unix_ms);

#endif
