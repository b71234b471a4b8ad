/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "store.h"
#include <notify-outbox.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCHEMA_VERSION 1
#define BUSY_MAX_MS 5000
#define WAL_SIZE_LIMIT_BYTES 67108864

/* address: one row for each address ever signed up, what cooldown and confirmation go by.
 * signup: one row for each accepted POST. mail_state: 0 pending, 1 sent, 2 failed, joined by mail_event_id.
 */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS address ("
    " address_key TEXT PRIMARY KEY, confirmed_at_ms INTEGER, mailed_at_ms INTEGER NOT NULL DEFAULT 0,"
    " mailed_signup_id TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS signup ("
    " id TEXT PRIMARY KEY, address_key TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL, locale TEXT "
    "NOT NULL,"
    " shown_id TEXT NOT NULL, mail_event_id TEXT NOT NULL, mail_state INTEGER NOT NULL DEFAULT 0,"
    " token_hash BLOB NOT NULL, token_expires_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " confirmed_at_ms INTEGER) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX IF NOT EXISTS signup_token_hash ON signup (token_hash);"
    "CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY CHECK (id = 1), probed_ms INTEGER NOT NULL);";

enum statement {
    BEGIN_READ,
    BEGIN_WRITE,
    COMMIT,
    ROLLBACK,
    PROBE,
    CLAIM_ADDRESS,
    FIND_ADDRESS,
    UPDATE_ADDRESS,
    CONFIRM_ADDRESS,
    INSERT_SIGNUP,
    CONFIRM_SIGNUP,
    FIND_TOKEN,
    FIND_STATE,
    STATEMENT_COUNT,
};

static const char *const statement_texts[STATEMENT_COUNT] = {
    [BEGIN_READ] = "BEGIN",
    /* At once, so that a transaction never has to be upgraded while the relay writes: that fails with
       SQLITE_BUSY. */
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PROBE] = "INSERT OR REPLACE INTO probe (id, probed_ms) VALUES (1, ?1)",
    [CLAIM_ADDRESS] = "INSERT INTO address (address_key) VALUES (?1) ON CONFLICT DO NOTHING",
    [FIND_ADDRESS] = "SELECT confirmed_at_ms IS NOT NULL, mailed_at_ms, mailed_signup_id FROM address"
                     " WHERE address_key = ?1",
    [UPDATE_ADDRESS] = "UPDATE address SET mailed_at_ms = ?2, mailed_signup_id = ?3 WHERE address_key = ?1",
    [CONFIRM_ADDRESS] = "UPDATE address SET confirmed_at_ms = ?2 WHERE address_key = ?1",
    [INSERT_SIGNUP] =
        "INSERT INTO signup (id, address_key, email, name, locale, shown_id, mail_event_id, token_hash,"
        " token_expires_ms, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [CONFIRM_SIGNUP] = "UPDATE signup SET confirmed_at_ms = ?2 WHERE id = ?1",
    [FIND_TOKEN] = "SELECT s.id, s.address_key, s.email, s.name, s.locale, s.token_expires_ms,"
                   " s.confirmed_at_ms IS NOT NULL, a.confirmed_at_ms IS NOT NULL"
                   " FROM signup s JOIN address a ON a.address_key = s.address_key WHERE s.token_hash = ?1",
    [FIND_STATE] = "SELECT s.confirmed_at_ms IS NOT NULL, m.mail_state"
                   " FROM signup s JOIN signup m ON m.id = s.shown_id WHERE s.id = ?1",
};

struct store_sqlite {
    struct store store; /* first: a store is cast to what it is */
    enum store_access access;
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    int64_t busy_since_ms;
};

static struct store_sqlite *of(struct store *store) {
    return (struct store_sqlite *)(void *)store;
}

static bool fail(struct store_sqlite *sqlite, struct error *error) {
    return error_set(error, "the database failed: %s", sqlite3_errmsg(sqlite->database));
}

/* The relay's transactions take well under a millisecond; SQLite's own handler would soon wait for 100 ms at
 * a time. */
