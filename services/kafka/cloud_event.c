/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud_event.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include <string.h>
#include <strings.h>

#define STRUCTURED_MEDIA_TYPE "application/cloudevents"
#define BATCH_MEDIA_TYPE "application/cloudevents-batch"

char *kafka_header_text(const rd_kafka_headers_t *headers, const char *name) {
    const void *value = NULL;
    size_t size = 0;
    if (headers == NULL ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    if (value == NULL || memchr(value, '\0', size) != NULL)
        return NULL;
    return strndup(value, size);
}

static const char *json_trouble(enum json_error_code code) {
    switch (code) {
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "something follows its end";
    case json_error_duplicate_key:
        return "a member stands twice";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a NUL";
    case json_error_invalid_utf8:
        return "invalid UTF-8";
    case json_error_numeric_overflow:
        return "a number too large";
    case json_error_stack_overflow:
        return "nested too deep";
    case json_error_out_of_memory:
        return "no memory";
    default:
        return "bad syntax";
    }
}

static json_t *parse(const void *bytes, size_t size, const char *what, struct error *error) {
    if (bytes == NULL || size == 0) {
        error_set(error, "the %s is empty", what);
        return NULL;
    }
    json_error_t trouble;
    json_t *json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &trouble);
    if (json == NULL) {
        /* jansson's own text quotes what it met, which may be an address or a secret: the place is told, and
         * in own words why. */
        error_set(error, "the %s is not JSON: %s at line %d, column %d", what,
                  json_trouble(json_error_code(&trouble)), trouble.line, trouble.column);
    }
    return json;
}

static bool parse_structured(json_t **root_out, const void *value, size_t size, struct error *error) {
    json_t *root = parse(value, size, "record's value", error);
    if (root == NULL)
        return false;
    if (!json_is_object(root)) {
        json_decref(root);
        return error_set(error, "the record's value is not a JSON object");
    }
    *root_out = root;
    return true;
}

/* Binary mode: attributes are headers "ce_NAME", the value is the data. */
static bool parse_binary(json_t **root_out, const void *value, size_t size, const rd_kafka_headers_t *headers,
                         struct error *error) {
    json_t *data = parse(value, size, "event's data", error);
    if (data == NULL)
        return false;
    json_t *root = json_object();
    if (root == NULL || json_object_set_new(root, "data", data) != 0) {
        json_decref(root);
        return error_set(error, "no memory for an event");
    }
    const char *name = NULL;
    const void *bytes = NULL;
    size_t bytes_size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &bytes, &bytes_size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        if (strncmp(name, "ce_", 3) != 0 || bytes == NULL)
            continue;
        json_t *text = json_stringn(bytes, bytes_size);
        if (text == NULL || json_object_set_new(root, name + 3, text) != 0) {
            json_decref(root);
            return error_set(error, "the header %s is not UTF-8", name);
        }
    }
    *root_out = root;
    return true;
}

static bool read_text(const json_t *root, const char *name, bool required, const char **text_out,
                      struct error *error) {
    const json_t *member = json_object_get(root, name);
    if (member == NULL || (!required && json_is_null(member)))
        return required ? error_set(error, "the attribute %s is missing", name) : true;
    if (!json_is_string(member))
        return error_set(error, "the attribute %s is not a string", name);
    if (json_string_length(member) == 0)
        return error_set(error, "the attribute %s is empty", name);
    *text_out = json_string_value(member);
    return true;
}

static bool read_attributes(struct cloud_event *event, struct error *error) {
    const char *version = NULL, *time = NULL;
    if (!read_text(event->root, "specversion", true, &version, error))
        return false;
    if (strcmp(version, "1.0") != 0)
        return error_set(error, "the attribute specversion is not 1.0");
    if (!read_text(event->root, "id", true, &event->id, error) ||
        !read_text(event->root, "source", true, &event->source, error) ||
        !read_text(event->root, "type", true, &event->type, error) ||
        !read_text(event->root, "subject", false, &event->subject, error) ||
        !read_text(event->root, "time", false, &time, error))
        return false;
    if (time != NULL && !clock_parse_rfc3339(time, &event->time_unix_ms))
        return error_set(error, "the attribute time is not an RFC 3339 date-time");
    event->data = json_object_get(event->root, "data");
    if (event->data == NULL)
        return error_set(error, "the event has no data");
    if (!json_is_object(event->data))
        return error_set(error, "the event's data is not a JSON object");
    return true;
}

enum cloud_event_mode cloud_event_mode(const rd_kafka_headers_t *headers) {
    cleanup(cleanup_free) char *content_type = kafka_header_text(headers, "content-type");
    cleanup(cleanup_free) char *binary_version = kafka_header_text(headers, "ce_specversion");
    if (content_type != NULL && strncasecmp(content_type, BATCH_MEDIA_TYPE, strlen(BATCH_MEDIA_TYPE)) == 0)
        return CLOUD_EVENT_BATCH;
    if (content_type != NULL &&
        strncasecmp(content_type, STRUCTURED_MEDIA_TYPE, strlen(STRUCTURED_MEDIA_TYPE)) == 0)
        return CLOUD_EVENT_STRUCTURED;
    /* Where neither is announced: many hand-made producers set no content-type. What looks like an event is
     * one. */
    return binary_version != NULL ? CLOUD_EVENT_BINARY : CLOUD_EVENT_STRUCTURED;
}

bool cloud_event_decode(struct cloud_event *event, const void *value, size_t value_size,
                        const rd_kafka_headers_t *headers, struct error *error) {
    struct cloud_event decoded = {.time_unix_ms = -1};
    enum cloud_event_mode mode = cloud_event_mode(headers);
    if (mode == CLOUD_EVENT_BATCH)
        return error_set(error, "a batch of CloudEvents is not one event");
    bool parsed = mode == CLOUD_EVENT_BINARY ? parse_binary(&decoded.root, value, value_size, headers, error)
                                             : parse_structured(&decoded.root, value, value_size, error);
    if (!parsed)
        return false;
    if (!read_attributes(&decoded, error)) {
        cloud_event_clear(&decoded);
        return false;
    }
    *event = decoded;
    return true;
}

void cloud_event_clear(struct cloud_event *event) {
    json_decref(event->root);
    *event = (struct cloud_event){.time_unix_ms = -1};
}
