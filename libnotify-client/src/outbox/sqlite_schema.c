/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_schema.h"

#include <notify-outbox.h>
#include <sqlite3.h>

#include "error_text.h"

/*
 * AUTOINCREMENT: an id never comes back, so an id above all that were seen is a new row. SQLite has one
 * writer at a time and takes the id under its lock, so ids follow the order of commit. The index serves every
 * question of the relay without a look into the rows: failure IS NULL is what is pending.
 */
const char outbox_sqlite_schema[] = "CREATE TABLE IF NOT EXISTS notify_outbox ("
                                    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
                                    " topic TEXT NOT NULL CHECK (length(topic) BETWEEN 1 AND 249),"
                                    " key TEXT,"
                                    " event_id TEXT NOT NULL,"
                                    " event TEXT NOT NULL,"
                                    " traceparent TEXT,"
                                    " tracestate TEXT,"
                                    " created_ms INTEGER NOT NULL,"
                                    " failure TEXT,"
                                    " failed_ms INTEGER"
                                    ") STRICT;"
                                    "CREATE INDEX IF NOT EXISTS notify_outbox_pending"
                                    " ON notify_outbox (failure, topic);";

enum notify_error notify_outbox_sqlite_create_schema(struct sqlite3 *database, char *error_text,
                                                     size_t error_text_size) {
    outbox_error_clear(error_text, error_text_size);
    if (database == NULL)
        return outbox_error(error_text, error_text_size, NOTIFY_E_INVALID_ARGUMENT, "no database was given");
    if (sqlite3_exec(database, outbox_sqlite_schema, NULL, NULL, NULL) != SQLITE_OK)
        return outbox_error(error_text, error_text_size, NOTIFY_E_DATABASE,
                            "the table notify_outbox cannot be created: %s", sqlite3_errmsg(database));
    return NOTIFY_OK;
}
