/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"

void json_text_append(struct text_buffer *out, const char *text) {
    text_buffer_append_byte(out, '"');
    for (const unsigned char *byte = (const unsigned char *)text; *byte != '\0'; byte++) {
        if (*byte == '"' || *byte == '\\') {
            text_buffer_append_byte(out, '\\');
            text_buffer_append_byte(out, (char)*byte);
        } else if (*byte < 0x20) {
            text_buffer_append_format(out, "\\u%04x", *byte);
        } else {
            text_buffer_append_byte(out, (char)*byte);
        }
    }
    text_buffer_append_byte(out, '"');
}
