/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"

#include "utf8.h"
#include <string.h>

static bool is_plain(char byte) {
    return (unsigned char)byte >= 0x20 && (unsigned char)byte < 0x7F && byte != '"' && byte != '\\';
}

/* Nearly all text is plain: it goes over in one piece. */
static size_t append_plain(struct text_buffer *out, const char *text) {
    size_t size = 0;
    while (is_plain(text[size]))
        size++;
    text_buffer_append(out, text, size);
    return size;
}

static size_t append_character(struct text_buffer *out, const char *text, size_t size) {
    uint32_t code_point = 0;
    size_t length = utf8_decode(text, size, &code_point);
    if (length == 0) {
        text_buffer_append_text(out, "\xEF\xBF\xBD");
        return 1;
    }
    if (code_point == '"' || code_point == '\\')
        text_buffer_append_format(out, "\\%c", (char)code_point);
    else if (utf8_is_control(code_point))
        text_buffer_append_format(out, "\\u%04x", (unsigned)code_point);
    else
        text_buffer_append(out, text, length);
    return length;
}

void json_text_append(struct text_buffer *out, const char *text) {
    size_t size = strlen(text), at = 0;
    text_buffer_append_byte(out, '"');
    for (;;) {
        at += append_plain(out, text + at);
        if (at == size)
            break;
        at += append_character(out, text + at, size - at);
    }
    text_buffer_append_byte(out, '"');
}
