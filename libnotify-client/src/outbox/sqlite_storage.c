/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_storage.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "error_text.h"

/* The patience of one call. The relay publishes nothing meanwhile, so it is short: what was not settled is
 * tried again. */
#define BUSY_TIMEOUT_MS 100

enum statement {
    DATA_VERSION,
    NEXT_TOPIC,
    COUNT,
    OLDEST,
    COUNT_FAILED,
    READ,
    READ_ONE,
    BEGIN,
    DELETE,
    FAIL,
    COMMIT,
    ROLLBACK,
    STATEMENTS
};

#define ROW_COLUMNS "id, event_id, key, event, traceparent, tracestate"
#define PENDING " FROM notify_outbox WHERE failure IS NULL AND topic "

static const char *const statement_sql[STATEMENTS] = {
    [DATA_VERSION] = "PRAGMA data_version",
    [NEXT_TOPIC] = "SELECT topic" PENDING "> ?1 ORDER BY topic LIMIT 1",
    [COUNT] = "SELECT count(*), max(id)" PENDING "= ?1 AND id > ?2",
    [OLDEST] = "SELECT created_ms" PENDING "= ?1 ORDER BY id LIMIT 1",
    [COUNT_FAILED] = "SELECT count(*) FROM notify_outbox WHERE failure IS NOT NULL",
    [READ] = "SELECT " ROW_COLUMNS PENDING "= ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    [READ_ONE] = "SELECT " ROW_COLUMNS " FROM notify_outbox WHERE id = ?1 AND failure IS NULL",
    [BEGIN] = "BEGIN IMMEDIATE",
    [DELETE] = "DELETE FROM notify_outbox WHERE id = ?1",
    [FAIL] = "UPDATE notify_outbox SET failure = ?2, failed_ms = ?3 WHERE id = ?1",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
};

struct sqlite_storage {
    struct storage base;
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS];
    int64_t data_version; /* -1: not read yet. */
};

static struct sqlite_storage *from_base(struct storage *storage) {
    return (struct sqlite_storage *)storage;
}

static enum storage_result failed(struct sqlite_storage *storage, int code) {
    snprintf(storage->base.error_text, sizeof storage->base.error_text, "%s",
             sqlite3_errmsg(storage->database));
    int primary = code & 0xff;
    return primary == SQLITE_BUSY || primary == SQLITE_LOCKED ? STORAGE_BUSY : STORAGE_FAILED;
}

/* Reset also ends the read transaction, so that the log can be checkpointed. Its error is the one that step
 * told already. */
static enum storage_result finish(struct sqlite_storage *storage, sqlite3_stmt *statement, int code) {
    enum storage_result result =
        code == SQLITE_ROW || code == SQLITE_DONE ? STORAGE_OK : failed(storage, code);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

static enum storage_result run(struct sqlite_storage *storage, enum statement which) {
    sqlite3_stmt *statement = storage->statements[which];
    return finish(storage, statement, sqlite3_step(statement));
}

static enum storage_result changed(struct storage *base, bool *changed_out) {
    struct sqlite_storage *storage = from_base(base);
    sqlite3_stmt *statement = storage->statements[DATA_VERSION];
    int code = sqlite3_step(statement);
    *changed_out = false;
    if (code == SQLITE_ROW) {
        int64_t version = sqlite3_column_int64(statement, 0);
        *changed_out = version != storage->data_version;
        storage->data_version = version;
    }
    return finish(storage, statement, code);
}

static int bind_topic(sqlite3_stmt *statement, const char *topic) {
    return sqlite3_bind_text(statement, 1, topic, -1, SQLITE_STATIC);
}

static enum storage_result next_topic(struct storage *base, const char *after,
                                      char topic_out[STORAGE_TOPIC_SIZE]) {
    struct sqlite_storage *storage = from_base(base);
    sqlite3_stmt *statement = storage->statements[NEXT_TOPIC];
    topic_out[0] = '\0';
    int code = bind_topic(statement, after);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const unsigned char *topic = sqlite3_column_text(statement, 0);
        if (topic == NULL)
            code = SQLITE_NOMEM;
        else
            snprintf(topic_out, STORAGE_TOPIC_SIZE, "%s", (const char *)topic);
    }
    return finish(storage, statement, code);
}

