/* SPDX-License-Identifier: Apache-2.0 */
/* The data of an event: given whole as JSON text, or member by member by a dotted path. */
#include "attribute.h"
#include "error.h"
#include "event.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_nested_deeper_than(const json_t *value, int levels) {
    if (!json_is_object(value) && !json_is_array(value))
        return false;
    if (levels == 0)
        return true;
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member) {
        if (is_nested_deeper_than(member, levels - 1))
            return true;
    }
    size_t index;
    json_array_foreach(value, index, member) {
        if (is_nested_deeper_than(member, levels - 1))
            return true;
    }
    return false;
}

/* Jansson's own words quote the text, which may hold a secret. */
static const char *parse_problem(const json_error_t *error) {
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "has a duplicate member";
    case json_error_stack_overflow:
        return "is nested too deeply";
    case json_error_invalid_utf8:
        return "is not UTF-8";
    case json_error_numeric_overflow:
        return "has a number that is too large";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "has a NUL in a string";
    default:
        return "is not a JSON object";
    }
}

enum notify_error event_parse_object(json_t **object_out, const char *name, const char *json,
                                     size_t json_size) {
    json_error_t parse_error;
    errno = 0;
    json_t *object = json_loadb(json, json_size, JSON_REJECT_DUPLICATES, &parse_error);
    /* Without memory, Jansson's lexer reports an invalid token, or goes on with a string cut short; malloc
     * says what it was (unless a number follows, before which Jansson clears errno). */
    if (errno == ENOMEM) {
        json_decref(object);
        return notify_fail_no_memory();
    }
    if (object == NULL)
        return notify_fail(NOTIFY_E_INVALID_EVENT, "%s %s (line %d, column %d)", name,
                           parse_problem(&parse_error), parse_error.line, parse_error.column);
    const char *problem = !json_is_object(object)                          ? "is not a JSON object"
                          : is_nested_deeper_than(object, EVENT_MAX_DEPTH) ? "is nested too deeply"
                                                                           : NULL;
    if (problem != NULL) {
        json_decref(object);
        return notify_fail(NOTIFY_E_INVALID_EVENT, "%s %s", name, problem);
    }
    *object_out = object;
    return NOTIFY_OK;
}

enum notify_error notify_event_set_data_json(notify_event *event, const char *json, size_t json_size) {
    if (event == NULL || json == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the event or its data is NULL");
    json_t *data = NULL;
    enum notify_error error = event_parse_object(&data, "the event's data", json, json_size);
    if (error != NOTIFY_OK)
        return error;
    json_decref(event->data);
    event->data = data;
    return NOTIFY_OK;
}

/* value at the rest of a path, wrapped in the objects that are missing there: "a.b" and 1 become
 * {"a":{"b":1}}. Takes value over, also when it fails (NULL: no memory). */
static json_t *wrap(const char *const *names, size_t count, json_t *value) {
    while (count > 0 && value != NULL) {
        json_t *object = json_object();
        if (object == NULL || json_object_set_new(object, names[--count], value) != 0) {
            if (object == NULL)
                json_decref(value);
            json_decref(object);
            return NULL;
        }
        value = object;
    }
    return value;
}

/* Splits a copy of the path in place. False: an empty, malformed or too deep one. */
static bool split_path(char *path, const char *names[EVENT_MAX_DEPTH], size_t *count_out) {
    size_t count = 0;
    for (char *name = path; name != NULL; count++) {
        char *dot = strchr(name, '.');
        if (dot != NULL)
            *dot = '\0';
        if (count == EVENT_MAX_DEPTH || attribute_check_text(name) != NULL)
            return false;
        names[count] = name;
        name = dot == NULL ? NULL : dot + 1;
    }
    *count_out = count;
    return true;
}

/* Sets the value at the names below the data. Changes nothing unless all of it succeeds. Takes value over. */
static enum notify_error set_at(notify_event *event, const char *path, const char *const *names, size_t count,
                                json_t *value) {
    json_t *parent = event->data;
    size_t depth = 0;
    while (parent != NULL && depth + 1 < count) {
        json_t *member = json_object_get(parent, names[depth]);
        if (member == NULL)
            break;
        if (!json_is_object(member)) {
            json_decref(value);
            return notify_fail(NOTIFY_E_INVALID_EVENT, "the event's data has no object at \"%s\" of \"%s\"",
                               names[depth], path);
        }
        parent = member;
        depth++;
    }
    if (parent == NULL) {
        event->data = wrap(names, count, value);
        return event->data == NULL ? notify_fail_no_memory() : NOTIFY_OK;
    }
    json_t *wrapped = wrap(names + depth + 1, count - depth - 1, value);
    if (wrapped == NULL || json_object_set_new(parent, names[depth], wrapped) != 0)
        return notify_fail_no_memory();
    return NOTIFY_OK;
}

/* Takes value over; NULL: there was no memory for it. */
static enum notify_error set_member(notify_event *event, const char *path, json_t *value) {
    if (value == NULL)
        return notify_fail_no_memory();
    if (event == NULL || path == NULL) {
        json_decref(value);
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the event or the path is NULL");
    }
    const char *names[EVENT_MAX_DEPTH];
    size_t count;
    char *copy = strdup(path);
    enum notify_error error;
    if (copy == NULL) {
        json_decref(value);
        return notify_fail_no_memory();
    }
    if (split_path(copy, names, &count)) {
        error = set_at(event, path, names, count, value);
    } else {
        json_decref(value);
        error =
            notify_fail(NOTIFY_E_INVALID_ARGUMENT, "\"%s\" is not a path of names with dots between", path);
    }
    free(copy);
    return error;
}

enum notify_error notify_event_set_string(notify_event *event, const char *path, const char *value) {
    if (value == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the value for \"%s\" is NULL",
                           path == NULL ? "" : path);
    if (!attribute_is_utf8(value))
        return notify_fail(NOTIFY_E_INVALID_EVENT, "the value for \"%s\" is not UTF-8",
                           path == NULL ? "" : path);
    return set_member(event, path, json_string_nocheck(value));
}

enum notify_error notify_event_set_integer(notify_event *event, const char *path, int64_t value) {
    return set_member(event, path, json_integer(value));
}

enum notify_error notify_event_set_boolean(notify_event *event, const char *path, int value) {
    return set_member(event, path, json_boolean(value));
}
