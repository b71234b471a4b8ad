/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of each event: once, by its kind of error, and what the callback may do. */
#include "client_fixture.h"
#include "suite.h"

#include <string.h>

START_TEST(retriable_errors_of_the_broker_are_not_seen) {
    notify_client *client = start_client();
    rd_kafka_mock_push_request_errors(cluster.mock, API_PRODUCE, 4,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT);
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(publish(client, "users", i), NOTIFY_OK);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ledger_assert_each_once(&ledger, 100);
    ck_assert_uint_eq(ledger_count(&ledger, NOTIFY_OK), 100);
    notify_client_free(client);
}
END_TEST

static const struct {
    rd_kafka_resp_err_t broker;
    enum notify_error told;
} final_errors[] = {
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, NOTIFY_E_TOO_LARGE},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, NOTIFY_E_NOT_AUTHORIZED},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, NOTIFY_E_INVALID_EVENT},
};

START_TEST(final_errors_of_the_broker_are_told_by_their_kind) {
    notify_client *client = start_client();
    rd_kafka_mock_push_request_errors(cluster.mock, API_PRODUCE, 1, final_errors[_i].broker);
    ck_assert_int_eq(publish(client, "users", 0), NOTIFY_OK);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ledger_assert_each_once(&ledger, 1);
    ck_assert_str_eq(notify_client_error_name(ledger.errors[0]),
                     notify_client_error_name(final_errors[_i].told));

    /* The client goes on; a topic that refused us does when librdkafka has asked for its metadata again. */
    publish_until_accepted(client, "users", 1);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ck_assert_str_eq(notify_client_error_name(ledger.errors[1]), "NOTIFY_OK");
    notify_client_free(client);
}
END_TEST

START_TEST(an_event_over_the_size_limit_is_refused_at_once) {
    set_property("message.max.bytes", "2000");
    notify_client *client = start_client();
    notify_event *event = make_event("u-1");
    char text[3001];
    memset(text, 'x', 3000);
    text[3000] = '\0';
    ck_assert_int_eq(notify_event_set_string(event, "text", text), NOTIFY_OK);
    ck_assert_int_eq(notify_client_publish(client, "users", event, NULL), NOTIFY_E_TOO_LARGE);
    ck_assert_uint_eq(notify_client_pending(client), 0);
    notify_event_free(event);
    notify_client_free(client);
    ck_assert_uint_eq(ledger.total, 0);
}
END_TEST

START_TEST(an_unknown_topic_is_told) {
    set_property("topic.metadata.propagation.max.ms", "200");
    rd_kafka_mock_topic_set_error(cluster.mock, "nosuch", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    notify_client *client = start_client();
    notify_event *event = make_event("u-1");
    ck_assert_int_eq(notify_client_publish_and_wait(client, "nosuch", event, 30000), NOTIFY_E_UNKNOWN_TOPIC);
    ck_assert_int_eq(notify_client_publish_and_wait(client, "nosuch", event, 30000), NOTIFY_E_UNKNOWN_TOPIC);
    ck_assert_int_eq(notify_client_publish(client, "not a topic", event, NULL), NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_client_publish(client, "", event, NULL), NOTIFY_E_INVALID_ARGUMENT);
    notify_event_free(event);
    notify_client_free(client);
}
END_TEST

struct republisher {
    notify_client *client;
    size_t left;
    enum notify_error waiting_error, last_error;
};

static void publish_again(const notify_delivery *delivery, void *data) {
    struct republisher *republisher = data;
    ledger_note(delivery, &ledger);
    republisher->waiting_error = notify_client_flush(republisher->client, 10);
    if (republisher->left-- > 0)
        republisher->last_error = publish(republisher->client, "users", ledger.total);
}

START_TEST(a_callback_may_publish_but_not_wait) {
    struct republisher republisher = {.left = 5};
    notify_client_config_set_delivery_callback(config, publish_again, &republisher);
    republisher.client = start_client();
    ck_assert_int_eq(publish(republisher.client, "users", 0), NOTIFY_OK);
    ck_assert_int_eq(notify_client_flush(republisher.client, 30000), NOTIFY_OK);
    ledger_assert_each_once(&ledger, 6);
    ck_assert_int_eq(republisher.waiting_error, NOTIFY_E_INVALID_ARGUMENT);
    notify_client_free(republisher.client);
}
END_TEST

START_TEST(while_the_client_is_freed_a_callback_cannot_publish) {
    struct republisher republisher = {.left = 5};
    notify_client_config_set_delivery_callback(config, publish_again, &republisher);
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    republisher.client = start_client();
    ck_assert_int_eq(publish(republisher.client, "users", 0), NOTIFY_OK);
    notify_client_free(republisher.client);
    ledger_assert_each_once(&ledger, 1);
    ck_assert_int_eq(republisher.last_error, NOTIFY_E_CLOSED);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("client reports");
    TCase *cases = suite_case(suite, "reports", client_set_up, client_tear_down, 100);
    tcase_add_test(cases, retriable_errors_of_the_broker_are_not_seen);
    tcase_add_loop_test(cases, final_errors_of_the_broker_are_told_by_their_kind, 0,
                        LOOP_COUNT(final_errors));
    tcase_add_test(cases, an_event_over_the_size_limit_is_refused_at_once);
    tcase_add_test(cases, an_unknown_topic_is_told);
    tcase_add_test(cases, a_callback_may_publish_but_not_wait);
    tcase_add_test(cases, while_the_client_is_freed_a_callback_cannot_publish);
    return suite_end(suite);
}
