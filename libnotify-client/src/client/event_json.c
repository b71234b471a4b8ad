/* SPDX-License-Identifier: Apache-2.0 */
/* Events to and from CloudEvents 1.0 structured JSON (cloudevents/formats/json-format.md). */
#include "attribute.h"
#include "error.h"
#include "event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* --- out --- */

/* A text that grows. On libc's malloc, so that the caller's free function does not depend on Jansson's
 * allocator, which an application may have replaced. */
struct encoding {
    char *bytes;
    size_t size, capacity;
};

static int append(const char *bytes, size_t size, void *data) {
    struct encoding *encoding = data;
    if (encoding->capacity - encoding->size <= size) { /* <=: room for the NUL */
        size_t capacity = encoding->capacity == 0 ? 512 : encoding->capacity;
        while (capacity - encoding->size <= size)
            capacity *= 2;
        char *grown = realloc(encoding->bytes, capacity);
        if (grown == NULL)
            return -1;
        encoding->bytes = grown;
        encoding->capacity = capacity;
    }
    memcpy(encoding->bytes + encoding->size, bytes, size);
    encoding->size += size;
    encoding->bytes[encoding->size] = '\0';
    return 0;
}

static bool put_text(json_t *envelope, const char *name, const char *value) {
    return value == NULL || json_object_set_new_nocheck(envelope, name, json_string_nocheck(value)) == 0;
}

static bool fill_envelope(json_t *envelope, const notify_event *event) {
    if (!put_text(envelope, "specversion", "1.0") || !put_text(envelope, "id", event->id) ||
        !put_text(envelope, "source", event->source) || !put_text(envelope, "type", event->type) ||
        !put_text(envelope, "subject", event->subject) || !put_text(envelope, "time", event->time))
        return false;
    if (event->data != NULL && !put_text(envelope, "datacontenttype", "application/json"))
        return false;
    if (event->extensions != NULL && json_object_update(envelope, event->extensions) != 0)
        return false;
    return event->data == NULL || json_object_set_nocheck(envelope, "data", event->data) == 0;
}

