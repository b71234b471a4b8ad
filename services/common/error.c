/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void set_text(struct error *error, const char *format,
                                                           va_list arguments) {
    /* By way of a second buffer: an argument may be the error's own text. */
    char text[sizeof error->text];
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        snprintf(text, sizeof text, "an error whose text could not be formatted");
    memcpy(error->text, text, strlen(text) + 1);
}

bool error_set(struct error *error, const char *format, ...) {
    if (error == NULL)
        return false;
    va_list arguments;
    va_start(arguments, format);
    set_text(error, format, arguments);
    va_end(arguments);
    error->exit_status = EXIT_STATUS_INTERNAL;
    return false;
}

bool error_set_status(struct error *error, enum exit_status status, const char *format, ...) {
    if (error == NULL)
        return false;
    va_list arguments;
    va_start(arguments, format);
    set_text(error, format, arguments);
    va_end(arguments);
    error->exit_status = status;
    return false;
}

bool error_prefix(struct error *error, const char *format, ...) {
    if (error == NULL)
        return false;
    char prefix[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(prefix, sizeof prefix - 2, format, arguments);
    va_end(arguments);
    if (length < 0)
        return false;
    size_t prefix_size = strlen(prefix);
    memcpy(prefix + prefix_size, ": ", 3);
    prefix_size += 2;

    size_t text_size = strlen(error->text);
    if (text_size > sizeof error->text - 1 - prefix_size)
        text_size = sizeof error->text - 1 - prefix_size;
    memmove(error->text + prefix_size, error->text, text_size);
    memcpy(error->text, prefix, prefix_size);
    error->text[prefix_size + text_size] = '\0';
    return false;
}
