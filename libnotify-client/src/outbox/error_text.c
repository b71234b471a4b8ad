/* SPDX-License-Identifier: Apache-2.0 */
#include "error_text.h"

#include <stdarg.h>
#include <stdio.h>

enum notify_error outbox_error(char *text, size_t text_size, enum notify_error error, const char *format,
                               ...) {
    if (text == NULL || text_size == 0)
        return error;
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(text, text_size, format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);
    return error;
}

void outbox_error_clear(char *text, size_t text_size) {
    if (text != NULL && text_size > 0)
        text[0] = '\0';
}
