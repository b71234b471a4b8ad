/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char last_error_text[512];

static const struct {
    const char *name;
    const char *text;
} errors[] = {
    [NOTIFY_OK] = {"NOTIFY_OK", "no error"},
    [NOTIFY_E_NO_MEMORY] = {"NOTIFY_E_NO_MEMORY", "out of memory"},
    [NOTIFY_E_INVALID_ARGUMENT] = {"NOTIFY_E_INVALID_ARGUMENT", "an argument is missing or malformed"},
    [NOTIFY_E_INVALID_CONFIG] = {"NOTIFY_E_INVALID_CONFIG", "a configuration property is not accepted"},
    [NOTIFY_E_INVALID_EVENT] = {"NOTIFY_E_INVALID_EVENT", "the event lacks or breaks an attribute"},
    [NOTIFY_E_TOO_LARGE] = {"NOTIFY_E_TOO_LARGE", "the event is larger than Kafka accepts"},
    [NOTIFY_E_QUEUE_FULL] = {"NOTIFY_E_QUEUE_FULL", "the queue of events that wait for delivery is full"},
    [NOTIFY_E_TIMED_OUT] = {"NOTIFY_E_TIMED_OUT", "the time given was over"},
    [NOTIFY_E_UNKNOWN_TOPIC] = {"NOTIFY_E_UNKNOWN_TOPIC", "the Kafka cluster has no such topic"},
    [NOTIFY_E_NOT_AUTHORIZED] = {"NOTIFY_E_NOT_AUTHORIZED", "Kafka refused the credentials or the access"},
    [NOTIFY_E_NOT_DELIVERED] = {"NOTIFY_E_NOT_DELIVERED", "the event was not stored"},
    [NOTIFY_E_POSSIBLY_DELIVERED] = {"NOTIFY_E_POSSIBLY_DELIVERED",
                                     "the reply was lost, the event may or may not be stored"},
    [NOTIFY_E_CLOSED] = {"NOTIFY_E_CLOSED", "the client is being freed"},
    [NOTIFY_E_SYSTEM] = {"NOTIFY_E_SYSTEM", "an operating system call failed"},
    [NOTIFY_E_DATABASE] = {"NOTIFY_E_DATABASE", "the database refused"},
    [NOTIFY_E_LOCKED] = {"NOTIFY_E_LOCKED", "another relay has the lock of this outbox"},
};

#define ERROR_COUNT (sizeof errors / sizeof errors[0])

const char *notify_client_error_name(enum notify_error error) {
    return (size_t)error < ERROR_COUNT ? errors[error].name : "NOTIFY_E_UNKNOWN";
}

const char *notify_client_error_text(enum notify_error error) {
    return (size_t)error < ERROR_COUNT ? errors[error].text : "an error that this version does not know";
}

const char *notify_client_last_error_text(void) {
    return last_error_text;
}

const char *notify_client_version(void) {
    return NOTIFY_VERSION;
}

enum notify_error notify_fail(enum notify_error error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(last_error_text, sizeof last_error_text, format, arguments);
    va_end(arguments);
    return error;
}

enum notify_error notify_fail_no_memory(void) {
    return notify_fail(NOTIFY_E_NO_MEMORY, "%s", notify_client_error_text(NOTIFY_E_NO_MEMORY));
}

enum notify_error notify_tell(enum notify_error error, char *error_text, size_t error_text_size) {
    if (error != NOTIFY_OK && error_text != NULL && error_text_size > 0)
        snprintf(error_text, error_text_size, "%s", last_error_text);
    return error;
}
