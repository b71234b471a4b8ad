/* SPDX-License-Identifier: Apache-2.0 */
#include "temp_database.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

sqlite3 *temp_database_connect(const struct temp_database *database) {
    sqlite3 *connection = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    ck_assert_int_eq(sqlite3_open_v2(database->path, &connection, flags, NULL), SQLITE_OK);
    sqlite3_busy_timeout(connection, 10000);
    return connection;
}

void temp_database_open(struct temp_database *database) {
    snprintf(database->folder, sizeof database->folder, "%s", "/tmp/notify-outbox-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(database->folder));
    snprintf(database->path, sizeof database->path, "%s/app.db", database->folder);
    database->connection = temp_database_connect(database);
    temp_database_run(database->connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    ck_assert_int_eq(notify_outbox_sqlite_create_schema(database->connection, NULL, 0), NOTIFY_OK);
}

void temp_database_close(struct temp_database *database) {
    ck_assert_int_eq(sqlite3_close(database->connection), SQLITE_OK);
    DIR *folder = opendir(database->folder);
    ck_assert_ptr_nonnull(folder);
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
    ck_assert_int_eq(rmdir(database->folder), 0);
}

void temp_database_run(sqlite3 *connection, const char *sql) {
    int code = sqlite3_exec(connection, sql, NULL, NULL, NULL);
    ck_assert_msg(code == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(connection));
}

static sqlite3_stmt *first_row(sqlite3 *connection, const char *sql, int *code) {
    sqlite3_stmt *statement = NULL;
    ck_assert_msg(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(connection));
    *code = sqlite3_step(statement);
    return statement;
}

int64_t temp_database_number(sqlite3 *connection, const char *sql) {
    int code;
    sqlite3_stmt *statement = first_row(connection, sql, &code);
    ck_assert_int_eq(code, SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

void temp_database_text(sqlite3 *connection, const char *sql, char *text, size_t text_size) {
    int code;
    sqlite3_stmt *statement = first_row(connection, sql, &code);
    const char *value = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    snprintf(text, text_size, "%s", value == NULL ? "" : value);
    sqlite3_finalize(statement);
}

void temp_database_append(sqlite3 *connection, const char *topic, const char *id, const char *key,
                          int64_t number) {
    notify_event *event = NULL;
    char error_text[256] = "";
    ck_assert_int_eq(notify_event_new(&event, "com.example.test.happened.v1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_source(event, "/tests/outbox"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_id(event, id), NOTIFY_OK);
    if (key != NULL)
        ck_assert_int_eq(notify_event_set_key(event, key), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_integer(event, "number", number), NOTIFY_OK);
    enum notify_error error =
        notify_outbox_sqlite_append(connection, topic, event, error_text, sizeof error_text);
    ck_assert_msg(error == NOTIFY_OK, "%s", error_text);
    notify_event_free(event);
}

void temp_database_commit_event(sqlite3 *connection, const char *topic, const char *id, const char *key,
                                int64_t number) {
    temp_database_run(connection, "BEGIN IMMEDIATE");
    temp_database_append(connection, topic, id, key, number);
    temp_database_run(connection, "COMMIT");
}
