/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CloudEvents 1.0 event out of a Kafka record, in structured or binary mode (Kafka protocol binding §3).
 * Pure but for librdkafka's header list, which needs no client.
 */
#ifndef NOTIFY_KAFKA_CLOUD_EVENT_H
#define NOTIFY_KAFKA_CLOUD_EVENT_H

#include "common/error.h"
#include <jansson.h>
#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* Texts are borrowed from root (and live as long as it does). */
struct cloud_event {
    json_t *root; /* the attributes, and data as a member "data" */
    const char *id, *source, *type;
    const char *subject;  /* NULL: none */
    int64_t time_unix_ms; /* -1: none */
    json_t *data;         /* an object; borrowed from root. NULL once its owner has let go of it */
};

enum cloud_event_mode { CLOUD_EVENT_STRUCTURED, CLOUD_EVENT_BINARY, CLOUD_EVENT_BATCH };

/* By the record's headers, which may be NULL. */
enum cloud_event_mode cloud_event_mode(const rd_kafka_headers_t *headers);

/* headers may be NULL. False: error says in plain words what is wrong, naming the attribute; event is
 * untouched then. */
bool cloud_event_decode(struct cloud_event *event, const void *value, size_t value_size,
                        const rd_kafka_headers_t *headers, struct error *error);
void cloud_event_clear(struct cloud_event *event);

/* The last header of a name as a new text; NULL: there is none, it has a NUL inside, or no memory. */
char *kafka_header_text(const rd_kafka_headers_t *headers, const char *name);

#endif
