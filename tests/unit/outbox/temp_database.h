/* SPDX-License-Identifier: Apache-2.0 */
/* A database of its own for each test, in a folder that goes with it. Failures end the test. */
#ifndef NOTIFY_TESTS_OUTBOX_TEMP_DATABASE_H
#define NOTIFY_TESTS_OUTBOX_TEMP_DATABASE_H

#include <notify-outbox.h>
#include <sqlite3.h>
#include <stdint.h>

struct temp_database {
    char folder[64];
    char path[96];
    sqlite3 *connection; /* The application's: write-ahead log, synchronous=FULL. */
};

/* With the outbox's schema. */
void temp_database_open(struct temp_database *database);
void temp_database_close(struct temp_database *database);

/* Another connection, as another part of the application has it. */
sqlite3 *temp_database_connect(const struct temp_database *database);

void temp_database_run(sqlite3 *connection, const char *sql);
int64_t temp_database_number(sqlite3 *connection, const char *sql);
/* The first column of the first row; "" for NULL or no row. */
void temp_database_text(sqlite3 *connection, const char *sql, char *text, size_t text_size);

/* Append an event with this id and key (NULL: none) in the open transaction. Its data is {"number": n}. */
void temp_database_append(sqlite3 *connection, const char *topic, const char *id, const char *key,
                          int64_t number);

/* BEGIN, append, COMMIT. */
void temp_database_commit_event(sqlite3 *connection, const char *topic, const char *id, const char *key,
                                int64_t number);

#endif
