/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_storage.h"
#include "suite.h"
#include "temp_database.h"

#include <stdio.h>
#include <string.h>

static struct temp_database database;
static struct storage *storage;

static void set_up(void) {
    char text[256] = "";
    temp_database_open(&database);
    ck_assert_msg(sqlite_storage_open(&storage, database.path, text, sizeof text) == NOTIFY_OK, "%s", text);
}

static void tear_down(void) {
    storage->operations->close(storage);
    temp_database_close(&database);
}

struct seen {
    char ids[256]; /* "1:a 2:b" */
    int count;
    int stop_after;
};

static bool note(const struct storage_row *row, void *data) {
    struct seen *seen = data;
    size_t length = strlen(seen->ids);
    snprintf(seen->ids + length, sizeof seen->ids - length, "%s%lld:%s", length > 0 ? " " : "",
             (long long)row->id, row->event_id);
    seen->count++;
    return seen->count != seen->stop_after;
}

static struct seen read_rows(const char *topic, int64_t after, int limit, bool *exhausted) {
    struct seen seen = {0};
    ck_assert_int_eq(storage->operations->read(storage, topic, after, limit, note, &seen, exhausted),
                     STORAGE_OK);
    return seen;
}

static void commit_four(void) {
    temp_database_commit_event(database.connection, "users", "a", "ada", 1);
    temp_database_commit_event(database.connection, "orders", "b", "ada", 2);
    temp_database_commit_event(database.connection, "users", "c", NULL, 3);
    temp_database_commit_event(database.connection, "users", "d", "bob", 4);
}

START_TEST(rows_of_a_topic_come_in_order_and_the_end_is_told) {
    bool exhausted;
    commit_four();
    ck_assert_str_eq(read_rows("users", 0, 10, &exhausted).ids, "1:a 3:c 4:d");
    ck_assert(exhausted);
    ck_assert_str_eq(read_rows("users", 0, 2, &exhausted).ids, "1:a 3:c");
    ck_assert(!exhausted);
    ck_assert_str_eq(read_rows("users", 3, 10, &exhausted).ids, "4:d");
    ck_assert(exhausted);
    ck_assert_str_eq(read_rows("inventory", 0, 10, &exhausted).ids, "");
    ck_assert(exhausted);
}
END_TEST

START_TEST(a_visit_can_end_the_reading) {
    bool exhausted;
    commit_four();
    struct seen seen = {.stop_after = 1};
    ck_assert_int_eq(storage->operations->read(storage, "users", 0, 10, note, &seen, &exhausted), STORAGE_OK);
    ck_assert_str_eq(seen.ids, "1:a");
    ck_assert(!exhausted);
}
END_TEST

START_TEST(one_row_is_read_only_while_it_is_pending) {
    bool found;
    struct seen seen = {0};
    const struct settlement settlement = {.id = 3, .failure = "no"};
    commit_four();
    ck_assert_int_eq(storage->operations->read_one(storage, 3, note, &seen, &found), STORAGE_OK);
    ck_assert(found);
    ck_assert_str_eq(seen.ids, "3:c");
    ck_assert_int_eq(storage->operations->settle(storage, &settlement, 1), STORAGE_OK);
    ck_assert_int_eq(storage->operations->read_one(storage, 3, note, &seen, &found), STORAGE_OK);
    ck_assert(!found);
    ck_assert_int_eq(storage->operations->read_one(storage, 99, note, &seen, &found), STORAGE_OK);
    ck_assert(!found);
    ck_assert_int_eq(seen.count, 1);
}
END_TEST

START_TEST(topics_with_pending_rows_are_found_once_each) {
    char topic[STORAGE_TOPIC_SIZE];
    const struct settlement settlement = {.id = 2, .failure = "no"};
    commit_four();
    ck_assert_int_eq(storage->operations->next_topic(storage, "", topic), STORAGE_OK);
    ck_assert_str_eq(topic, "orders");
    ck_assert_int_eq(storage->operations->next_topic(storage, "orders", topic), STORAGE_OK);
    ck_assert_str_eq(topic, "users");
    ck_assert_int_eq(storage->operations->next_topic(storage, "users", topic), STORAGE_OK);
    ck_assert_str_eq(topic, "");
    ck_assert_int_eq(storage->operations->settle(storage, &settlement, 1), STORAGE_OK);
    ck_assert_int_eq(storage->operations->next_topic(storage, "", topic), STORAGE_OK);
    ck_assert_str_eq(topic, "users");
}
END_TEST

