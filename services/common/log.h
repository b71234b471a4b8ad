/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs: one JSON object a line (or key=value text) on standard error, never a password, token or full
 * address. Any thread may log. A line is written with one write(2), so lines of threads never mix, and has at
 * most PIPE_BUF (4,096) bytes: a text is cut after 1,024 with "…", fields that do not fit are left out and
 * "truncated":true is added. A standard error that takes nothing for 100 ms loses the line; the next one
 * tells how many ("log_lines_lost").
 *
 *   log_info("mail accepted", LOG_FIELDS(log_text("event_id", id), log_integer("attempt", 2)));
 *   log_warning("no broker can be reached", NULL);
 */
#ifndef NOTIFY_COMMON_LOG_H
#define NOTIFY_COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };
enum log_format { LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

struct log_field {
    const char *key; /* NULL ends a list */
    enum { LOG_FIELD_TEXT, LOG_FIELD_INTEGER, LOG_FIELD_NUMBER, LOG_FIELD_BOOLEAN, LOG_FIELD_ADDRESS } kind;
    union {
        const char *text;
        int64_t integer;
        double number;
        bool boolean;
    } value;
};

#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__, {.key = NULL}})

static inline struct log_field log_text(const char *key, const char *text) {
    return (struct log_field){.key = key, .kind = LOG_FIELD_TEXT, .value.text = text};
}
static inline struct log_field log_integer(const char *key, int64_t integer) {
    return (struct log_field){.key = key, .kind = LOG_FIELD_INTEGER, .value.integer = integer};
}
static inline struct log_field log_number(const char *key, double number) {
    return (struct log_field){.key = key, .kind = LOG_FIELD_NUMBER, .value.number = number};
}
static inline struct log_field log_boolean(const char *key, bool boolean) {
    return (struct log_field){.key = key, .kind = LOG_FIELD_BOOLEAN, .value.boolean = boolean};
}
/* A mail address, written as "a***@example.org": enough to help a user, too little to leak one. */
static inline struct log_field log_address(const char *key, const char *address) {
    return (struct log_field){.key = key, .kind = LOG_FIELD_ADDRESS, .value.text = address};
}

/* Before the first call: level info, format json, service "notify". service is kept, not copied. */
void log_configure(const char *service, enum log_level level, enum log_format format);
bool log_enabled(enum log_level level);
/* fields may be NULL. A NULL text is left out. errno is kept. */
void log_write(enum log_level level, const char *message, const struct log_field *fields);
/* A log line for each line of text: the sentences of settings_load's error. */
void log_lines(enum log_level level, const char *text);

#define log_error(message, fields) log_write(LOG_LEVEL_ERROR, message, fields)
#define log_warning(message, fields) log_write(LOG_LEVEL_WARNING, message, fields)
#define log_info(message, fields) log_write(LOG_LEVEL_INFO, message, fields)
#define log_debug(message, fields)                                                                           \
    do {                                                                                                     \
        if (log_enabled(LOG_LEVEL_DEBUG))                                                                    \
            log_write(LOG_LEVEL_DEBUG, message, fields);                                                     \
    } while (0)

#endif
