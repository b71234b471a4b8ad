/* SPDX-License-Identifier: Apache-2.0 */
/* The delivery promise against librdkafka's mock cluster: each accepted event is told its fate exactly once.
 */
#include "client.h"
#include "ledger.h"
#include "mock_kafka.h"

#include <check.h>
#include <notify-client.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct mock_kafka kafka;
static notify_client_config *config;
static struct ledger ledger;

static void keep_quiet(int level, const char *text, void *data) {
    (void)level;
    (void)text;
    (void)data;
}

static void set(const char *property, const char *value) {
    char text[256];
    ck_assert_msg(notify_client_config_set(config, property, value, text, sizeof text) == NOTIFY_OK, "%s",
                  text);
}

static void set_up(void) {
    memset(&ledger, 0, sizeof ledger);
    ck_assert_int_eq(pthread_mutex_init(&ledger.mutex, NULL), 0);
    mock_kafka_start(&kafka, 1);
    ck_assert_int_eq(notify_client_config_new(&config), NOTIFY_OK);
    set("bootstrap.servers", kafka.bootstrap_servers);
    set("reconnect.backoff.max.ms", "200");
    ck_assert_int_eq(notify_client_config_set_source(config, "/test"), NOTIFY_OK);
    notify_client_config_set_delivery_callback(config, ledger_note, &ledger);
    notify_client_config_set_log_callback(config, keep_quiet, NULL);
}

static void tear_down(void) {
    notify_client_config_free(config);
    mock_kafka_stop(&kafka);
    pthread_mutex_destroy(&ledger.mutex);
}

static notify_client *start_client(void) {
    notify_client *client;
    char text[256];
    ck_assert_msg(notify_client_new(&client, config, text, sizeof text) == NOTIFY_OK, "%s", text);
    return client;
}

