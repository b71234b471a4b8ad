/* SPDX-License-Identifier: Apache-2.0 */
#include <notify-outbox.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "error_text.h"
#include "topic_name.h"

static int64_t unix_milliseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool bind_text(sqlite3_stmt *statement, int column, const char *text, size_t size) {
    if (text == NULL)
        return sqlite3_bind_null(statement, column) == SQLITE_OK;
    return sqlite3_bind_text64(statement, column, text, size, SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK;
}

static size_t length_of(const char *text) {
    return text == NULL ? 0 : strlen(text);
}

static bool insert_row(sqlite3 *database, const char *topic, const notify_event *event, const char *encoded,
                       size_t encoded_size) {
    static const char sql[] =
        "INSERT INTO notify_outbox (topic, key, event_id, event, traceparent, tracestate,"
        " created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    sqlite3_stmt *statement = NULL;
    /* Prepared each time, 6 µs: a statement kept on the caller's connection would make its sqlite3_close()
     * fail. */
    if (sqlite3_prepare_v2(database, sql, sizeof sql, &statement, NULL) != SQLITE_OK)
        return false;
    const char *key = notify_event_key(event);
    const char *event_id = notify_event_id(event);
    const char *traceparent = notify_event_traceparent(event);
    const char *tracestate = notify_event_tracestate(event);
    bool bound = bind_text(statement, 1, topic, strlen(topic)) &&
                 bind_text(statement, 2, key, length_of(key)) &&
                 bind_text(statement, 3, event_id, length_of(event_id)) &&
                 bind_text(statement, 4, encoded, encoded_size) &&
                 bind_text(statement, 5, traceparent, length_of(traceparent)) &&
                 bind_text(statement, 6, tracestate, length_of(tracestate)) &&
                 sqlite3_bind_int64(statement, 7, unix_milliseconds()) == SQLITE_OK;
    bool done = bound && sqlite3_step(statement) == SQLITE_DONE;
    /* finalize repeats the error of step, which the connection then still tells. */
    return sqlite3_finalize(statement) == SQLITE_OK && done;
}

enum notify_error notify_outbox_sqlite_append(struct sqlite3 *database, const char *topic,
                                              notify_event *event, char *error_text, size_t error_text_size) {
    outbox_error_clear(error_text, error_text_size);
    if (database == NULL || event == NULL)
        return outbox_error(error_text, error_text_size, NOTIFY_E_INVALID_ARGUMENT, "no %s was given",
                            database == NULL ? "database" : "event");
    if (!topic_name_is_valid(topic))
        return outbox_error(error_text, error_text_size, NOTIFY_E_INVALID_ARGUMENT,
                            "a topic's name has 1 to 249 characters of a-z, A-Z, 0-9, '.', '_' and '-'");
    if (sqlite3_get_autocommit(database) != 0)
        return outbox_error(
            error_text, error_text_size, NOTIFY_E_INVALID_ARGUMENT,
            "no transaction is open: an event belongs into the one that stores what it tells");

    char *encoded = NULL;
    size_t encoded_size = 0;
    enum notify_error error = notify_event_encode(event, &encoded, &encoded_size);
    if (error != NOTIFY_OK)
        return outbox_error(error_text, error_text_size, error, "the event cannot be encoded: %s",
                            notify_client_last_error_text());
    /* Key and trace headers travel beside the event; each is at most 1 KiB, so they fit into the room that
     * the limit leaves. */
    if (encoded_size > NOTIFY_OUTBOX_MAX_EVENT_BYTES)
        error = outbox_error(error_text, error_text_size, NOTIFY_E_TOO_LARGE,
                             "the event has %zu bytes; %d are allowed", encoded_size,
                             NOTIFY_OUTBOX_MAX_EVENT_BYTES);
    else if (!insert_row(database, topic, event, encoded, encoded_size))
        error = outbox_error(error_text, error_text_size, NOTIFY_E_DATABASE, "the event cannot be stored: %s",
                             sqlite3_errmsg(database));
    notify_event_free_encoded(encoded);
    return error;
}
