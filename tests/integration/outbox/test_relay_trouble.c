/* SPDX-License-Identifier: Apache-2.0 */
/* What Kafka refuses and what the database refuses. */
#include "relay_scene.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static void set_up(void) {
    relay_scene_set_up();
    relay_fixture_set(&relay, "retry.backoff.ms", "10");
}

START_TEST(errors_that_the_client_retries_neither_lose_nor_reorder) {
    cluster_refuse(&cluster, API_PRODUCE, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    cluster_refuse(&cluster, API_PRODUCE, 3, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    cluster_refuse(&cluster, API_PRODUCE, 2, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR);
    commit_events("users", 0, 500, 10);
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 500);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 500);
    assert_no_duplicates(&seen);
    assert_in_order_per_key(&seen);
}
END_TEST

START_TEST(a_forbidden_topic_keeps_the_order_of_its_keys_when_it_is_allowed_again) {
    /* Small requests and a slow broker: several are on their way when one is refused. Without the relay's
     * rule of one row of a key at a time, the later ones of a key are then stored before the refused one;
     * tried so, and this test fails. */
    relay_fixture_set(&relay, "batch.num.messages", "3");
    ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 20), 0);
    relay_fixture_start(&relay, database.path);
    for (int round = 0; round < 5; round++) {
        /* One request of several is refused: those behind it are taken, and must not hold a later row of its
         * keys. */
        cluster_refuse(&cluster, API_PRODUCE, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
        commit_events("users", round * 200, 200, 5);
        notify_outbox_wake(relay.outbox);
        relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, (round + 1) * 200);
    }
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 1000);
    assert_no_duplicates(&seen);
    assert_in_order_per_key(&seen);
    ck_assert_int_eq(notify_outbox_statistic(relay.outbox, NOTIFY_OUTBOX_FAILED), 0);
    ck_assert_int_ge(relay_fixture_logged(&relay, "topic users refuses events"), 1);
    ck_assert_int_eq(relay_fixture_logged(&relay, "topic users refuses events"),
                     relay_fixture_logged(&relay, "topic users accepts events again"));
}
END_TEST

START_TEST(a_missing_topic_is_told_once_waits_and_holds_up_no_other) {
    rd_kafka_mock_topic_set_error(cluster.mock, "users", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    relay_fixture_set(&relay, "topic.metadata.propagation.max.ms", "50");
    relay_fixture_set(&relay, "topic.metadata.refresh.fast.interval.ms", "50");
    /* More rows of the missing topic than the relay takes ahead, before those of the other. */
    commit_events("users", 0, 1500, 30);
    commit_events("orders", 0, 300, 30);
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 300);
    sightings_read(&seen, &cluster, "orders");
    ck_assert_uint_eq(seen.count, 300);
    relay_fixture_await_log(&relay, "topic users refuses events");
    rd_kafka_mock_topic_set_error(cluster.mock, "users", RD_KAFKA_RESP_ERR_NO_ERROR);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 1500);
    assert_no_duplicates(&seen);
    assert_in_order_per_key(&seen);
    ck_assert_int_eq(relay_fixture_logged(&relay, "topic users refuses events"), 1);
    ck_assert_int_eq(relay_fixture_logged(&relay, "topic users accepts events again"), 1);
}
END_TEST

/* An event larger than the relay's client takes. */
static void commit_large_event(const char *id, const char *key, int number) {
    char text[3000];
    notify_event *event = NULL;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert_int_eq(notify_event_new(&event, "com.example.test.happened.v1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_source(event, "/tests/outbox"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_id(event, id), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_key(event, key), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_integer(event, "number", number), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_string(event, "text", text), NOTIFY_OK);
    temp_database_run(database.connection, "BEGIN");
    ck_assert_int_eq(notify_outbox_sqlite_append(database.connection, "users", event, NULL, 0), NOTIFY_OK);
    temp_database_run(database.connection, "COMMIT");
    notify_event_free(event);
}

START_TEST(a_row_that_is_too_large_is_marked_failed_and_its_key_goes_on) {
    char text[256];
    temp_database_commit_event(database.connection, "users", "before", "ada", 1);
    commit_large_event("large", "ada", 2);
    temp_database_commit_event(database.connection, "users", "after", "ada", 3);
    relay_fixture_set(&relay, "message.max.bytes", "2000");
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_FAILED, 1);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_str_eq(seen.all[0].id, "before");
    ck_assert_str_eq(seen.all[1].id, "after");
    temp_database_text(database.connection, "SELECT event_id || ': ' || failure FROM notify_outbox", text,
                       sizeof text);
    ck_assert_str_eq(text, "large: the event is larger than Kafka accepts");
    ck_assert_int_eq(relay_fixture_logged(&relay, "event large is refused for good by topic users"), 1);
}
END_TEST

START_TEST(failed_rows_are_counted_at_the_start_and_can_be_sent_again_by_sql) {
    commit_large_event("large", "ada", 1);
    temp_database_run(database.connection, "UPDATE notify_outbox SET failure = 'too large', failed_ms = 1");
    relay_fixture_start(&relay, database.path);
    ck_assert_int_eq(notify_outbox_statistic(relay.outbox, NOTIFY_OUTBOX_FAILED), 1);
    ck_assert_int_eq(notify_outbox_statistic(relay.outbox, NOTIFY_OUTBOX_PENDING), 0);
    /* As docs/outbox.md tells. */
    temp_database_run(
        database.connection,
        "BEGIN IMMEDIATE;"
        "INSERT INTO notify_outbox (topic, key, event_id, event, traceparent, tracestate, created_ms)"
        " SELECT topic, key, event_id, event, traceparent, tracestate, created_ms"
        " FROM notify_outbox WHERE failure IS NOT NULL ORDER BY id;"
        "DELETE FROM notify_outbox WHERE failure IS NOT NULL;"
        "COMMIT");
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 1);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_FAILED, 0);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(sightings_of(&seen, "large"), 1);
}
END_TEST

