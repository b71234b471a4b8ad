/* SPDX-License-Identifier: Apache-2.0 */
#include "mustache_value.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mustache_value_is_truthy(const json_t *value) {
    if (value == NULL)
        return false;
    switch (json_typeof(value)) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    default:
        return true;
    }
}

static void write_escaped(const char *text, size_t size, struct text_buffer *out) {
    static const char *const entities[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
    };
    const char *plain = text, *end = text + size;
    for (; text < end; text++) {
        const char *entity = entities[(unsigned char)*text];
        if (entity == NULL)
            continue;
        text_buffer_append(out, plain, (size_t)(text - plain));
        text_buffer_append_text(out, entity);
        plain = text + 1;
    }
    text_buffer_append(out, plain, (size_t)(end - plain));
}

static bool is_unreserved(unsigned char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

static void write_percent_encoded(const char *text, size_t size, struct text_buffer *out) {
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (is_unreserved(byte))
            text_buffer_append_byte(out, text[i]);
        else
            text_buffer_append_format(out, "%%%02X", byte);
    }
}

static void write_text(const char *text, size_t size, enum mustache_escape escape, struct text_buffer *out) {
    if (escape == MUSTACHE_ESCAPE_HTML)
        write_escaped(text, size, out);
    else if (escape == MUSTACHE_ESCAPE_URI)
        write_percent_encoded(text, size, out);
    else
        text_buffer_append(out, text, size);
}

/* The shortest text that is read back as the same number. jansson 2.14 itself always writes 17
 * digits: 1.1000000000000001. */
static void write_real(double number, struct text_buffer *out) {
    char text[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    text_buffer_append_text(out, text);
    if (strpbrk(text, ".e") == NULL)
        text_buffer_append_text(out, ".0");
}

static bool write_json(const json_t *value, enum mustache_escape escape, struct text_buffer *out,
                       struct error *error) {
    char *text = json_dumps(value, JSON_COMPACT);
    if (text == NULL)
        return error_set(error, "an object or list cannot be written as JSON");
    write_text(text, strlen(text), escape, out);
    free(text);
    return true;
}

bool mustache_value_write(const json_t *value, enum mustache_escape escape, struct text_buffer *out,
                          struct error *error) {
    if (value == NULL)
        return true;
    switch (json_typeof(value)) {
    case JSON_STRING:
        write_text(json_string_value(value), json_string_length(value), escape, out);
        return true;
    case JSON_INTEGER:
        text_buffer_append_format(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return true;
    case JSON_REAL:
        write_real(json_real_value(value), out);
        return true;
    case JSON_TRUE:
        text_buffer_append_text(out, "true");
        return true;
    case JSON_FALSE:
        text_buffer_append_text(out, "false");
        return true;
    case JSON_OBJECT:
    case JSON_ARRAY:
        return write_json(value, escape, out, error);
    case JSON_NULL:
        break;
    }
    return true;
}
