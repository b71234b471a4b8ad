/* SPDX-License-Identifier: Apache-2.0 */
#include "html.h"
#include <string.h>

void html_escape(struct text_buffer *out, const char *text) {
    while (*text != '\0') {
        size_t plain = strcspn(text, "&<>\"'");
        text_buffer_append(out, text, plain);
        text += plain;
        switch (*text) {
        case '&':
            text_buffer_append_text(out, "&amp;");
            break;
        case '<':
            text_buffer_append_text(out, "&lt;");
            break;
        case '>':
            text_buffer_append_text(out, "&gt;");
            break;
        case '"':
            text_buffer_append_text(out, "&quot;");
            break;
        case '\'':
            text_buffer_append_text(out, "&#39;");
            break;
        default:
            return;
        }
        text++;
    }
}

static const struct html_value *find_value(const struct html_value *values, const char *name,
                                           size_t name_size) {
    for (const struct html_value *value = values; value->name != NULL; value++) {
        if (strlen(value->name) == name_size && memcmp(value->name, name, name_size) == 0)
            return value;
    }
    return NULL;
}

static void append_value(struct text_buffer *out, const struct html_value *value, bool raw) {
    if (value->text == NULL)
        return;
    if (raw)
        text_buffer_append_text(out, value->text);
    else
        html_escape(out, value->text);
}

void html_fill(struct text_buffer *out, const struct embedded_file *page, const struct html_value *values) {
    const char *position = page->bytes;
    const char *end = page->bytes + page->size;
    while (position < end) {
        const char *open = memmem(position, (size_t)(end - position), "{{", 2);
        const char *close = open != NULL ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        if (close == NULL)
            break;
        text_buffer_append(out, position, (size_t)(open - position));
        const char *name = open + 2;
        bool raw = *name == '&';
        name += raw;
        const struct html_value *value = find_value(values, name, (size_t)(close - name));
        if (value != NULL)
            append_value(out, value, raw);
        else
            text_buffer_append(out, open, (size_t)(close + 2 - open));
        position = close + 2;
    }
    text_buffer_append(out, position, (size_t)(end - position));
}
