/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a notify_event. */
#ifndef NOTIFY_CLIENT_EVENT_H
#define NOTIFY_CLIENT_EVENT_H

#include <event_schemas.h>
#include <jansson.h>
#include <notify-client.h>

#define EVENT_MAX_DEPTH                                                                                      \
    32 /* of nested objects and arrays in the data: more is a mistake, or an attack on a reader's stack */

struct notify_event {
    char *type, *id, *source, *subject, *key; /* all but type may be NULL */
    char *time;                               /* RFC 3339 text: kept as it came, however precise */
    char *traceparent, *tracestate;
    json_t *data; /* an object; NULL: none */
    json_t *
        extensions; /* other CloudEvents attributes (dataschema, extensions), kept as they came; NULL: none */
};

/* Assigns id, time and, unless it is NULL, source, where the event has none. */
enum notify_error event_complete(notify_event *event, const char *source);

/* Holds the data against the schema of the event's type. schemas NULL: nothing to check. */
enum notify_error event_check_data(const notify_event *event, const struct event_schemas *schemas);

/* JSON text as an object, without duplicate keys or deep nesting. name begins the sentence about it: "the
 * data". */
enum notify_error event_parse_object(json_t **object_out, const char *name, const char *json,
                                     size_t json_size);

#endif
