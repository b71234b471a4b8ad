/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"
#include "temp_database.h"

#include <stdio.h>
#include <string.h>

static struct temp_database database;

static void set_up(void) {
    temp_database_open(&database);
}

static void tear_down(void) {
    temp_database_close(&database);
}

static int64_t rows(void) {
    return temp_database_number(database.connection, "SELECT count(*) FROM notify_outbox");
}

static notify_event *new_event(void) {
    notify_event *event = NULL;
    ck_assert_int_eq(notify_event_new(&event, "com.example.test.happened.v1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_source(event, "/tests/outbox"), NOTIFY_OK);
    return event;
}

/* An event whose data has one string of the given length. */
static notify_event *new_event_of_size(size_t size) {
    notify_event *event = new_event();
    char *text = malloc(size + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', size);
    text[size] = '\0';
    ck_assert_int_eq(notify_event_set_string(event, "text", text), NOTIFY_OK);
    free(text);
    return event;
}

START_TEST(a_committed_event_is_a_row_and_a_rolled_back_one_is_not) {
    temp_database_run(database.connection, "BEGIN");
    temp_database_append(database.connection, "users", "gone", "ada", 1);
    temp_database_run(database.connection, "ROLLBACK");
    ck_assert_int_eq(rows(), 0);
    temp_database_commit_event(database.connection, "users", "kept", "ada", 2);
    ck_assert_int_eq(rows(), 1);
    char id[64];
    temp_database_text(database.connection, "SELECT event_id FROM notify_outbox", id, sizeof id);
    ck_assert_str_eq(id, "kept");
}
END_TEST

START_TEST(the_row_holds_what_the_relay_publishes) {
    notify_event *event = new_event();
    char text[2048];
    ck_assert_int_eq(notify_event_set_id(event, "event-1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_subject(event, "user-1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_time(event, INT64_C(1700000000000)), NOTIFY_OK);
    ck_assert_int_eq(
        notify_event_set_trace(event, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b"),
        NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_string(event, "name", "Ada"), NOTIFY_OK);
    temp_database_run(database.connection, "BEGIN");
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "users", event, NULL, 0), NOTIFY_OK);
    temp_database_run(database.connection, "COMMIT");
    notify_event_free(event);

    temp_database_text(
        database.connection,
        "SELECT id || '|' || topic || '|' || key || '|' || event_id || '|' || traceparent || '|' ||"
        " tracestate || '|' || (failure IS NULL) FROM notify_outbox",
        text, sizeof text);
    ck_assert_str_eq(text,
                     "1|users|user-1|event-1|00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01|a=b|1");
    /* SQLite's own JSON functions are the oracle for what was encoded. */
    temp_database_text(
        database.connection,
        "SELECT event ->> '$.specversion' || '|' || (event ->> '$.id') || '|' || (event ->> '$.source') ||"
        " '|' || (event ->> '$.type') || '|' || (event ->> '$.data.name') FROM notify_outbox",
        text, sizeof text);
    ck_assert_str_eq(text, "1.0|event-1|/tests/outbox|com.example.test.happened.v1|Ada");
    ck_assert_int_eq(
        temp_database_number(database.connection,
                             "SELECT abs(created_ms - unixepoch() * 1000) < 60000 FROM notify_outbox"),
        1);
}
END_TEST

START_TEST(an_event_without_key_and_trace_leaves_them_null) {
    temp_database_commit_event(database.connection, "users", "one", NULL, 1);
    ck_assert_int_eq(
        temp_database_number(database.connection,
                             "SELECT count(*) FROM notify_outbox WHERE key IS NULL AND traceparent IS"
                             " NULL AND tracestate IS NULL"),
        1);
}
END_TEST

START_TEST(ids_follow_the_order_of_append_and_never_come_back) {
    temp_database_commit_event(database.connection, "users", "a", "ada", 1);
    temp_database_commit_event(database.connection, "users", "b", "ada", 2);
    temp_database_run(database.connection, "DELETE FROM notify_outbox");
    temp_database_commit_event(database.connection, "users", "c", "ada", 3);
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT id FROM notify_outbox"), 3);
}
END_TEST

START_TEST(without_a_transaction_nothing_is_appended) {
    notify_event *event = new_event();
    char text[256] = "";
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "users", event, text, sizeof text),
                     NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(text, "no transaction is open"));
    notify_event_free(event);
    ck_assert_int_eq(rows(), 0);
}
END_TEST

START_TEST(an_event_over_the_limit_is_refused_and_the_transaction_goes_on) {
    notify_event *event = new_event_of_size(NOTIFY_OUTBOX_MAX_EVENT_BYTES);
    char text[256] = "";
    temp_database_run(database.connection, "BEGIN");
    temp_database_append(database.connection, "users", "before", "ada", 1);
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "users", event, text, sizeof text),
                     NOTIFY_E_TOO_LARGE);
    ck_assert_ptr_nonnull(strstr(text, "983040"));
    temp_database_append(database.connection, "users", "after", "ada", 2);
    temp_database_run(database.connection, "COMMIT");
    notify_event_free(event);
    ck_assert_int_eq(rows(), 2);
}
END_TEST

