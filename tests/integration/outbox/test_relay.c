/* SPDX-License-Identifier: Apache-2.0 */
/* What is committed arrives once and in order, whatever becomes of Kafka; and one relay at a time. */
#include "relay_scene.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_all_arrived_once_in_order(const char *topic, size_t count) {
    sightings_read(&seen, &cluster, topic);
    ck_assert_uint_eq(seen.count, count);
    assert_no_duplicates(&seen);
    assert_in_order_per_key(&seen);
    sightings_free(&seen);
}

static int64_t rows(void) {
    return temp_database_number(database.connection, "SELECT count(*) FROM notify_outbox");
}

START_TEST(events_arrive_once_in_the_order_of_their_key_and_their_rows_go) {
    commit_events("users", 0, 1000, 20);
    relay_fixture_start(&relay, database.path);
    for (int i = 1; i < 10; i++) {
        commit_events("users", i * 1000, 100, 20);
        commit_events("orders", i * 1000, 100, 7);
        notify_outbox_wake(relay.outbox);
    }
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 1000 + 9 * 200);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    relay_fixture_finish(&relay);
    ck_assert_int_eq(rows(), 0);
    ck_assert_int_eq(relay.reports_good, 2800);
    ck_assert_int_eq(relay.reports_bad, 0);
    assert_all_arrived_once_in_order("users", 1900);
    assert_all_arrived_once_in_order("orders", 900);
    relay_fixture_init(&relay, &cluster);
}
END_TEST

START_TEST(events_without_a_key_arrive_too) {
    temp_database_run(database.connection, "BEGIN");
    for (int i = 0; i < 300; i++) {
        char id[48];
        snprintf(id, sizeof id, "users-%d", i);
        temp_database_append(database.connection, "users", id, NULL, i);
    }
    temp_database_run(database.connection, "COMMIT");
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 300);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 300);
    assert_no_duplicates(&seen);
}
END_TEST

START_TEST(a_commit_without_wake_is_seen) {
    relay_fixture_start(&relay, database.path);
    commit_events("users", 0, 1, 1);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 1);
}
END_TEST

/* What the function returns in a process of its own. Through a pipe: valgrind has a say in exit codes. */
static int in_another_process(int (*function)(void)) {
    int answer[2];
    int result = -1;
    ck_assert_int_eq(pipe(answer), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        result = function();
        _exit(write(answer[1], &result, sizeof result) == (ssize_t)sizeof result ? 0 : 1);
    }
    close(answer[1]);
    ck_assert_int_eq(read(answer[0], &result, sizeof result), sizeof result);
    close(answer[0]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    return result;
}

static int commit_from_the_child(void) {
    sqlite3 *connection = temp_database_connect(&database);
    temp_database_commit_event(connection, "users", "from-the-child", "ada", 1);
    return sqlite3_close(connection);
}

START_TEST(a_commit_of_another_process_is_seen) {
    relay_fixture_start(&relay, database.path);
    ck_assert_int_eq(in_another_process(commit_from_the_child), SQLITE_OK);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 1);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(sightings_of(&seen, "from-the-child"), 1);
}
END_TEST

START_TEST(what_was_rolled_back_never_arrives) {
    relay_fixture_start(&relay, database.path);
    temp_database_run(database.connection, "BEGIN");
    temp_database_append(database.connection, "users", "gone", "ada", 1);
    notify_outbox_wake(relay.outbox);
    temp_database_run(database.connection, "ROLLBACK");
    temp_database_commit_event(database.connection, "users", "kept", "ada", 2);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 1);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_str_eq(seen.all[0].id, "kept");
}
END_TEST

START_TEST(while_kafka_is_away_rows_wait_and_are_counted_then_they_drain_in_order) {
    ck_assert_int_eq(rd_kafka_mock_broker_set_down(cluster.mock, 1), 0);
    relay_fixture_start(&relay, database.path);
    relay_fixture_await_down(&relay, 1);
    commit_events("users", 0, 2500, 40);
    commit_events("orders", 0, 500, 40);
    notify_outbox_wake(relay.outbox);
    /* More than the relay takes ahead: counted, not guessed from what it has read. */
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 3000);
    ck_assert_int_eq(rows(), 3000);
    ck_assert_int_eq(notify_outbox_statistic(relay.outbox, NOTIFY_OUTBOX_PUBLISHED), 0);
    ck_assert_int_eq(rd_kafka_mock_broker_set_up(cluster.mock, 1), 0);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 3000);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    relay_fixture_await_down(&relay, 0);
    assert_all_arrived_once_in_order("users", 2500);
    assert_all_arrived_once_in_order("orders", 500);
}
END_TEST

START_TEST(the_age_of_the_oldest_row_is_told_and_zero_when_there_is_none) {
    ck_assert_int_eq(rd_kafka_mock_broker_set_down(cluster.mock, 1), 0);
    commit_events("users", 0, 2, 1);
    temp_database_run(database.connection,
                      "UPDATE notify_outbox SET created_ms = created_ms - 3600000 WHERE id = 1");
    relay_fixture_start(&relay, database.path);
    int64_t age = notify_outbox_statistic(relay.outbox, NOTIFY_OUTBOX_OLDEST_MS);
    ck_assert_int_ge(age, 3600000);
    ck_assert_int_lt(age, 3600000 + 600000);
    ck_assert_int_eq(notify_outbox_statistic(relay.outbox, NOTIFY_OUTBOX_PENDING), 2);
    ck_assert_int_eq(rd_kafka_mock_broker_set_up(cluster.mock, 1), 0);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    ck_assert_int_eq(notify_outbox_statistic(relay.outbox, NOTIFY_OUTBOX_OLDEST_MS), 0);
}
END_TEST

