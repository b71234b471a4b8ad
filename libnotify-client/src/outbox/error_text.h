/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that goes with an error, in the caller's buffer. */
#ifndef NOTIFY_OUTBOX_ERROR_TEXT_H
#define NOTIFY_OUTBOX_ERROR_TEXT_H

#include <notify-client.h>

/* Formats into text, which may be NULL, and returns error, so that a caller can return outbox_error(...). */
enum notify_error outbox_error(char *text, size_t text_size, enum notify_error error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "" from the start: a caller that prints the text after a success, or an error without words, prints
 * nothing. */
void outbox_error_clear(char *text, size_t text_size);

#endif