static notify_event *make_event(const char *subject) {
    notify_event *event;
    ck_assert_int_eq(notify_event_new(&event, "com.example.test.v1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_subject(event, subject), NOTIFY_OK);
    return event;
}

static enum notify_error publish(notify_client *client, const char *topic, size_t number) {
    notify_event *event = make_event("u-1");
    enum notify_error error = notify_client_publish(client, topic, event, ledger_opaque(number));
    notify_event_free(event);
    return error;
}

/* For a client that refuses for a while only. */
static void publish_until_accepted(notify_client *client, const char *topic, size_t number) {
    enum notify_error error = publish(client, topic, number);
    for (int tries = 0; error != NOTIFY_OK && tries < 3000; tries++) {
        struct timespec pause = {.tv_nsec = 10000000};
        nanosleep(&pause, NULL);
        error = publish(client, topic, number);
    }
    ck_assert_str_eq(notify_client_error_name(error), "NOTIFY_OK");
}

/* --- what arrives --- */

static void check_message(const rd_kafka_message_t *message, void *data) {
    const notify_event *event = data;
    char expected[512];
    snprintf(
        expected, sizeof expected,
        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/test\",\"type\":\"com.example.test.v1\","
        "\"subject\":\"u-1\",\"time\":\"%s\",\"datacontenttype\":\"application/json\",\"data\":{\"n\":1}}",
        notify_event_id(event), notify_event_time(event));
    ck_assert_uint_eq(message->len, strlen(expected));
    ck_assert_int_eq(memcmp(message->payload, expected, message->len), 0);
    ck_assert_uint_eq(message->key_len, 3);
    ck_assert_int_eq(memcmp(message->key, "u-1", 3), 0);

    static const char *const headers[][2] = {
        {"content-type", "application/cloudevents+json; charset=UTF-8"},
        {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        {"tracestate", "a=b"},
    };
    rd_kafka_headers_t *found;
    ck_assert_int_eq(rd_kafka_message_headers(message, &found), RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_uint_eq(rd_kafka_header_cnt(found), 3);
    for (size_t i = 0; i < 3; i++) {
        const char *name;
        const void *value;
        size_t size;
        ck_assert_int_eq(rd_kafka_header_get_all(found, i, &name, &value, &size), RD_KAFKA_RESP_ERR_NO_ERROR);
        ck_assert_str_eq(name, headers[i][0]);
        ck_assert_uint_eq(size, strlen(headers[i][1]));
        ck_assert_int_eq(memcmp(value, headers[i][1], size), 0);
    }
}

START_TEST(an_event_arrives_with_key_headers_and_bytes) {
    notify_client *client = start_client();
    notify_event *event = make_event("u-1");
    ck_assert_int_eq(notify_event_set_integer(event, "n", 1), NOTIFY_OK);
    ck_assert_int_eq(
        notify_event_set_trace(event, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=b"),
        NOTIFY_OK);
    ck_assert_int_eq(notify_client_publish_and_wait(client, "users", event, 10000), NOTIFY_OK);
    ck_assert_uint_eq(notify_client_pending(client), 0);
    ck_assert_uint_eq(ledger.total, 0); /* the waiting variant has no callback */
    ck_assert_uint_eq(mock_kafka_read(&kafka, "users", check_message, event), 1);
    notify_event_free(event);
    notify_client_free(client);
}
END_TEST

static void check_encoded(const rd_kafka_message_t *message, void *data) {
    (void)data;
    ck_assert_uint_eq(message->len, 5);
    ck_assert_int_eq(memcmp(message->payload, "{\"\0\"}", 5), 0);
    ck_assert_ptr_null(message->key);
}

START_TEST(encoded_bytes_arrive_as_they_are) {
    notify_client *client = start_client();
    ck_assert_int_eq(notify_client_publish_encoded(client, "users", "the-id", NULL, "{\"\0\"}", 5, NULL, NULL,
                                                   ledger_opaque(0)),
                     NOTIFY_OK);
    ck_assert_int_eq(notify_client_flush(client, 10000), NOTIFY_OK);
    ledger_assert_each_once(&ledger, 1);
    ck_assert_str_eq(ledger.ids[0], "the-id");
    ck_assert_uint_eq(mock_kafka_read(&kafka, "users", check_encoded, NULL), 1);
    notify_client_free(client);
}
END_TEST

/* --- exactly once --- */

#define THREADS 6
#define EVENTS_PER_THREAD 1500

struct publisher {
    notify_client *client;
    size_t first;
};

/* Publishes EVENTS_PER_THREAD events; a full queue is waited for. NULL: all were accepted. */
static void *publish_many(void *data) {
    const struct publisher *publisher = data;
    for (size_t i = 0; i < EVENTS_PER_THREAD; i++) {
        enum notify_error error;
        while ((error = publish(publisher->client, "many", publisher->first + i)) == NOTIFY_E_QUEUE_FULL) {
            if (notify_client_flush(publisher->client, 30000) != NOTIFY_OK)
                return data;
        }
        if (error != NOTIFY_OK)
            return data;
    }
    return NULL;
}

static void publish_from_threads(notify_client *client) {
    pthread_t threads[THREADS];
    struct publisher publishers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        publishers[i] = (struct publisher){client, i * EVENTS_PER_THREAD};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, publish_many, &publishers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *failed;
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
}

START_TEST(events_of_many_threads_are_each_told_once_and_stored_once) {
    set("queue.buffering.max.messages", "500"); /* so that the queue fills up, too */
    rd_kafka_mock_topic_create(kafka.cluster, "many", 4, 1);
    notify_client *client = start_client();
    publish_from_threads(client);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ck_assert_uint_eq(notify_client_pending(client), 0);
    ledger_assert_each_once(&ledger, (size_t)THREADS * EVENTS_PER_THREAD);
    ck_assert_uint_eq(ledger_count(&ledger, NOTIFY_OK), (size_t)THREADS * EVENTS_PER_THREAD);
    ck_assert_uint_eq(mock_kafka_read(&kafka, "many", NULL, NULL), (size_t)THREADS * EVENTS_PER_THREAD);
    notify_client_free(client);
}
END_TEST

START_TEST(retriable_errors_of_the_broker_are_not_seen) {
    notify_client *client = start_client();
    rd_kafka_mock_push_request_errors(kafka.cluster, MOCK_KAFKA_PRODUCE, 4,
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
    rd_kafka_mock_push_request_errors(kafka.cluster, MOCK_KAFKA_PRODUCE, 1, final_errors[_i].broker);
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
    set("message.max.bytes", "2000");
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
    set("topic.metadata.propagation.max.ms", "200");
    rd_kafka_mock_topic_set_error(kafka.cluster, "nosuch", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
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

/* --- Kafka away --- */

START_TEST(a_full_queue_is_an_error_of_its_own) {
    set("queue.buffering.max.messages", "10");
    rd_kafka_mock_broker_set_down(kafka.cluster, 1);
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
    rd_kafka_mock_broker_set_down(kafka.cluster, 1);
    notify_client *client = start_client();
    for (size_t i = 0; i < 200; i++)
        ck_assert_int_eq(publish(client, "users", i), NOTIFY_OK);
    notify_client_free(client);
    ledger_assert_each_once(&ledger, 200);
    ck_assert_uint_eq(ledger_count(&ledger, NOTIFY_E_NOT_DELIVERED), 200);
}
END_TEST

START_TEST(what_is_on_the_wire_when_the_client_is_freed_was_possibly_delivered) {
    set("linger.ms", "0");
    notify_client *client = start_client();
    notify_event *event = make_event("u-1");
    ck_assert_int_eq(notify_client_publish_and_wait(client, "users", event, 10000),
                     NOTIFY_OK); /* connected */
    rd_kafka_mock_broker_set_rtt(kafka.cluster, 1, 20000);
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
    rd_kafka_mock_broker_set_down(kafka.cluster, 1);
    notify_client *client = start_client();
    for (size_t i = 0; i < 50; i++)
        ck_assert_int_eq(publish(client, "users", i), NOTIFY_OK);
    for (int tries = 0; !notify_client_is_disconnected(client) && tries < 300; tries++)
        ck_assert_int_eq(notify_client_flush(client, 50), NOTIFY_E_TIMED_OUT);
    ck_assert_int_eq(notify_client_is_disconnected(client), 1);
    rd_kafka_mock_broker_set_up(kafka.cluster, 1);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ck_assert_int_eq(notify_client_is_disconnected(client), 0);
    ledger_assert_each_once(&ledger, 50);
    ck_assert_uint_eq(ledger_count(&ledger, NOTIFY_OK), 50);
    ck_assert_uint_eq(mock_kafka_read(&kafka, "users", NULL, NULL), 50);
    notify_client_free(client);
}
END_TEST

START_TEST(waiting_ends_in_time_and_the_event_stays_queued) {
    rd_kafka_mock_broker_set_down(kafka.cluster, 1);
    notify_client *client = start_client();
    notify_event *event = make_event("u-1");
    ck_assert_int_eq(notify_client_publish_and_wait(client, "users", event, 50), NOTIFY_E_TIMED_OUT);
    ck_assert_uint_eq(notify_client_pending(client), 1);
    rd_kafka_mock_broker_set_up(kafka.cluster, 1);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ck_assert_uint_eq(mock_kafka_read(&kafka, "users", NULL, NULL), 1);
    notify_event_free(event);
    notify_client_free(client);
    ck_assert_uint_eq(ledger.total, 0);
}
END_TEST

START_TEST(an_event_whose_time_is_over_is_told_as_not_delivered) {
    set("message.timeout.ms", "300");
    rd_kafka_mock_broker_set_down(kafka.cluster, 1);
    notify_client *client = start_client();
    ck_assert_int_eq(publish(client, "users", 0), NOTIFY_OK);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ledger_assert_each_once(&ledger, 1);
    ck_assert_str_eq(notify_client_error_name(ledger.errors[0]), "NOTIFY_E_NOT_DELIVERED");
    notify_client_free(client);
}
END_TEST

/* --- callbacks --- */

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
    rd_kafka_mock_broker_set_down(kafka.cluster, 1);
    republisher.client = start_client();
    ck_assert_int_eq(publish(republisher.client, "users", 0), NOTIFY_OK);
    notify_client_free(republisher.client);
    ledger_assert_each_once(&ledger, 1);
    ck_assert_int_eq(republisher.last_error, NOTIFY_E_CLOSED);
}
END_TEST

/* --- a producer that broke --- */

START_TEST(after_a_fatal_error_each_event_is_told_and_a_new_producer_goes_on) {
    notify_client *client = start_client();
    rd_kafka_mock_broker_set_rtt(kafka.cluster, 1, 300); /* so that some are on the wire */
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
    size_t stored = mock_kafka_read(&kafka, "users", NULL, NULL);
    size_t told_stored = ledger_count(&ledger, NOTIFY_OK);
    size_t possibly = ledger_count(&ledger, NOTIFY_E_POSSIBLY_DELIVERED);
    ck_assert_uint_ge(stored, told_stored);
    ck_assert_uint_le(stored, told_stored + possibly);
    notify_client_free(client);
}
END_TEST

START_TEST(a_client_can_be_freed_in_the_middle_of_a_fatal_error) {
    notify_client *client = start_client();
    rd_kafka_mock_broker_set_rtt(kafka.cluster, 1, 2000);
    for (size_t i = 0; i < 20; i++)
        ck_assert_int_eq(publish(client, "users", i), NOTIFY_OK);
    rd_kafka_test_fatal_error(client->producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
    notify_client_free(client);
    ledger_assert_each_once(&ledger, 20);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("delivery");
    TCase *test_case = tcase_create("delivery");
    tcase_set_timeout(test_case, 100);
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, an_event_arrives_with_key_headers_and_bytes);
    tcase_add_test(test_case, encoded_bytes_arrive_as_they_are);
    tcase_add_test(test_case, events_of_many_threads_are_each_told_once_and_stored_once);
    tcase_add_test(test_case, retriable_errors_of_the_broker_are_not_seen);
    tcase_add_loop_test(test_case, final_errors_of_the_broker_are_told_by_their_kind, 0,
                        sizeof final_errors / sizeof final_errors[0]);
    tcase_add_test(test_case, an_event_over_the_size_limit_is_refused_at_once);
    tcase_add_test(test_case, an_unknown_topic_is_told);
    tcase_add_test(test_case, a_full_queue_is_an_error_of_its_own);
    tcase_add_test(test_case, freeing_gives_up_what_is_pending_and_tells_each);
    tcase_add_test(test_case, what_is_on_the_wire_when_the_client_is_freed_was_possibly_delivered);
    tcase_add_test(test_case, events_wait_for_a_broker_that_comes_back);
    tcase_add_test(test_case, waiting_ends_in_time_and_the_event_stays_queued);
    tcase_add_test(test_case, an_event_whose_time_is_over_is_told_as_not_delivered);
    tcase_add_test(test_case, a_callback_may_publish_but_not_wait);
    tcase_add_test(test_case, while_the_client_is_freed_a_callback_cannot_publish);
    tcase_add_test(test_case, after_a_fatal_error_each_event_is_told_and_a_new_producer_goes_on);
    tcase_add_test(test_case, a_client_can_be_freed_in_the_middle_of_a_fatal_error);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
