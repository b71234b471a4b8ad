/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schemas of events, from a folder: <type>.json describes the data of the events of that type
 * (CloudEvents calls it dataschema), not the attributes around it. Other files (openapi.yaml, hidden ones)
 * are passed over.
 *
 * Threads: never changes once loaded. A reload loads another and frees this one when nobody uses it any more.
 */
#ifndef NOTIFY_SCHEMA_EVENT_SCHEMAS_H
#define NOTIFY_SCHEMA_EVENT_SCHEMAS_H

#include "json_schema.h"

#define EVENT_SCHEMAS_MAX 1000 /* files in a folder */

struct event_schemas;

/* All or nothing: error_text (may be NULL) tells which file is wrong, where and how. */
enum json_schema_result event_schemas_load(struct event_schemas **schemas_out, const char *folder,
                                           char *error_text, size_t error_text_size);
/* One more holder; each of them frees. */
struct event_schemas *event_schemas_share(struct event_schemas *schemas);
/* Accepts NULL. */
void event_schemas_free(struct event_schemas *schemas);

/* NULL: no schema for the type. */
const struct json_schema *event_schemas_find(const struct event_schemas *schemas, const char *type);

size_t event_schemas_count(const struct event_schemas *schemas);
/* In the order of strcmp(); borrowed. */
const char *event_schemas_type(const struct event_schemas *schemas, size_t index);

/*
 * For whoever shows events: a deep copy of a structured CloudEvent (an object with "type" and "data") in
 * which the write-only places of its data are masked. All of the data is, when its type has no schema here.
 * NULL: no memory.
 */
json_t *event_schemas_mask_event(const struct event_schemas *schemas, const json_t *event);

#endif