static enum storage_result count(struct storage *base, const char *topic, int64_t after_id,
                                 int64_t *count_out, int64_t *last_id_out) {
    struct sqlite_storage *storage = from_base(base);
    sqlite3_stmt *statement = storage->statements[COUNT];
    int code = bind_topic(statement, topic);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(statement, 2, after_id);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *count_out = 0;
    *last_id_out = after_id;
    if (code == SQLITE_ROW && sqlite3_column_int64(statement, 0) > 0) {
        *count_out = sqlite3_column_int64(statement, 0);
        *last_id_out = sqlite3_column_int64(statement, 1);
    }
    return finish(storage, statement, code);
}

static enum storage_result oldest(struct storage *base, const char *topic, int64_t *created_ms_out) {
    struct sqlite_storage *storage = from_base(base);
    sqlite3_stmt *statement = storage->statements[OLDEST];
    int code = bind_topic(statement, topic);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *created_ms_out = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return finish(storage, statement, code);
}

static enum storage_result count_failed(struct storage *base, int64_t *count_out) {
    struct sqlite_storage *storage = from_base(base);
    sqlite3_stmt *statement = storage->statements[COUNT_FAILED];
    int code = sqlite3_step(statement);
    *count_out = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return finish(storage, statement, code);
}

/* A NULL where the table has NOT NULL can only mean that SQLite found no memory for the text. */
static bool fill_row(sqlite3_stmt *statement, struct storage_row *row) {
    row->id = sqlite3_column_int64(statement, 0);
    row->event_id = (const char *)sqlite3_column_text(statement, 1);
    row->key = (const char *)sqlite3_column_text(statement, 2);
    row->event = (const char *)sqlite3_column_text(statement, 3);
    row->event_size = (size_t)sqlite3_column_bytes(statement, 3);
    row->traceparent = (const char *)sqlite3_column_text(statement, 4);
    row->tracestate = (const char *)sqlite3_column_text(statement, 5);
    bool key_is_whole = row->key != NULL || sqlite3_column_type(statement, 2) == SQLITE_NULL;
    return row->event_id != NULL && row->event != NULL && key_is_whole;
}

static enum storage_result read_rows(struct storage *base, const char *topic, int64_t after_id, int limit,
                                     storage_visit visit, void *visit_data, bool *exhausted_out) {
    struct sqlite_storage *storage = from_base(base);
    sqlite3_stmt *statement = storage->statements[READ];
    *exhausted_out = false;
    int code = bind_topic(statement, topic);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(statement, 2, after_id);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int(statement, 3, limit);
    if (code != SQLITE_OK)
        return finish(storage, statement, code);
    int visited = 0;
    bool go_on = true;
    while (go_on && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct storage_row row;
        if (!fill_row(statement, &row))
            return finish(storage, statement, SQLITE_NOMEM);
        visited++;
        go_on = visit(&row, visit_data);
    }
    *exhausted_out = go_on && code == SQLITE_DONE && visited < limit;
    return finish(storage, statement, code);
}

static enum storage_result read_one(struct storage *base, int64_t id, storage_visit visit, void *visit_data,
                                    bool *found_out) {
    struct sqlite_storage *storage = from_base(base);
    sqlite3_stmt *statement = storage->statements[READ_ONE];
    *found_out = false;
    int code = sqlite3_bind_int64(statement, 1, id);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct storage_row row;
        if (!fill_row(statement, &row))
            return finish(storage, statement, SQLITE_NOMEM);
        *found_out = true;
        visit(&row, visit_data);
    }
    return finish(storage, statement, code);
}

