/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as tools show them: what a schema marks writeOnly is masked, all of the data of an event without a
 * schema, and the local part of every address in a text. Of a value that is no event only its size
 * is shown: nothing tells which of its bytes are secret.
 */
#ifndef NOTIFYCTL_EVENT_DISPLAY_H
#define NOTIFYCTL_EVENT_DISPLAY_H

#include "common/error.h"
#include "event_schemas.h"
#include <jansson.h>
#include <librdkafka/rdkafka.h>

#define OPTION_SCHEMAS                                                                                       \
    { "schemas", 'S', "FOLDER", "the events' schemas (default: EMAIL_SCHEMAS, else schemas)" }

/* Exit status 78 in error: without the schemas nobody knows what is secret. */
bool event_display_load_schemas(struct event_schemas **schemas_out, const char *folder, struct error *error);

/* A new masked copy of an event's root; NULL: no memory. */
json_t *event_display_event(const struct event_schemas *schemas, const json_t *root);
/* A key as a text, masked; null where there is none, and its size where it is no text. NULL: no memory. */
json_t *event_display_bytes(const void *bytes, size_t size);
/* [{"name", "value"}, …] in the record's order, Spring's big-endian numbers as numbers. headers may be NULL.
 * NULL: no memory. */
json_t *event_display_headers(const rd_kafka_headers_t *headers);

#endif
