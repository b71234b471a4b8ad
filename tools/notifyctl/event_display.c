/* SPDX-License-Identifier: Apache-2.0 */
#include "event_display.h"
#include "common/cleanup.h"
#include "common/mail_address.h"

#include <stdlib.h>
#include <string.h>

bool event_display_load_schemas(struct event_schemas **schemas_out, const char *folder, struct error *error) {
    char reason[512];
    if (event_schemas_load(schemas_out, folder, reason, sizeof reason) == JSON_SCHEMA_OK)
        return true;
    return error_set_status(error, EXIT_STATUS_CONFIG, "%s", reason);
}

static json_t *masked_text(const char *text) {
    cleanup(cleanup_free) char *copy = strdup(text);
    if (copy == NULL)
        return NULL;
    mail_address_mask(copy);
    return json_string(copy);
}

/* Every text in it, in place; its depth is bounded by the parser. */
static bool mask_addresses(json_t *value) {
    size_t index;
    void *next;
    const char *name;
    json_t *member;
    if (json_is_array(value)) {
        json_array_foreach(value, index, member) {
            if (json_is_string(member)
                    ? json_array_set_new(value, index, masked_text(json_string_value(member))) != 0
                    : !mask_addresses(member))
                return false;
        }
    } else if (json_is_object(value)) {
        json_object_foreach_safe(value, next, name, member) {
            if (json_is_string(member)
                    ? json_object_set_new(value, name, masked_text(json_string_value(member))) != 0
                    : !mask_addresses(member))
                return false;
        }
    }
    return true;
}

json_t *event_display_event(const struct event_schemas *schemas, const json_t *root) {
    json_t *shown = event_schemas_mask_event(schemas, root);
    if (shown != NULL && !mask_addresses(shown)) {
        json_decref(shown);
        return NULL;
    }
    return shown;
}

json_t *event_display_bytes(const void *bytes, size_t size) {
    if (bytes == NULL)
        return json_null();
    cleanup(cleanup_free) char *text = strndup(bytes, size);
    if (text == NULL)
        return NULL;
    json_t *shown = memchr(bytes, '\0', size) == NULL ? masked_text(text) : NULL;
    return shown != NULL ? shown : json_sprintf("(%zu bytes)", size);
}

static bool is_number(const char *name) {
    static const char *const numbers[] = {"kafka_dlt-original-partition", "kafka_dlt-original-offset",
                                          "kafka_dlt-original-timestamp", "retry_topic-attempts"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(name, numbers[i]) == 0)
            return true;
    return false;
}

static json_t *header_value(const char *name, const void *value, size_t size) {
    if (value == NULL || !is_number(name) || (size != 4 && size != 8))
        return event_display_bytes(value, size);
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | ((const unsigned char *)value)[i];
    return json_integer(size == 4 ? (int32_t)(uint32_t)number : (json_int_t)number);
}

json_t *event_display_headers(const rd_kafka_headers_t *headers) {
    json_t *shown = json_array();
    const char *name = NULL;
    const void *value = NULL;
    size_t size = 0;
    for (size_t i = 0;
         shown != NULL && headers != NULL &&
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         i++) {
        json_t *header =
            json_pack("{s:o, s:o}", "name", masked_text(name), "value", header_value(name, value, size));
        if (json_array_append_new(shown, header) != 0) {
            json_decref(shown);
            shown = NULL;
        }
    }
    return shown;
}