START_TEST(pending_and_failed_are_counted_apart) {
    int64_t number;
    int64_t last;
    const struct settlement settlements[] = {{.id = 1}, {.id = 3, .failure = "too large"}};
    commit_four();
    ck_assert_int_eq(storage->operations->count(storage, "users", 0, &number, &last), STORAGE_OK);
    ck_assert_int_eq(number, 3);
    ck_assert_int_eq(last, 4);
    ck_assert_int_eq(storage->operations->count(storage, "users", 4, &number, &last), STORAGE_OK);
    ck_assert_int_eq(number, 0);
    ck_assert_int_eq(last, 4);
    ck_assert_int_eq(storage->operations->settle(storage, settlements, 2), STORAGE_OK);
    ck_assert_int_eq(storage->operations->count(storage, "users", 0, &number, &last), STORAGE_OK);
    ck_assert_int_eq(number, 1);
    ck_assert_int_eq(storage->operations->count_failed(storage, &number), STORAGE_OK);
    ck_assert_int_eq(number, 1);
}
END_TEST

START_TEST(a_batch_deletes_what_was_delivered_and_marks_what_failed) {
    char text[256];
    const struct settlement settlements[] = {
        {.id = 1}, {.id = 2}, {.id = 3, .failure = "Broker: Message size too large"}};
    commit_four();
    ck_assert_int_eq(storage->operations->settle(storage, settlements, 3), STORAGE_OK);
    temp_database_text(database.connection,
                       "SELECT group_concat(id, ' ') FROM (SELECT id FROM notify_outbox ORDER BY id)", text,
                       sizeof text);
    ck_assert_str_eq(text, "3 4");
    temp_database_text(
        database.connection,
        "SELECT failure || '|' || (abs(failed_ms - unixepoch() * 1000) < 60000) FROM notify_outbox"
        " WHERE id = 3",
        text, sizeof text);
    ck_assert_str_eq(text, "Broker: Message size too large|1");
}
END_TEST

START_TEST(a_batch_that_fails_changes_nothing) {
    const struct settlement settlements[] = {{.id = 1}, {.id = 2}, {.id = 4}};
    commit_four();
    temp_database_run(database.connection,
                      "CREATE TRIGGER stop BEFORE DELETE ON notify_outbox WHEN old.id = 2"
                      " BEGIN SELECT raise(ABORT, 'not this one'); END");
    ck_assert_int_eq(storage->operations->settle(storage, settlements, 3), STORAGE_FAILED);
    ck_assert_str_eq(storage->error_text, "not this one");
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT count(*) FROM notify_outbox"), 4);
    temp_database_run(database.connection, "DROP TRIGGER stop");
    ck_assert_int_eq(storage->operations->settle(storage, settlements, 3), STORAGE_OK);
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT id FROM notify_outbox"), 3);
}
END_TEST

START_TEST(a_locked_database_is_busy_and_not_broken) {
    const struct settlement settlement = {.id = 1};
    commit_four();
    temp_database_run(database.connection, "BEGIN IMMEDIATE");
    ck_assert_int_eq(storage->operations->settle(storage, &settlement, 1), STORAGE_BUSY);
    temp_database_run(database.connection, "COMMIT");
    ck_assert_int_eq(storage->operations->settle(storage, &settlement, 1), STORAGE_OK);
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT count(*) FROM notify_outbox"), 3);
}
END_TEST

static bool is_changed(void) {
    bool changed;
    ck_assert_int_eq(storage->operations->changed(storage, &changed), STORAGE_OK);
    return changed;
}

START_TEST(commits_of_others_are_seen_and_own_ones_are_not) {
    const struct settlement settlement = {.id = 1};
    ck_assert(is_changed());
    ck_assert(!is_changed());
    commit_four();
    ck_assert(is_changed());
    ck_assert(!is_changed());
    ck_assert_int_eq(storage->operations->settle(storage, &settlement, 1), STORAGE_OK);
    ck_assert(!is_changed());
    temp_database_run(database.connection, "BEGIN");
    temp_database_append(database.connection, "users", "e", "ada", 5);
    ck_assert(!is_changed());
    temp_database_run(database.connection, "ROLLBACK");
    ck_assert(!is_changed());
}
END_TEST

