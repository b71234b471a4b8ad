/* SPDX-License-Identifier: Apache-2.0 */
#include "render_event.h"

#include "routing/route_table.h"
#include <string.h>

static json_t *load(const char *path, struct error *error) {
    json_error_t trouble;
    bool is_standard_input = strcmp(path, "-") == 0;
    json_t *document = is_standard_input ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &trouble)
                                         : json_load_file(path, JSON_REJECT_DUPLICATES, &trouble);
    if (document == NULL && trouble.line <= 0)
        error_set_status(error, EXIT_STATUS_USAGE, "%s", trouble.text); /* it names the file */
    else if (document == NULL)
        error_set_status(error, EXIT_STATUS_USAGE, "%s: line %d: %s", path, trouble.line, trouble.text);
    else if (!json_is_object(document))
        error_set_status(error, EXIT_STATUS_USAGE, "%s: is not a JSON object", path);
    if (!json_is_object(document)) {
        json_decref(document);
        return NULL;
    }
    return document;
}

/* Attributes that are the same each time: so is the message. */
static json_t *event_around(json_t *data, const char *type, struct error *error) {
    json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "specversion", "1.0", "id",
                              "00000000-0000-7000-8000-000000000000", "source", "/notifyctl", "type", type,
                              "time", "2026-01-01T00:00:00Z", "data", data);
    if (event == NULL)
        error_set(error, "--type: is not UTF-8, or no memory");
    return event;
}

static bool set_locale(json_t *event, const char *locale, struct error *error) {
    const char *type = json_string_value(json_object_get(event, "type"));
    if (locale == NULL || type == NULL || strcmp(type, REQUESTED_TYPE) != 0)
        return true; /* otherwise the route says it */
    return json_object_set_new(json_object_get(event, "data"), "locale", json_string(locale)) == 0 ||
           error_set(error, "--locale: cannot be set in the event's data");
}

json_t *render_event_read(const struct command_line *line, struct error *error) {
    const char *path = option_value(line, "event"), *type = option_value(line, "type");
    if (path == NULL) {
        error_set_status(error, EXIT_STATUS_USAGE, "--event is missing");
        return NULL;
    }
    json_t *event = load(path, error);
    if (event != NULL && type != NULL)
        event = event_around(event, type, error);
    if (event != NULL && !set_locale(event, option_value(line, "locale"), error)) {
        json_decref(event);
        return NULL;
    }
    return event;
}