START_TEST(the_limit_is_exact) {
    /* What is around the text is measured with a text of one character. */
    notify_event *event = new_event_of_size(1);
    char *encoded = NULL;
    size_t size = 0;
    ck_assert_int_eq(notify_event_set_id(event, "0123456789"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_time(event, 0), NOTIFY_OK);
    ck_assert_int_eq(notify_event_encode(event, &encoded, &size), NOTIFY_OK);
    notify_event_free_encoded(encoded);
    notify_event_free(event);
    for (size_t over = 0; over <= 1; over++) {
        event = new_event_of_size(NOTIFY_OUTBOX_MAX_EVENT_BYTES - (size - 1) + over);
        ck_assert_int_eq(notify_event_set_id(event, "0123456789"), NOTIFY_OK);
        ck_assert_int_eq(notify_event_set_time(event, 0), NOTIFY_OK);
        temp_database_run(database.connection, "BEGIN");
        ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "users", event, NULL, 0),
                         over == 0 ? NOTIFY_OK : NOTIFY_E_TOO_LARGE);
        temp_database_run(database.connection, "COMMIT");
        notify_event_free(event);
    }
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT length(event) FROM notify_outbox"),
                     NOTIFY_OUTBOX_MAX_EVENT_BYTES);
}
END_TEST

START_TEST(an_event_without_source_is_refused) {
    notify_event *event = NULL;
    char text[256] = "";
    ck_assert_int_eq(notify_event_new(&event, "com.example.test.happened.v1"), NOTIFY_OK);
    temp_database_run(database.connection, "BEGIN");
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "users", event, text, sizeof text),
                     NOTIFY_E_INVALID_EVENT);
    temp_database_run(database.connection, "COMMIT");
    notify_event_free(event);
    ck_assert_int_eq(rows(), 0);
    ck_assert_ptr_nonnull(strstr(text, "source"));
}
END_TEST

START_TEST(names_that_kafka_does_not_know_are_refused) {
    static const char *const names[] = {"", ".", "..", "a b", "a/b", "ä", "a\n"};
    char long_name[251];
    memset(long_name, 'a', 250);
    long_name[250] = '\0';
    notify_event *event = new_event();
    temp_database_run(database.connection, "BEGIN");
    for (size_t i = 0; i < SUITE_COUNT(names); i++)
        ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, names[i], event, NULL, 0),
                         NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, NULL, event, NULL, 0),
                     NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, long_name, event, NULL, 0),
                     NOTIFY_E_INVALID_ARGUMENT);
    long_name[249] = '\0';
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, long_name, event, NULL, 0), NOTIFY_OK);
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "email.retry.10s_A-z", event, NULL, 0),
                     NOTIFY_OK);
    temp_database_run(database.connection, "COMMIT");
    notify_event_free(event);
    ck_assert_int_eq(rows(), 2);
}
END_TEST

START_TEST(the_words_of_the_database_reach_the_caller) {
    notify_event *event = new_event();
    char text[256] = "";
    temp_database_run(database.connection, "DROP TABLE notify_outbox; BEGIN");
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "users", event, text, sizeof text),
                     NOTIFY_E_DATABASE);
    ck_assert_ptr_nonnull(strstr(text, "no such table: notify_outbox"));
    temp_database_run(database.connection, "COMMIT");
    notify_event_free(event);
}
END_TEST

START_TEST(the_schema_can_be_created_again_and_keeps_the_rows) {
    temp_database_commit_event(database.connection, "users", "one", "ada", 1);
    ck_assert_int_eq(notify_outbox_sqlite_create_schema(database.connection, NULL, 0), NOTIFY_OK);
    ck_assert_int_eq(rows(), 1);
}
END_TEST

START_TEST(null_arguments_are_refused) {
    notify_event *event = new_event();
    ck_assert_int_eq(notify_outbox_sqlite_create_schema(NULL, NULL, 0), NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_outbox_sqlite_append(NULL, "users", event, NULL, 0), NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "users", NULL, NULL, 0),
                     NOTIFY_E_INVALID_ARGUMENT);
    notify_event_free(event);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_committed_event_is_a_row_and_a_rolled_back_one_is_not,
        the_row_holds_what_the_relay_publishes,
        an_event_without_key_and_trace_leaves_them_null,
        ids_follow_the_order_of_append_and_never_come_back,
        without_a_transaction_nothing_is_appended,
        an_event_over_the_limit_is_refused_and_the_transaction_goes_on,
        the_limit_is_exact,
        an_event_without_source_is_refused,
        names_that_kafka_does_not_know_are_refused,
        the_words_of_the_database_reach_the_caller,
        the_schema_can_be_created_again_and_keeps_the_rows,
        null_arguments_are_refused,
    };
    return suite_run_with_fixture("outbox append", tests, SUITE_COUNT(tests), set_up, tear_down);
}