START_TEST(the_oldest_pending_row_of_a_topic_tells_its_time) {
    int64_t created;
    const struct settlement settlement = {.id = 1, .failure = "no"};
    commit_four();
    temp_database_run(database.connection, "UPDATE notify_outbox SET created_ms = id * 10");
    ck_assert_int_eq(storage->operations->oldest(storage, "users", &created), STORAGE_OK);
    ck_assert_int_eq(created, 10);
    ck_assert_int_eq(storage->operations->settle(storage, &settlement, 1), STORAGE_OK);
    ck_assert_int_eq(storage->operations->oldest(storage, "users", &created), STORAGE_OK);
    ck_assert_int_eq(created, 30);
    ck_assert_int_eq(storage->operations->oldest(storage, "inventory", &created), STORAGE_OK);
    ck_assert_int_eq(created, 0);
}
END_TEST

START_TEST(no_question_of_the_relay_scans_the_table) {
    /* The plan is SQLite's own: each of them is a search by the index or the id. */
    static const char *const questions[] = {
        "SELECT topic FROM notify_outbox WHERE failure IS NULL AND topic > 'a' ORDER BY topic LIMIT 1",
        "SELECT count(*), max(id) FROM notify_outbox WHERE failure IS NULL AND topic = 'a' AND id > 1",
        "SELECT created_ms FROM notify_outbox WHERE failure IS NULL AND topic = 'a' ORDER BY id LIMIT 1",
        "SELECT count(*) FROM notify_outbox WHERE failure IS NOT NULL",
        "SELECT key FROM notify_outbox WHERE failure IS NULL AND topic = 'a' AND id > 1 ORDER BY id LIMIT 9",
    };
    for (size_t i = 0; i < SUITE_COUNT(questions); i++) {
        char sql[512];
        sqlite3_stmt *statement = NULL;
        snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", questions[i]);
        ck_assert_int_eq(sqlite3_prepare_v2(database.connection, sql, -1, &statement, NULL), SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const char *detail = (const char *)sqlite3_column_text(statement, 3);
            ck_assert_msg(strncmp(detail, "SEARCH", 6) == 0, "%s: %s", questions[i], detail);
        }
        sqlite3_finalize(statement);
    }
}
END_TEST

START_TEST(a_file_without_the_table_is_refused_with_a_plain_reason) {
    struct storage *other = NULL;
    char text[256] = "";
    char path[128];
    sqlite3 *connection = NULL;
    snprintf(path, sizeof path, "%s/empty.db", database.folder);
    ck_assert_int_eq(sqlite3_open(path, &connection), SQLITE_OK);
    temp_database_run(connection, "CREATE TABLE other (id INTEGER)");
    sqlite3_close(connection);
    ck_assert_int_eq(sqlite_storage_open(&other, path, text, sizeof text), NOTIFY_E_DATABASE);
    ck_assert_ptr_nonnull(strstr(text, "no such table: notify_outbox"));
    snprintf(path, sizeof path, "%s/missing.db", database.folder);
    ck_assert_int_eq(sqlite_storage_open(&other, path, text, sizeof text), NOTIFY_E_DATABASE);
    ck_assert_ptr_nonnull(strstr(text, "missing.db"));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        rows_of_a_topic_come_in_order_and_the_end_is_told,
        a_visit_can_end_the_reading,
        one_row_is_read_only_while_it_is_pending,
        topics_with_pending_rows_are_found_once_each,
        pending_and_failed_are_counted_apart,
        a_batch_deletes_what_was_delivered_and_marks_what_failed,
        a_batch_that_fails_changes_nothing,
        a_locked_database_is_busy_and_not_broken,
        commits_of_others_are_seen_and_own_ones_are_not,
        the_oldest_pending_row_of_a_topic_tells_its_time,
        no_question_of_the_relay_scans_the_table,
        a_file_without_the_table_is_refused_with_a_plain_reason,
    };
    return suite_run_with_fixture("outbox storage", tests, SUITE_COUNT(tests), set_up, tear_down);
}