START_TEST(rows_refused_as_a_batch_are_tried_alone_before_one_is_given_up) {
    commit_events("users", 0, 60, 60);
    /* max.message.bytes of a topic limits a batch: the broker says too large of rows that are not. */
    cluster_refuse(&cluster, API_PRODUCE, PARTITIONS, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    relay_fixture_set(&relay, "linger.ms", "100");
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 60);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    ck_assert_int_eq(notify_outbox_statistic(relay.outbox, NOTIFY_OUTBOX_FAILED), 0);
    ck_assert_int_gt(relay.reports_bad, 1);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 60);
    assert_no_duplicates(&seen);
}
END_TEST

START_TEST(a_row_that_is_refused_alone_is_given_up_with_the_words_of_kafka) {
    char text[256];
    temp_database_commit_event(database.connection, "users", "refused", "ada", 1);
    temp_database_commit_event(database.connection, "users", "taken", "ada", 2);
    /* Once as the first row of an unproven topic, once alone. */
    cluster_refuse(&cluster, API_PRODUCE, 2, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_FAILED, 1);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 1);
    temp_database_text(database.connection, "SELECT event_id || ': ' || failure FROM notify_outbox", text,
                       sizeof text);
    ck_assert_str_eq(text, "refused: Broker: Message size too large");
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_str_eq(seen.all[0].id, "taken");
}
END_TEST

START_TEST(a_database_that_refuses_is_told_once_and_no_report_is_lost) {
    temp_database_run(database.connection, "CREATE TRIGGER stop BEFORE DELETE ON notify_outbox"
                                           " BEGIN SELECT raise(ABORT, 'disk on fire'); END");
    commit_events("users", 0, 1500, 1500);
    relay_fixture_start(&relay, database.path);
    /* No more goes out than what may be published twice after a crash. */
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 1000);
    relay_fixture_await_log(&relay, "disk on fire");
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT count(*) FROM notify_outbox"), 1500);
    temp_database_run(database.connection, "DROP TRIGGER stop");
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    relay_fixture_await_log(&relay, "lets the relay record deliveries again");
    ck_assert_int_eq(relay_fixture_logged(&relay, "disk on fire"), 1);
    sightings_read(&seen, &cluster, "users");
    ck_assert_uint_eq(seen.count, 1500);
    assert_no_duplicates(&seen);
}
END_TEST

START_TEST(a_database_that_cannot_be_read_is_told_once_and_recovers) {
    relay_fixture_start(&relay, database.path);
    temp_database_run(database.connection, "ALTER TABLE notify_outbox RENAME TO away");
    relay_fixture_await_log(&relay, "does not let the relay read");
    temp_database_run(database.connection, "ALTER TABLE away RENAME TO notify_outbox");
    commit_events("users", 0, 10, 2);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 10);
    relay_fixture_await_log(&relay, "lets the relay read again");
    ck_assert_int_eq(relay_fixture_logged(&relay, "does not let the relay read"), 1);
}
END_TEST

START_TEST(a_long_transaction_of_the_application_delays_but_loses_no_report) {
    commit_events("users", 0, 100, 100);
    temp_database_run(database.connection, "BEGIN IMMEDIATE");
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PUBLISHED, 100);
    /* All are reported, none can be deleted. */
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT count(*) FROM notify_outbox"), 100);
    temp_database_run(database.connection, "COMMIT");
    relay_fixture_finish(&relay);
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT count(*) FROM notify_outbox"), 0);
    sightings_read(&seen, &cluster, "users");
    assert_no_duplicates(&seen);
    relay_fixture_init(&relay, &cluster);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        errors_that_the_client_retries_neither_lose_nor_reorder,
        a_forbidden_topic_keeps_the_order_of_its_keys_when_it_is_allowed_again,
        a_missing_topic_is_told_once_waits_and_holds_up_no_other,
        a_row_that_is_too_large_is_marked_failed_and_its_key_goes_on,
        failed_rows_are_counted_at_the_start_and_can_be_sent_again_by_sql,
        rows_refused_as_a_batch_are_tried_alone_before_one_is_given_up,
        a_row_that_is_refused_alone_is_given_up_with_the_words_of_kafka,
        a_database_that_refuses_is_told_once_and_no_report_is_lost,
        a_database_that_cannot_be_read_is_told_once_and_recovers,
        a_long_transaction_of_the_application_delays_but_loses_no_report,
    };
    return suite_run_with_fixture("outbox trouble", tests, SUITE_COUNT(tests), set_up, relay_scene_tear_down);
}
