/* SPDX-License-Identifier: Apache-2.0 */
/* What is published arrives as it was given, once, also from many threads. */
#include "client_fixture.h"
#include "suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

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
    ck_assert_uint_eq(cluster_read_topic(&cluster, "users", check_message, event), 1);
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
    ck_assert_uint_eq(cluster_read_topic(&cluster, "users", check_encoded, NULL), 1);
    notify_client_free(client);
}
END_TEST

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
    set_property("queue.buffering.max.messages", "500"); /* so that the queue fills up, too */
    rd_kafka_mock_topic_create(cluster.mock, "many", 4, 1);
    notify_client *client = start_client();
    publish_from_threads(client);
    ck_assert_int_eq(notify_client_flush(client, 30000), NOTIFY_OK);
    ck_assert_uint_eq(notify_client_pending(client), 0);
    ledger_assert_each_once(&ledger, (size_t)THREADS * EVENTS_PER_THREAD);
    ck_assert_uint_eq(ledger_count(&ledger, NOTIFY_OK), (size_t)THREADS * EVENTS_PER_THREAD);
    ck_assert_uint_eq(cluster_read_topic(&cluster, "many", NULL, NULL), (size_t)THREADS * EVENTS_PER_THREAD);
    notify_client_free(client);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("client arrival");
    TCase *cases = suite_case(suite, "arrival", client_set_up, client_tear_down, 100);
    tcase_add_test(cases, an_event_arrives_with_key_headers_and_bytes);
    tcase_add_test(cases, encoded_bytes_arrive_as_they_are);
    tcase_add_test(cases, events_of_many_threads_are_each_told_once_and_stored_once);
    return suite_end(suite);
}
