/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for one test, with the path of a database that may be made in it, and an observer that reads it by
 * plain SQL. */
#ifndef NOTIFY_TESTS_UNIT_SIGNUP_TEMP_STORE_H
#define NOTIFY_TESTS_UNIT_SIGNUP_TEMP_STORE_H

#include "suite.h"
#include "web/store.h"
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

struct temp_store {
    char folder[64];
    char path[96];
};

static inline void temp_store_make(struct temp_store *temp) {
    snprintf(temp->folder, sizeof temp->folder, "/tmp/test-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(temp->folder));
    snprintf(temp->path, sizeof temp->path, "%s/test.db", temp->folder);
}

/* Fails when anything but the database's files is left. */
static inline void temp_store_remove(const struct temp_store *temp) {
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < SUITE_COUNT(suffixes); i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", temp->path, suffixes[i]);
        unlink(name);
    }
    ck_assert_int_eq(rmdir(temp->folder), 0);
}

static inline void temp_store_open(struct temp_store *temp, store_opener opener, struct store **store,
                                   sqlite3 **observer) {
    struct error error = {0};
    temp_store_make(temp);
    ck_assert_msg(opener(store, temp->path, STORE_WRITE, &error), "%s", error.text);
    ck_assert_int_eq(sqlite3_open(temp->path, observer), SQLITE_OK);
}

static inline void temp_store_close(const struct temp_store *temp, struct store *store, sqlite3 *observer) {
    sqlite3_close(observer);
    store_close(store);
    temp_store_remove(temp);
}

#endif