START_TEST(rows_that_somebody_deletes_are_no_longer_counted) {
    relay_fixture_start(&relay, database.path);
    ck_assert_int_eq(rd_kafka_mock_broker_set_down(cluster.mock, 1), 0);
    commit_events("users", 0, 2000, 2000);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 2000);
    temp_database_run(database.connection, "DELETE FROM notify_outbox");
    ck_assert_int_eq(rd_kafka_mock_broker_set_up(cluster.mock, 1), 0);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
}
END_TEST

START_TEST(stop_ends_though_kafka_is_away_and_the_rows_are_published_later) {
    ck_assert_int_eq(rd_kafka_mock_broker_set_down(cluster.mock, 1), 0);
    relay_fixture_start(&relay, database.path);
    commit_events("users", 0, 100, 10);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 100);
    relay.outbox = notify_outbox_stop(relay.outbox, 50);
    ck_assert_int_eq(rows(), 100);
    ck_assert_int_eq(rd_kafka_mock_broker_set_up(cluster.mock, 1), 0);
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 100);
    assert_all_arrived_once_in_order("users", 100);
}
END_TEST

START_TEST(stop_waits_for_the_reports_of_what_is_on_its_way) {
    relay_fixture_start(&relay, database.path);
    commit_events("users", 0, 1, 1);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 1);
    ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 300), 0);
    commit_events("users", 1, 50, 50);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 50);
    relay.outbox = notify_outbox_stop(relay.outbox, 20000);
    /* What had gone out was reported and removed; the rest is still there: together exactly once. */
    int64_t left = rows();
    ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 0), 0);
    sightings_read(&seen, &cluster, "users");
    ck_assert_int_eq((int64_t)seen.count, 51 - left);
    assert_no_duplicates(&seen);
}
END_TEST

static enum notify_error start_second(const char *path, char *text, size_t text_size) {
    notify_outbox *second = NULL;
    enum notify_error error =
        notify_outbox_start_sqlite(&second, path, relay.config, NULL, NULL, text, text_size);
    notify_outbox_stop(second, 0);
    return error;
}

static int start_second_as_a_child(void) {
    return (int)start_second(database.path, NULL, 0);
}

START_TEST(a_second_relay_is_refused_here_and_in_another_process_until_the_first_one_stops) {
    char text[512] = "";
    relay_fixture_start(&relay, database.path);
    ck_assert_int_eq(start_second(database.path, text, sizeof text), NOTIFY_E_LOCKED);
    ck_assert_ptr_nonnull(strstr(text, "relay-lock"));
    /* The same file by another name. */
    char name[128];
    snprintf(name, sizeof name, "%s/other.db", database.folder);
    ck_assert_int_eq(symlink("app.db", name), 0);
    ck_assert_int_eq(start_second(name, text, sizeof text), NOTIFY_E_LOCKED);
    ck_assert_int_eq(in_another_process(start_second_as_a_child), NOTIFY_E_LOCKED);
    relay.outbox = notify_outbox_stop(relay.outbox, 1000);
    ck_assert_int_eq(start_second(database.path, text, sizeof text), NOTIFY_OK);
}
END_TEST

START_TEST(what_cannot_start_says_why) {
    char text[512] = "";
    notify_outbox *outbox = NULL;
    ck_assert_int_eq(
        notify_outbox_start_sqlite(&outbox, "/nonexistent/a.db", relay.config, NULL, NULL, text, sizeof text),
        NOTIFY_E_DATABASE);
    ck_assert_ptr_nonnull(strstr(text, "/nonexistent/a.db"));
    temp_database_run(database.connection, "DROP TABLE notify_outbox");
    ck_assert_int_eq(
        notify_outbox_start_sqlite(&outbox, database.path, relay.config, NULL, NULL, text, sizeof text),
        NOTIFY_E_DATABASE);
    ck_assert_ptr_nonnull(strstr(text, "no such table"));
    ck_assert_int_eq(notify_outbox_sqlite_create_schema(database.connection, NULL, 0), NOTIFY_OK);
    notify_client_config *empty = NULL;
    ck_assert_int_eq(notify_client_config_new(&empty), NOTIFY_OK);
    ck_assert_int_eq(notify_outbox_start_sqlite(&outbox, database.path, empty, NULL, NULL, text, sizeof text),
                     NOTIFY_E_INVALID_CONFIG);
    ck_assert_ptr_nonnull(strstr(text, "bootstrap.servers"));
    ck_assert_ptr_null(outbox);
    notify_client_config_free(empty);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        events_arrive_once_in_the_order_of_their_key_and_their_rows_go,
        events_without_a_key_arrive_too,
        a_commit_without_wake_is_seen,
        a_commit_of_another_process_is_seen,
        what_was_rolled_back_never_arrives,
        while_kafka_is_away_rows_wait_and_are_counted_then_they_drain_in_order,
        the_age_of_the_oldest_row_is_told_and_zero_when_there_is_none,
        rows_that_somebody_deletes_are_no_longer_counted,
        stop_ends_though_kafka_is_away_and_the_rows_are_published_later,
        stop_waits_for_the_reports_of_what_is_on_its_way,
        a_second_relay_is_refused_here_and_in_another_process_until_the_first_one_stops,
        what_cannot_start_says_why,
    };
    return suite_run_with_fixture("outbox relay", tests, SUITE_COUNT(tests), relay_scene_set_up,
                                  relay_scene_tear_down);
}