enum notify_error notify_event_encode(notify_event *event, char **encoded_out, size_t *encoded_size_out) {
    if (event == NULL || encoded_out == NULL || encoded_size_out == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the event, encoded_out or encoded_size_out is NULL");
    *encoded_out = NULL;
    *encoded_size_out = 0;
    enum notify_error error = event_complete(event, NULL);
    if (error != NOTIFY_OK)
        return error;

    struct encoding encoding = {0};
    json_t *envelope = json_object();
    /* 17 digits tell every double from its neighbours, so that a reader gets the number that was given. */
    bool done = envelope != NULL && fill_envelope(envelope, event) &&
                json_dump_callback(envelope, append, &encoding, JSON_COMPACT | JSON_REAL_PRECISION(17)) == 0;
    json_decref(envelope);
    if (!done) {
        free(encoding.bytes);
        return notify_fail_no_memory();
    }
    *encoded_out = encoding.bytes;
    *encoded_size_out = encoding.size;
    return NOTIFY_OK;
}

void notify_event_free_encoded(char *encoded) {
    free(encoded);
}

/* --- in --- */

/* The text of an attribute, borrowed from the envelope; NULL: absent, or null, which is the same. */
static enum notify_error take_text(const json_t *envelope, const char *name,
                                   const char *(*check)(const char *), const char **text_out) {
    const json_t *value = json_object_get(envelope, name);
    *text_out = NULL;
    if (value == NULL || json_is_null(value))
        return NOTIFY_OK;
    if (!json_is_string(value))
        return notify_fail(NOTIFY_E_INVALID_EVENT, "the event's %s is not a string", name);
    const char *problem = check(json_string_value(value));
    if (problem != NULL)
        return notify_fail(NOTIFY_E_INVALID_EVENT, "the event's %s %s", name, problem);
    *text_out = json_string_value(value);
    return NOTIFY_OK;
}

static const char *check_version(const char *text) {
    return strcmp(text, "1.0") == 0 ? NULL : "is not \"1.0\"";
}

static const struct core_attribute {
    const char *name;
    const char *(*check)(const char *);
    size_t offset; /* in struct notify_event; SIZE_MAX: not kept */
    bool required;
} core_attributes[] = {
    {"specversion", check_version, SIZE_MAX, true},
    {"type", attribute_check_type, offsetof(struct notify_event, type), true},
    {"id", attribute_check_text, offsetof(struct notify_event, id), true},
    {"source", attribute_check_source, offsetof(struct notify_event, source), true},
    {"subject", attribute_check_text, offsetof(struct notify_event, subject), false},
    {"time", attribute_check_time, offsetof(struct notify_event, time), false},
};

static enum notify_error read_core_attribute(notify_event *event, const json_t *envelope,
                                             const struct core_attribute *attribute) {
    const char *text;
    enum notify_error error = take_text(envelope, attribute->name, attribute->check, &text);
    if (error != NOTIFY_OK)
        return error;
    if (text == NULL && attribute->required)
        return notify_fail(NOTIFY_E_INVALID_EVENT, "the event's %s is missing", attribute->name);
    if (text == NULL || attribute->offset == SIZE_MAX)
        return NOTIFY_OK;
    char **target = (char **)((char *)event + attribute->offset);
    *target = strdup(text);
    return *target == NULL ? notify_fail_no_memory() : NOTIFY_OK;
}

static bool is_core_attribute(const char *name) {
    for (size_t i = 0; i < sizeof core_attributes / sizeof core_attributes[0]; i++) {
        if (strcmp(name, core_attributes[i].name) == 0)
            return true;
    }
    return strcmp(name, "data") == 0;
}

/* "application/json", "text/json" or "…+json", with or without parameters */
static const char *check_content_type(const char *text) {
    size_t size = strcspn(text, "; \t");
    bool json = (size >= 5 && strncasecmp(text + size - 5, "+json", 5) == 0) ||
                (size >= 5 && strncasecmp(text + size - 5, "/json", 5) == 0);
    return json ? attribute_check_text(text) : "is not JSON";
}

static enum notify_error read_extension(notify_event *event, const json_t *envelope, const char *name,
                                        json_t *value) {
    if (strcmp(name, "data_base64") == 0)
        return notify_fail(NOTIFY_E_INVALID_EVENT,
                           "the event's data is not a JSON object but binary (data_base64)");
    const char *problem = attribute_check_extension_name(name);
    if (problem != NULL)
        return notify_fail(NOTIFY_E_INVALID_EVENT, "the name of an attribute of the event %s", problem);
    if (json_is_null(value))
        return NOTIFY_OK;
    if (json_is_object(value) || json_is_array(value) || json_is_real(value))
        return notify_fail(NOTIFY_E_INVALID_EVENT, "the event's %s is not a string, an integer or a boolean",
                           name);
    if (json_is_string(value)) {
        bool is_content_type = strcmp(name, "datacontenttype") == 0;
        const char *unused;
        enum notify_error error =
            take_text(envelope, name, is_content_type ? check_content_type : attribute_check_text, &unused);
        if (error != NOTIFY_OK)
            return error;
    }
    if (event->extensions == NULL)
        event->extensions = json_object();
    if (event->extensions == NULL || json_object_set(event->extensions, name, value) != 0)
        return notify_fail_no_memory();
    return NOTIFY_OK;
}

static enum notify_error read_envelope(notify_event *event, json_t *envelope) {
    for (size_t i = 0; i < sizeof core_attributes / sizeof core_attributes[0]; i++) {
        enum notify_error error = read_core_attribute(event, envelope, &core_attributes[i]);
        if (error != NOTIFY_OK)
            return error;
    }
    json_t *data = json_object_get(envelope, "data");
    if (data != NULL && !json_is_object(data))
        return notify_fail(NOTIFY_E_INVALID_EVENT, "the event's data is not a JSON object");
    event->data = json_incref(data);

    const char *name;
    json_t *value;
    json_object_foreach(envelope, name, value) {
        if (is_core_attribute(name))
            continue;
        enum notify_error error = read_extension(event, envelope, name, value);
        if (error != NOTIFY_OK)
            return error;
    }
    return NOTIFY_OK;
}

enum notify_error notify_event_from_json(notify_event **event_out, const char *json, size_t json_size,
                                         char *error_text, size_t error_text_size) {
    if (event_out == NULL || json == NULL)
        return notify_tell(notify_fail(NOTIFY_E_INVALID_ARGUMENT, "event_out or json is NULL"), error_text,
                           error_text_size);
    *event_out = NULL;
    json_t *envelope = NULL;
    notify_event *event = NULL;
    enum notify_error error = event_parse_object(&envelope, "the event", json, json_size);
    if (error == NOTIFY_OK) {
        event = calloc(1, sizeof *event);
        error = event == NULL ? notify_fail_no_memory() : read_envelope(event, envelope);
    }
    json_decref(envelope);
    if (error != NOTIFY_OK) {
        notify_event_free(event);
        return notify_tell(error, error_text, error_text_size);
    }
    *event_out = event;
    return NOTIFY_OK;
}