static int64_t unix_milliseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum storage_result settle_one(struct sqlite_storage *storage, const struct settlement *settlement) {
    enum statement which = settlement->failure == NULL ? DELETE : FAIL;
    sqlite3_stmt *statement = storage->statements[which];
    int code = sqlite3_bind_int64(statement, 1, settlement->id);
    if (code == SQLITE_OK && which == FAIL)
        code = sqlite3_bind_text(statement, 2, settlement->failure, -1, SQLITE_STATIC);
    if (code == SQLITE_OK && which == FAIL)
        code = sqlite3_bind_int64(statement, 3, unix_milliseconds());
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    return finish(storage, statement, code);
}

static enum storage_result settle(struct storage *base, const struct settlement *settlements,
                                  size_t count_given) {
    struct sqlite_storage *storage = from_base(base);
    enum storage_result result = run(storage, BEGIN);
    if (result != STORAGE_OK)
        return result;
    for (size_t i = 0; i < count_given && result == STORAGE_OK; i++)
        result = settle_one(storage, &settlements[i]);
    if (result == STORAGE_OK)
        result = run(storage, COMMIT);
    /* A full disk or an I/O error has rolled back already; ROLLBACK would then only hide the first error's
     * words. */
    if (result != STORAGE_OK && sqlite3_get_autocommit(storage->database) == 0) {
        sqlite3_step(storage->statements[ROLLBACK]);
        sqlite3_reset(storage->statements[ROLLBACK]);
    }
    return result;
}

static void close_storage(struct storage *base) {
    struct sqlite_storage *storage = from_base(base);
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(storage->statements[i]);
    sqlite3_close(storage->database);
    free(storage);
}

static const struct storage_operations sqlite_operations = {
    .changed = changed,
    .next_topic = next_topic,
    .count = count,
    .oldest = oldest,
    .count_failed = count_failed,
    .read = read_rows,
    .read_one = read_one,
    .settle = settle,
    .close = close_storage,
};

static bool is_write_ahead_log(sqlite3 *database) {
    sqlite3_stmt *statement = NULL;
    bool is_wal = false;
    if (sqlite3_prepare_v2(database, "PRAGMA journal_mode", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        const char *mode = (const char *)sqlite3_column_text(statement, 0);
        is_wal = mode != NULL && strcmp(mode, "wal") == 0;
    }
    sqlite3_finalize(statement);
    return is_wal;
}

/*
 * synchronous=NORMAL: a deletion that a power cut takes back is a row that is published again with the same
 * event id, which the promise allows; waiting for the disk would make the application's own commits wait for
 * the lock. Only with a write-ahead log, where NORMAL cannot harm the file. secure_delete: events carry
 * secrets such as confirmation links, which leave the file with the row.
 */
static int configure(sqlite3 *database) {
    int code = sqlite3_busy_timeout(database, BUSY_TIMEOUT_MS);
    if (code == SQLITE_OK && is_write_ahead_log(database))
        code = sqlite3_exec(database, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(database, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
    return code;
}

static int prepare_statements(struct sqlite_storage *storage) {
    int code = SQLITE_OK;
    for (size_t i = 0; i < STATEMENTS && code == SQLITE_OK; i++)
        code = sqlite3_prepare_v3(storage->database, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &storage->statements[i], NULL);
    return code;
}

enum notify_error sqlite_storage_open(struct storage **storage_out, const char *path, char *error_text,
                                      size_t error_text_size) {
    struct sqlite_storage *storage = calloc(1, sizeof *storage);
    if (storage == NULL)
        return outbox_error(error_text, error_text_size, NOTIFY_E_NO_MEMORY, "out of memory");
    storage->base.operations = &sqlite_operations;
    storage->data_version = -1;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int code = sqlite3_open_v2(path, &storage->database, flags, NULL);
    if (code == SQLITE_OK)
        code = configure(storage->database);
    if (code == SQLITE_OK)
        code = prepare_statements(storage);
    if (code != SQLITE_OK) {
        enum notify_error error =
            outbox_error(error_text, error_text_size, NOTIFY_E_DATABASE,
                         "the outbox in %s cannot be opened: %s", path, sqlite3_errmsg(storage->database));
        close_storage(&storage->base);
        return error;
    }
    *storage_out = &storage->base;
    return NOTIFY_OK;
}
