/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"
#include "event.h"

enum notify_error event_check_data(const notify_event *event, const struct event_schemas *schemas) {
    if (schemas == NULL)
        return NOTIFY_OK;
    const struct json_schema *schema = event_schemas_find(schemas, event->type);
    if (schema == NULL)
        return notify_fail(NOTIFY_E_INVALID_EVENT, "there is no schema for the event's type %s", event->type);
    struct json_schema_violation violation;
    switch (json_schema_validate(schema, event->data != NULL ? event->data : json_null(), &violation)) {
    case JSON_SCHEMA_OK:
        return NOTIFY_OK;
    case JSON_SCHEMA_VIOLATED: {
        char text[500];
        json_schema_violation_tell(&violation, "the event's data", text, sizeof text);
        return notify_fail(NOTIFY_E_INVALID_EVENT, "%s", text);
    }
    default:
        return notify_fail_no_memory();
    }
}
