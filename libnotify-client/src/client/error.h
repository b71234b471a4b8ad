/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of the library: a code for the program, a sentence for people. */
#ifndef NOTIFY_CLIENT_ERROR_H
#define NOTIFY_CLIENT_ERROR_H

#include <notify-client.h>

/* Keeps the sentence as the thread's last error and returns the code, so that a caller can return
 * notify_fail(…). */
enum notify_error notify_fail(enum notify_error error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The failure that needs no further words. */
enum notify_error notify_fail_no_memory(void);

/* When error is one, copies the thread's last sentence to error_text (may be NULL). Returns error. */
enum notify_error notify_tell(enum notify_error error, char *error_text, size_t error_text_size);

#endif
