/* SPDX-License-Identifier: Apache-2.0 */
/* Kafka is away, slow, or has broken the producer: each accepted event is told its fate exactly once. */
#include "client.h"
#include "client_fixture.h"
#include "suite.h"

START_TEST(a_full_queue_is_an_error_of_its_own) {
    set_property("queue.buffering.max.messages", "10");
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    notify_client *client = start_client();
    for (size_t i = 0; i < 10; i++)
        ck_assert_int_eq(publish(client, "users", i), NOTIFY_OK);
    ck_assert_int_eq(publish(client, "users", 10), NOTIFY_E_QUEUE_FULL);
    ck_assert_uint_eq(notify_client_pending(client), 10);
    ck_assert_int_eq(notify_client_flush(client, 0), NOTIFY_E_TIMED_OUT);
    notify_event *event = make_event("u-1");
    ck_assert_int_eq(notify_client_publish_and_wait(client, "users", event, 100), NOTIFY_E_QUEUE_FULL);
    notify_event_free(event);
    notify_client_free(client);
    ledger_assert_each_once(&ledger, 10);
}
END_TEST

START_TEST(freeing_gives_up_what_is_pending_and_tells_each) {
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    notify_client *client = start_client();
    for (size_t i = 0; i < 200; i++)
        ck_assert_int_eq(publish(client, "users", i), NOTIFY_OK);
    notify_client_free(client);
    ledger_assert_each_once(&ledger, 200);
    ck_assert_uint_eq(ledger_count(&ledger, NOTIFY_E_NOT_DELIVERED), 200);
}
END_TEST

START_TEST(what_is_on_the_wire_when_the_client_is_freed_was_possibly_delivered) {
    set_property("linger.ms", "0");
    notify_client *client = start_client();
    notify_event *event = make_event("u-1");
    ck_assert_int_eq(notify_client_publish_and_wait(client, "users", event, 10000),
                     NOTIFY_OK); /* connected */
    rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 20000);
    ck_assert_int_eq(publish(client, "users", 0), NOTIFY_OK);
    /* Longer than it takes to reach the broker, and far less than its answer takes. */
    ck_assert_int_eq(notify_client_flush(client, 1000), NOTIFY_E_TIMED_OUT);
    notify_event_free(event);
    notify_client_free(client);
    ledger_assert_each_once(&ledger, 1);
    ck_assert_str_eq(notify_client_error_name(ledger.errors[0]), "NOTIFY_E_POSSIBLY_DELIVERED");
}
END_TEST

START_TEST(events_wait_for_a_broker_that_comes_back) {
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    notify_client *client = start_client();
    for (size_t i = 0; i < 50; i++)
        ck_assert_int_eq(publish(client, "users", i), NOTIFY_OK);
    for (int tries = 0; !notify_client_is_disconnected(client) && tries < 300; tries++)
        ck_assert_int_eq(notify_client_flush(client, 50), NOTIFY_E_TIMED_OUT);
    ck_assert_int_eq(notify_client_is_disconnected(client), 1);
    rd_kafka_mock_broker_set_up(cluster.mock, 1);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ck_assert_int_eq(notify_client_is_disconnected(client), 0);
    ledger_assert_each_once(&ledger, 50);
    ck_assert_uint_eq(ledger_count(&ledger, NOTIFY_OK), 50);
    ck_assert_uint_eq(cluster_read_topic(&cluster, "users", NULL, NULL), 50);
    notify_client_free(client);
}
END_TEST

START_TEST(waiting_ends_in_time_and_the_event_stays_queued) {
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    notify_client *client = start_client();
    notify_event *event = make_event("u-1");
    ck_assert_int_eq(notify_client_publish_and_wait(client, "users", event, 50), NOTIFY_E_TIMED_OUT);
    ck_assert_uint_eq(notify_client_pending(client), 1);
    rd_kafka_mock_broker_set_up(cluster.mock, 1);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ck_assert_uint_eq(cluster_read_topic(&cluster, "users", NULL, NULL), 1);
    notify_event_free(event);
    notify_client_free(client);
    ck_assert_uint_eq(ledger.total, 0);
}
END_TEST

START_TEST(an_event_whose_time_is_over_is_told_as_not_delivered) {
    set_property("message.timeout.ms", "300");
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    notify_client *client = start_client();
    ck_assert_int_eq(publish(client, "users", 0), NOTIFY_OK);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ledger_assert_each_once(&ledger, 1);
    ck_assert_str_eq(notify_client_error_name(ledger.errors[0]), "NOTIFY_E_NOT_DELIVERED");
    notify_client_free(client);
}
END_TEST

START_TEST(after_a_fatal_error_each_event_is_told_and_a_new_producer_goes_on) {
    notify_client *client = start_client();
    rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 300); /* so that some are on the wire */
    size_t accepted = 0;
    for (size_t i = 0; i < 300; i++) {
        if (i == 150)
            rd_kafka_test_fatal_error(client->producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                      "test");
        enum notify_error error = publish(client, "users", accepted);
        ck_assert(error == NOTIFY_OK || error == NOTIFY_E_QUEUE_FULL);
        accepted += error == NOTIFY_OK;
    }
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ledger_assert_each_once(&ledger, accepted);

    publish_until_accepted(client, "users", accepted);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ledger_assert_each_once(&ledger, accepted + 1);
    ck_assert_int_eq(ledger.errors[accepted], NOTIFY_OK);
    size_t stored = cluster_read_topic(&cluster, "users", NULL, NULL);
    size_t told_stored = ledger_count(&ledger, NOTIFY_OK);
    size_t possibly = ledger_count(&ledger, NOTIFY_E_POSSIBLY_DELIVERED);
    ck_assert_uint_ge(stored, told_stored);
    ck_assert_uint_le(stored, told_stored + possibly);
    notify_client_free(client);
}
END_TEST

START_TEST(a_client_can_be_freed_in_the_middle_of_a_fatal_error) {
    notify_client *client = start_client();
    rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 2000);
    for (size_t i = 0; i < 20; i++)
        ck_assert_int_eq(publish(client, "users", i), NOTIFY_OK);
    rd_kafka_test_fatal_error(client->producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
    notify_client_free(client);
    ledger_assert_each_once(&ledger, 20);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("client outage");
    TCase *cases = suite_case(suite, "outage", client_set_up, client_tear_down, 100);
    tcase_add_test(cases, a_full_queue_is_an_error_of_its_own);
    tcase_add_test(cases, freeing_gives_up_what_is_pending_and_tells_each);
    tcase_add_test(cases, what_is_on_the_wire_when_the_client_is_freed_was_possibly_delivered);
    tcase_add_test(cases, events_wait_for_a_broker_that_comes_back);
    tcase_add_test(cases, waiting_ends_in_time_and_the_event_stays_queued);
    tcase_add_test(cases, an_event_whose_time_is_over_is_told_as_not_delivered);
    tcase_add_test(cases, after_a_fatal_error_each_event_is_told_and_a_new_producer_goes_on);
    tcase_add_test(cases, a_client_can_be_freed_in_the_middle_of_a_fatal_error);
    return suite_end(suite);
}
