/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_store.h"
#include "common/clock.h"
#include <notify-outbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BUSY_MAX_MS 5000
#define WAL_SIZE_LIMIT_BYTES 67108864

static const char probe_table[] =
    "CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY CHECK (id = 1), probed_ms INTEGER NOT NULL)";

/* The statements that every store has, before the service's own. */
enum { BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, PROBE, OWN_STATEMENTS };

static const char *const common_statements[OWN_STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    /* At once, so that a transaction never has to be upgraded while the relay writes: that fails with
       SQLITE_BUSY. */
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PROBE] = "INSERT OR REPLACE INTO probe (id, probed_ms) VALUES (1, ?1)",
};

struct sqlite_store {
    struct store store; /* first: a store is cast to what it is */
    enum store_access access;
    sqlite3 *database;
    int64_t busy_since_ms;
    size_t statement_count;
    sqlite3_stmt *statements[];
};

static struct sqlite_store *of(struct store *store) {
    return (struct sqlite_store *)(void *)store;
}

static bool fail(struct sqlite_store *sqlite, struct error *error) {
    return error_set(error, "the database failed: %s", sqlite3_errmsg(sqlite->database));
}

/* The relay's transactions take well under a millisecond; SQLite's own handler would soon wait for 100 ms at
 * a time. */
static int wait_while_busy(void *data, int tries) {
    struct sqlite_store *sqlite = data;
    int64_t now_ms = clock_monotonic_ms();
    if (tries == 0)
        sqlite->busy_since_ms = now_ms;
    if (now_ms - sqlite->busy_since_ms > BUSY_MAX_MS)
        return 0;
    struct timespec pause = {.tv_nsec = tries < 20 ? 200000 : 2000000};
    nanosleep(&pause, NULL);
    return 1;
}

/* --- statements --- */

sqlite3_stmt *sqlite_store_statement(struct store *store, size_t index) {
    return of(store)->statements[OWN_STATEMENTS + index];
}

int sqlite_store_changes(struct store *store) {
    return sqlite3_changes(of(store)->database);
}

void sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text) {
    (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

void sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t size) {
    (void)sqlite3_bind_blob64(statement, index, bytes, size, SQLITE_STATIC);
}

void sqlite_done(sqlite3_stmt *statement) {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

bool sqlite_store_run(struct store *store, sqlite3_stmt *statement, struct error *error) {
    bool ok = sqlite3_step(statement) == SQLITE_DONE;
    if (!ok)
        fail(of(store), error);
    sqlite_done(statement);
    return ok;
}

enum store_finding sqlite_store_find(struct store *store, sqlite3_stmt *statement, struct error *error) {
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return STORE_FOUND;
    if (result != SQLITE_DONE)
        fail(of(store), error);
    sqlite_done(statement);
    return result == SQLITE_DONE ? STORE_NOT_FOUND : STORE_FAILED;
}

void sqlite_copy_column(sqlite3_stmt *statement, int column, char *out, size_t size) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text != NULL ? (const char *)text : "");
}

/* --- transactions and events --- */

bool sqlite_store_begin(struct store *store, struct error *error) {
    struct sqlite_store *sqlite = of(store);
    size_t which = sqlite->access == STORE_WRITE ? BEGIN_WRITE : BEGIN_READ;
    return sqlite_store_run(store, sqlite->statements[which], error);
}

bool sqlite_store_commit(struct store *store, struct error *error) {
    return sqlite_store_run(store, of(store)->statements[COMMIT], error);
}

void sqlite_store_rollback(struct store *store) {
    struct sqlite_store *sqlite = of(store);
    struct error ignored;
    /* A full disk or an I/O error has rolled back already. */
    if (sqlite3_get_autocommit(sqlite->database) == 0)
        sqlite_store_run(store, sqlite->statements[ROLLBACK], &ignored);
}

bool sqlite_store_probe(struct store *store, struct error *error) {
    sqlite3_stmt *statement = of(store)->statements[PROBE];
    sqlite3_bind_int64(statement, 1, clock_unix_ms());
    return sqlite_store_run(store, statement, error);
}

enum store_append sqlite_store_append_event(struct store *store, const char *topic, notify_event *event,
                                            struct error *error) {
    char text[512] = "";
    enum notify_error failure =
        notify_outbox_sqlite_append(of(store)->database, topic, event, text, sizeof text);
    if (failure == NOTIFY_OK)
        return STORE_APPENDED;
    error_set(error, "the outbox refused an event: %s",
              text[0] != '\0' ? text : notify_client_error_text(failure));
    return failure == NOTIFY_E_TOO_LARGE ? STORE_TOO_LARGE : STORE_APPEND_FAILED;
}

/* --- opening --- */

void sqlite_store_close(struct store *store) {
    struct sqlite_store *sqlite = of(store);
    for (size_t i = 0; i < sqlite->statement_count; i++)
        sqlite3_finalize(sqlite->statements[i]);
    sqlite3_close(sqlite->database);
    free(sqlite);
}

