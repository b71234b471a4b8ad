/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a SQLite file: opening it, bringing its tables up to date, transactions, statements and the
 * outbox. A service's store_sqlite.c adds the statements that are its own. */
#ifndef NOTIFY_WEB_SQLITE_STORE_H
#define NOTIFY_WEB_SQLITE_STORE_H

#include "store.h"
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite_schema {
    /* The n-th of them leads from version n (0: an empty file) to n + 1; never changed once it was released.
     */
    const char *const *migrations;
    size_t migration_count;
    /* Prepared at the opening, known by their index from then on. */
    const char *const *statements;
    size_t statement_count;
};

/* operations and schema are kept. As store_opener otherwise. */
bool sqlite_store_open(struct store **store_out, const char *path, enum store_access access,
                       const struct store_operations *operations, const struct sqlite_schema *schema,
                       struct error *error);

/* What a service puts into its table of operations. */
void sqlite_store_close(struct store *store);
bool sqlite_store_begin(struct store *store, struct error *error);
bool sqlite_store_commit(struct store *store, struct error *error);
void sqlite_store_rollback(struct store *store);
bool sqlite_store_probe(struct store *store, struct error *error);
enum store_append sqlite_store_append_event(struct store *store, const char *topic, notify_event *event,
                                            struct error *error);
#define SQLITE_STORE_OPERATIONS                                                                              \
    {                                                                                                        \
        .close = sqlite_store_close, .begin = sqlite_store_begin, .commit = sqlite_store_commit,             \
        .rollback = sqlite_store_rollback, .probe = sqlite_store_probe,                                      \
        .append_event = sqlite_store_append_event                                                            \
    }

sqlite3_stmt *sqlite_store_statement(struct store *store, size_t index);
/* How many rows the last statement changed. */
int sqlite_store_changes(struct store *store);

/* The text must live until the statement was run. Without memory the parameter stays NULL, which NOT NULL
 * columns refuse. */
void sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text);
void sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t size);
/* Runs a statement that returns no rows. */
bool sqlite_store_run(struct store *store, sqlite3_stmt *statement, struct error *error);
/* The next row; on STORE_FOUND the caller reads it, then calls this again or sqlite_done(). */
enum store_finding sqlite_store_find(struct store *store, sqlite3_stmt *statement, struct error *error);
void sqlite_done(sqlite3_stmt *statement);
/* Cut to size; "" for NULL. */
void sqlite_copy_column(sqlite3_stmt *statement, int column, char *out, size_t size);

#endif
