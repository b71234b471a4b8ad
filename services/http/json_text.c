/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"
#include "common/utf8.h"
#include <string.h>

void json_text_append(struct text_buffer *out, const char *text) {
    size_t size = strlen(text), length;
    text_buffer_append_byte(out, '"');
    for (size_t at = 0; at < size; at += length) {
        uint32_t code_point = 0;
        length = utf8_decode(text + at, size - at, &code_point);
        if (length == 0) {
            text_buffer_append_text(out, "\xEF\xBF\xBD");
            length = 1;
        } else if (code_point == '"' || code_point == '\\') {
            text_buffer_append_byte(out, '\\');
            text_buffer_append_byte(out, text[at]);
        } else if (code_point < 0x20) {
            text_buffer_append_format(out, "\\u%04x", (unsigned)code_point);
        } else {
            text_buffer_append(out, text + at, length);
        }
    }
    text_buffer_append_byte(out, '"');
}