static bool execute(struct sqlite_store *sqlite, const char *text, struct error *error) {
    if (sqlite3_exec(sqlite->database, text, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return error_set_status(error, EXIT_STATUS_CONFIG, "%s", sqlite3_errmsg(sqlite->database));
}

static bool read_version(struct sqlite_store *sqlite, size_t *version, struct error *error) {
    sqlite3_stmt *statement = NULL;
    bool ok =
        sqlite3_prepare_v2(sqlite->database, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW;
    if (ok)
        *version = (size_t)sqlite3_column_int(statement, 0);
    else
        error_set_status(error, EXIT_STATUS_CONFIG, "%s", sqlite3_errmsg(sqlite->database));
    sqlite3_finalize(statement);
    return ok;
}

/* In one transaction: two processes may open a new file at once. */
static bool migrate(struct sqlite_store *sqlite, const struct sqlite_schema *schema, struct error *error) {
    size_t version = 0;
    char text[256] = "";
    char set_version[64];
    if (!execute(sqlite, "BEGIN IMMEDIATE", error) || !read_version(sqlite, &version, error))
        return false;
    if (version > schema->migration_count)
        return error_set_status(error, EXIT_STATUS_CONFIG,
                                "it was written by a newer version (schema %zu, this is %zu)", version,
                                schema->migration_count);
    for (; version < schema->migration_count; version++) {
        if (!execute(sqlite, schema->migrations[version], error))
            return false;
    }
    if (notify_outbox_sqlite_create_schema(sqlite->database, text, sizeof text) != NOTIFY_OK)
        return error_set_status(error, EXIT_STATUS_CONFIG, "%s", text);
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %zu; COMMIT", version);
    return execute(sqlite, probe_table, error) && execute(sqlite, set_version, error);
}

static bool prepare_all(struct sqlite_store *sqlite, const struct sqlite_schema *schema,
                        struct error *error) {
    for (size_t i = 0; i < sqlite->statement_count; i++) {
        const char *text = i < OWN_STATEMENTS ? common_statements[i] : schema->statements[i - OWN_STATEMENTS];
        if (sqlite3_prepare_v3(sqlite->database, text, -1, SQLITE_PREPARE_PERSISTENT, &sqlite->statements[i],
                               NULL) != SQLITE_OK)
            return error_set_status(error, EXIT_STATUS_CONFIG, "%s", sqlite3_errmsg(sqlite->database));
    }
    return true;
}

/* Readers take no lock in WAL mode, so that a status is read while others are committed. synchronous=FULL:
 * 202 says that what was accepted survives a power cut. */
static bool configure(struct sqlite_store *sqlite, const struct sqlite_schema *schema, struct error *error) {
    char limit[64];
    snprintf(limit, sizeof limit, "PRAGMA journal_size_limit = %d", WAL_SIZE_LIMIT_BYTES);
    sqlite3_busy_handler(sqlite->database, wait_while_busy, sqlite);
    sqlite3_extended_result_codes(sqlite->database, 1);
    if (sqlite->access == STORE_WRITE && sqlite3_db_readonly(sqlite->database, "main") == 1)
        return error_set_status(error, EXIT_STATUS_CONFIG, "it cannot be written to");
    return execute(sqlite, "PRAGMA journal_mode = WAL", error) &&
           execute(sqlite, "PRAGMA synchronous = FULL", error) && execute(sqlite, limit, error) &&
           (sqlite->access == STORE_READ || migrate(sqlite, schema, error)) &&
           prepare_all(sqlite, schema, error);
}

bool sqlite_store_open(struct store **store_out, const char *path, enum store_access access,
                       const struct store_operations *operations, const struct sqlite_schema *schema,
                       struct error *error) {
    size_t statement_count = OWN_STATEMENTS + schema->statement_count;
    struct sqlite_store *sqlite = calloc(1, sizeof *sqlite + statement_count * sizeof sqlite->statements[0]);
    if (sqlite == NULL)
        return error_set(error, "no memory");
    sqlite->store.operations = operations;
    sqlite->access = access;
    sqlite->statement_count = statement_count;
    /* NOMUTEX: one thread has the connection. Read-only would not do for a reader: it takes part in the WAL
     * index. */
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (access == STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
    bool ok = sqlite3_open_v2(path, &sqlite->database, flags, NULL) == SQLITE_OK;
    if (!ok)
        error_set_status(error, EXIT_STATUS_CONFIG, "%s",
                         sqlite->database != NULL ? sqlite3_errmsg(sqlite->database) : "no memory");
    if (!ok || !configure(sqlite, schema, error)) {
        sqlite_store_close(&sqlite->store);
        return error_prefix(error, "the database %s cannot be used", path);
    }
    *store_out = &sqlite->store;
    return true;
}
