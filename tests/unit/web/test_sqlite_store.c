/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a file: new, of an earlier version, of a later one, and none at all. */
#include "suite.h"
#include "temp_store.h"
#include "web/sqlite_store.h"
#include <stdio.h>
#include <string.h>

static struct temp_store temp;

static void make_folder(void) {
    temp_store_make(&temp);
}

static void remove_folder(void) {
    temp_store_remove(&temp);
}

static const struct store_operations operations = SQLITE_STORE_OPERATIONS;
static const char *const migrations[] = {
    "CREATE TABLE thing (id TEXT PRIMARY KEY)",
    "ALTER TABLE thing ADD COLUMN color TEXT NOT NULL DEFAULT 'red'",
    "this is no SQL",
};
static const char *const first_statements[] = {"INSERT INTO thing (id) VALUES (?1)", "SELECT id FROM thing"};
static const char *const second_statements[] = {"INSERT INTO thing (id) VALUES (?1)",
                                                "SELECT color FROM thing"};

static bool open_version(size_t version, struct store **store, struct error *error) {
    static struct sqlite_schema schema; /* kept by the store */
    schema = (struct sqlite_schema){
        .migrations = migrations,
        .migration_count = version,
        .statements = version == 1 ? first_statements : second_statements,
        .statement_count = 2,
    };
    return sqlite_store_open(store, temp.path, STORE_WRITE, &operations, &schema, error);
}

static void insert(struct store *store, const char *id) {
    struct error error = {0};
    sqlite3_stmt *statement = sqlite_store_statement(store, 0);
    ck_assert(store->operations->begin(store, &error));
    sqlite_bind_text(statement, 1, id);
    ck_assert_msg(sqlite_store_run(store, statement, &error), "%s", error.text);
    ck_assert_int_eq(sqlite_store_changes(store), 1);
    ck_assert(store->operations->commit(store, &error));
}

static const char *first_column(struct store *store) {
    static char text[32];
    struct error error = {0};
    sqlite3_stmt *statement = sqlite_store_statement(store, 1);
    ck_assert(store->operations->begin(store, &error));
    ck_assert_int_eq(sqlite_store_find(store, statement, &error), STORE_FOUND);
    sqlite_copy_column(statement, 0, text, sizeof text);
    sqlite_done(statement);
    ck_assert(store->operations->commit(store, &error));
    return text;
}

START_TEST(a_file_of_an_earlier_version_is_brought_up_to_date_with_its_rows) {
    struct store *store = NULL;
    struct error error = {0};
    ck_assert_msg(open_version(1, &store, &error), "%s", error.text);
    insert(store, "one");
    store_close(store);
    for (int times = 0; times < 2; times++) {
        ck_assert_msg(open_version(2, &store, &error), "%s", error.text);
        ck_assert_str_eq(first_column(store), "red");
        store_close(store);
    }
}
END_TEST

START_TEST(a_file_of_a_later_version_is_refused) {
    struct store *store = NULL;
    struct error error = {0};
    ck_assert(open_version(2, &store, &error));
    store_close(store);
    ck_assert(!open_version(1, &store, &error));
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    ck_assert_msg(strstr(error.text, temp.path) != NULL && strstr(error.text, "newer version") != NULL, "%s",
                  error.text);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_the_version_that_was) {
    struct store *store = NULL;
    struct error error = {0};
    ck_assert(open_version(1, &store, &error));
    insert(store, "one");
    store_close(store);
    ck_assert(!open_version(3, &store, &error));
    ck_assert_msg(open_version(1, &store, &error), "%s", error.text);
    ck_assert_str_eq(first_column(store), "one");
    store_close(store);
}
END_TEST

START_TEST(what_is_no_database_is_named) {
    struct store *store = NULL;
    struct error error = {0};
    FILE *file = fopen(temp.path, "w");
    fputs("This is a text and no database. It is long enough to be looked at as one, though, and it is "
          "refused.",
          file);
    fclose(file);
    ck_assert(!open_version(1, &store, &error));
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    ck_assert_msg(strstr(error.text, temp.path) != NULL, "%s", error.text);
}
END_TEST

START_TEST(a_rollback_leaves_nothing) {
    struct store *store = NULL;
    struct error error = {0};
    ck_assert(open_version(1, &store, &error));
    insert(store, "one");
    ck_assert(store->operations->begin(store, &error));
    sqlite3_stmt *statement = sqlite_store_statement(store, 0);
    sqlite_bind_text(statement, 1, "one");
    ck_assert(!sqlite_store_run(store, statement, &error));
    store->operations->rollback(store);
    insert(store, "two");
    ck_assert(store->operations->probe(store, &error));
    store_close(store);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_file_of_an_earlier_version_is_brought_up_to_date_with_its_rows,
        a_file_of_a_later_version_is_refused,
        a_migration_that_fails_leaves_the_version_that_was,
        what_is_no_database_is_named,
        a_rollback_leaves_nothing,
    };
    return suite_run_with_fixture("sqlite_store", tests, SUITE_COUNT(tests), make_folder, remove_folder);
}