static int wait_while_busy(void *data, int tries) {
    struct store_sqlite *sqlite = data;
    int64_t now_ms = clock_monotonic_ms();
    if (tries == 0)
        sqlite->busy_since_ms = now_ms;
    if (now_ms - sqlite->busy_since_ms > BUSY_MAX_MS)
        return 0;
    struct timespec pause = {.tv_nsec = tries < 20 ? 200000 : 2000000};
    nanosleep(&pause, NULL);
    return 1;
}

/* --- statements
 * --------------------------------------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *statement, int index, const char *text) {
    /* Without memory the parameter stays NULL, which the NOT NULL columns refuse: the step reports it. */
    (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

/* Runs a statement that returns no rows. */
static bool run(struct store_sqlite *sqlite, sqlite3_stmt *statement, struct error *error) {
    bool ok = sqlite3_step(statement) == SQLITE_DONE;
    if (!ok)
        fail(sqlite, error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return ok;
}

/* Whether there is a row; on STORE_FOUND the caller reads it and then calls done(). */
static enum store_finding find(struct store_sqlite *sqlite, sqlite3_stmt *statement, struct error *error) {
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return STORE_FOUND;
    if (result != SQLITE_DONE)
        fail(sqlite, error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result == SQLITE_DONE ? STORE_NOT_FOUND : STORE_FAILED;
}

static void done(sqlite3_stmt *statement) {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static void copy_column(sqlite3_stmt *statement, int column, char *out, size_t size) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text != NULL ? (const char *)text : "");
}

/* --- transactions
 * ------------------------------------------------------------------------------------------- */

static bool sqlite_begin(struct store *store, struct error *error) {
    struct store_sqlite *sqlite = of(store);
    return run(sqlite, sqlite->statements[sqlite->access == STORE_WRITE ? BEGIN_WRITE : BEGIN_READ], error);
}

static bool sqlite_commit(struct store *store, struct error *error) {
    return run(of(store), of(store)->statements[COMMIT], error);
}

static void sqlite_rollback(struct store *store) {
    struct store_sqlite *sqlite = of(store);
    struct error ignored;
    /* A full disk or an I/O error has rolled back already. */
    if (sqlite3_get_autocommit(sqlite->database) == 0)
        run(sqlite, sqlite->statements[ROLLBACK], &ignored);
}

static bool sqlite_probe(struct store *store, struct error *error) {
    struct store_sqlite *sqlite = of(store);
    sqlite3_bind_int64(sqlite->statements[PROBE], 1, clock_unix_ms());
    return run(sqlite, sqlite->statements[PROBE], error);
}

/* --- rows
 * --------------------------------------------------------------------------------------------------- */

static bool sqlite_claim_address(struct store *store, const char *key, struct address_record *address,
                                 struct error *error) {
    struct store_sqlite *sqlite = of(store);
    bind_text(sqlite->statements[CLAIM_ADDRESS], 1, key);
    if (!run(sqlite, sqlite->statements[CLAIM_ADDRESS], error))
        return false;
    sqlite3_stmt *statement = sqlite->statements[FIND_ADDRESS];
    bind_text(statement, 1, key);
    switch (find(sqlite, statement, error)) {
    case STORE_NOT_FOUND:
        return error_set(error, "the database lost an address within a transaction");
    case STORE_FAILED:
        return false;
    case STORE_FOUND:
        break;
    }
    address->confirmed = sqlite3_column_int(statement, 0) != 0;
    address->mailed_at_ms = sqlite3_column_int64(statement, 1);
    copy_column(statement, 2, address->mailed_signup_id, sizeof address->mailed_signup_id);
    done(statement);
    return true;
}

static bool sqlite_update_address(struct store *store, const char *key, const struct address_record *address,
                                  struct error *error) {
    sqlite3_stmt *statement = of(store)->statements[UPDATE_ADDRESS];
    bind_text(statement, 1, key);
    sqlite3_bind_int64(statement, 2, address->mailed_at_ms);
    bind_text(statement, 3, address->mailed_signup_id);
    return run(of(store), statement, error);
}

static bool confirm(struct store *store, enum statement which, const char *key, int64_t now_ms,
                    struct error *error) {
    sqlite3_stmt *statement = of(store)->statements[which];
    bind_text(statement, 1, key);
    sqlite3_bind_int64(statement, 2, now_ms);
    return run(of(store), statement, error);
}

static bool sqlite_confirm_address(struct store *store, const char *key, int64_t now_ms,
                                   struct error *error) {
    return confirm(store, CONFIRM_ADDRESS, key, now_ms, error);
}

static bool sqlite_confirm_signup(struct store *store, const char *id, int64_t now_ms, struct error *error) {
    return confirm(store, CONFIRM_SIGNUP, id, now_ms, error);
}

static bool sqlite_insert_signup(struct store *store, const struct signup_record *signup,
                                 struct error *error) {
    sqlite3_stmt *statement = of(store)->statements[INSERT_SIGNUP];
    bind_text(statement, 1, signup->id);
    bind_text(statement, 2, signup->address_key);
    bind_text(statement, 3, signup->email);
    bind_text(statement, 4, signup->name);
    bind_text(statement, 5, signup->locale);
    bind_text(statement, 6, signup->shown_id);
    bind_text(statement, 7, signup->mail_event_id);
    (void)sqlite3_bind_blob(statement, 8, signup->token_hash, SHA256_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 9, signup->token_expires_ms);
    sqlite3_bind_int64(statement, 10, signup->created_ms);
    return run(of(store), statement, error);
}

static enum store_finding sqlite_find_token(struct store *store, const uint8_t hash[SHA256_SIZE],
                                            struct token_record *token, struct error *error) {
    sqlite3_stmt *statement = of(store)->statements[FIND_TOKEN];
    (void)sqlite3_bind_blob(statement, 1, hash, SHA256_SIZE, SQLITE_STATIC);
    enum store_finding finding = find(of(store), statement, error);
    if (finding != STORE_FOUND)
        return finding;
    copy_column(statement, 0, token->id, sizeof token->id);
    copy_column(statement, 1, token->address_key, sizeof token->address_key);
    copy_column(statement, 2, token->email, sizeof token->email);
    copy_column(statement, 3, token->name, sizeof token->name);
    copy_column(statement, 4, token->locale, sizeof token->locale);
    token->expires_ms = sqlite3_column_int64(statement, 5);
    token->used = sqlite3_column_int(statement, 6) != 0;
    token->address_confirmed = sqlite3_column_int(statement, 7) != 0;
    done(statement);
    return STORE_FOUND;
}

static enum store_finding sqlite_find_state(struct store *store, const char *id, enum signup_state *state,
                                            struct error *error) {
    sqlite3_stmt *statement = of(store)->statements[FIND_STATE];
    bind_text(statement, 1, id);
    enum store_finding finding = find(of(store), statement, error);
    if (finding != STORE_FOUND)
        return finding;
    int mail_state = sqlite3_column_int(statement, 1);
    *state = sqlite3_column_int(statement, 0) != 0 ? SIGNUP_CONFIRMED
             : mail_state == 1                     ? SIGNUP_SENT
             : mail_state == 2                     ? SIGNUP_FAILED
                                                   : SIGNUP_PENDING;
    done(statement);
    return STORE_FOUND;
}

static bool sqlite_append_event(struct store *store, const char *topic, notify_event *event,
                                struct error *error) {
    char text[512] = "";
    enum notify_error failure =
        notify_outbox_sqlite_append(of(store)->database, topic, event, text, sizeof text);
    if (failure == NOTIFY_OK)
        return true;
    return error_set(error, "the outbox refused an event: %s",
                     text[0] != '\0' ? text : notify_client_error_text(failure));
}

/* --- opening
 * ------------------------------------------------------------------------------------------------ */

static void sqlite_close(struct store *store) {
    struct store_sqlite *sqlite = of(store);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(sqlite->statements[i]);
    sqlite3_close(sqlite->database);
    free(sqlite);
}

static const struct store_operations operations = {
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .probe = sqlite_probe,
    .claim_address = sqlite_claim_address,
    .update_address = sqlite_update_address,
    .confirm_address = sqlite_confirm_address,
    .insert_signup = sqlite_insert_signup,
    .confirm_signup = sqlite_confirm_signup,
    .find_token = sqlite_find_token,
    .find_state = sqlite_find_state,
    .append_event = sqlite_append_event,
};

static bool execute(struct store_sqlite *sqlite, const char *text, struct error *error) {
    if (sqlite3_exec(sqlite->database, text, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return error_set_status(error, EXIT_STATUS_CONFIG, "%s", sqlite3_errmsg(sqlite->database));
}

static bool read_integer(struct store_sqlite *sqlite, const char *text, int *value, struct error *error) {
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(sqlite->database, text, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;
    if (ok)
        *value = sqlite3_column_int(statement, 0);
    else
        error_set_status(error, EXIT_STATUS_CONFIG, "%s", sqlite3_errmsg(sqlite->database));
    sqlite3_finalize(statement);
    return ok;
}

/* The tables, in one transaction: two processes may open a new file at once. */
static bool create_schema(struct store_sqlite *sqlite, struct error *error) {
    int version = 0;
    char text[256] = "";
    char set_version[64];
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d; COMMIT", SCHEMA_VERSION);
    if (!execute(sqlite, "BEGIN IMMEDIATE", error) ||
        !read_integer(sqlite, "PRAGMA user_version", &version, error))
        return false;
    if (version > SCHEMA_VERSION)
        return error_set_status(error, EXIT_STATUS_CONFIG,
                                "it was written by a newer version (schema %d, this is %d)", version,
                                SCHEMA_VERSION);
    if (!execute(sqlite, schema, error))
        return false;
    if (notify_outbox_sqlite_create_schema(sqlite->database, text, sizeof text) != NOTIFY_OK)
        return error_set_status(error, EXIT_STATUS_CONFIG, "%s", text);
    return execute(sqlite, set_version, error);
}

static bool prepare_all(struct store_sqlite *sqlite, struct error *error) {
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(sqlite->database, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &sqlite->statements[i], NULL) != SQLITE_OK)
            return error_set_status(error, EXIT_STATUS_CONFIG, "%s", sqlite3_errmsg(sqlite->database));
    }
    return true;
}

/* Readers take no lock in WAL mode, so that a status is read while sign-ups are committed. synchronous=FULL:
 * 202 says that a sign-up survives a power cut. */
static bool configure(struct store_sqlite *sqlite, struct error *error) {
    char limit[64];
    snprintf(limit, sizeof limit, "PRAGMA journal_size_limit = %d", WAL_SIZE_LIMIT_BYTES);
    sqlite3_busy_handler(sqlite->database, wait_while_busy, sqlite);
    sqlite3_extended_result_codes(sqlite->database, 1);
    if (sqlite->access == STORE_WRITE && sqlite3_db_readonly(sqlite->database, "main") == 1)
        return error_set_status(error, EXIT_STATUS_CONFIG, "it cannot be written to");
    return execute(sqlite, "PRAGMA journal_mode = WAL", error) &&
           execute(sqlite, "PRAGMA synchronous = FULL", error) && execute(sqlite, limit, error) &&
           (sqlite->access == STORE_READ || create_schema(sqlite, error)) && prepare_all(sqlite, error);
}

bool store_open_sqlite(struct store **store_out, const char *path, enum store_access access,
                       struct error *error) {
    struct store_sqlite *sqlite = calloc(1, sizeof *sqlite);
    if (sqlite == NULL)
        return error_set(error, "no memory");
    sqlite->store.operations = &operations;
    sqlite->access = access;
    /* NOMUTEX: one thread has the connection. Read-only would not do for a reader: it takes part in the WAL
     * index. */
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (access == STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
    bool ok = sqlite3_open_v2(path, &sqlite->database, flags, NULL) == SQLITE_OK;
    if (!ok)
        error_set_status(error, EXIT_STATUS_CONFIG, "%s",
                         sqlite->database != NULL ? sqlite3_errmsg(sqlite->database) : "no memory");
    if (!ok || !configure(sqlite, error)) {
        sqlite_close(&sqlite->store);
        return error_prefix(error, "the database %s cannot be used", path);
    }
    *store_out = &sqlite->store;
    return true;
}

const char *signup_state_text(enum signup_state state) {
    switch (state) {
    case SIGNUP_PENDING:
        return "pending";
    case SIGNUP_SENT:
        return "sent";
    case SIGNUP_FAILED:
        return "failed";
    case SIGNUP_CONFIRMED:
        return "confirmed";
    }
    return "pending";
}
