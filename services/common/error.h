/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, in one plain sentence, on its way up to someone who can act. Functions that can fail for a
 * reason worth telling return bool and take a struct error as their last parameter.
 */
#ifndef NOTIFY_COMMON_ERROR_H
#define NOTIFY_COMMON_ERROR_H

#include <stdbool.h>

/* sysexits.h numbers; the whole list is in the README. */
enum exit_status {
    EXIT_STATUS_OK = 0,
    EXIT_STATUS_USAGE = 64,
    EXIT_STATUS_UNAVAILABLE = 69,
    EXIT_STATUS_INTERNAL = 70,
    EXIT_STATUS_CONFIG = 78,
};

struct error {
    enum exit_status exit_status; /* how a process ends that cannot go on: EXIT_STATUS_INTERNAL unless set */
    char text[1024];
};

/* Sets the text and returns false, so that a caller can return error_set(...). A NULL error is passed over.
 */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool error_set_status(struct error *error, enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "prefix: " before the text that is there, and returns false. */
bool error_prefix(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
