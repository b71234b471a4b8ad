/* SPDX-License-Identifier: Apache-2.0 */
/* The calling threads' side: an event on its way into librdkafka's queue. */
#include "attribute.h"
#include "client.h"
#include "delivery.h"
#include "error.h"
#include "event.h"

#include <string.h>

struct message {
    const char *topic;
    const char *event_id;
    const char *key; /* NULL: none */
    const char *encoded;
    size_t encoded_size;
    const char *traceparent, *tracestate; /* NULL: none */
};

/* CloudEvents Kafka binding §3.3: structured mode is told by the content-type. */
static const char content_type[] = "application/cloudevents+json; charset=UTF-8";

static bool add_header(rd_kafka_headers_t *headers, const char *name, const char *value) {
    return value == NULL || rd_kafka_header_add(headers, name, -1, value, -1) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* NULL: no memory. */
static rd_kafka_headers_t *make_headers(const struct message *message) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(3);
    if (headers == NULL)
        return NULL;
    if (!add_header(headers, "content-type", content_type) ||
        !add_header(headers, "traceparent", message->traceparent) ||
        !add_header(headers, "tracestate", message->tracestate)) {
        rd_kafka_headers_destroy(headers);
        return NULL;
    }
    return headers;
}

static enum notify_error produce_failure(rd_kafka_error_t *failure) {
    rd_kafka_resp_err_t code = rd_kafka_error_code(failure);
    enum notify_error error;
    if (rd_kafka_error_is_fatal(failure)) /* the client's thread is about to replace the producer */
        error = notify_fail(NOTIFY_E_QUEUE_FULL, "the producer is being replaced after a fatal error");
    else if (code == RD_KAFKA_RESP_ERR__INVALID_ARG)
        error = notify_fail(NOTIFY_E_INVALID_ARGUMENT, "%s", rd_kafka_error_string(failure));
    else
        error = notify_fail(delivery_error_of(code), "%s", rd_kafka_error_string(failure));
    rd_kafka_error_destroy(failure);
    return error;
}

/* On success librdkafka has the record, and a delivery report will come. The producer is locked. */
static enum notify_error produce(notify_client *client, const struct message *message,
                                 struct delivery_record *record) {
    rd_kafka_headers_t *headers = make_headers(message);
    if (headers == NULL)
        return notify_fail_no_memory();
    /* librdkafka does not change what it copies; its struct has no const. */
    rd_kafka_vu_t parts[6] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = message->topic},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)message->encoded, message->encoded_size}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = record},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    size_t count = 5;
    if (message->key != NULL)
        parts[count++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_KEY,
                                         .u.mem = {(void *)message->key, strlen(message->key)}};
    rd_kafka_error_t *failure = rd_kafka_produceva(client->producer, parts, count);
    if (failure == NULL)
        return NOTIFY_OK;
    rd_kafka_headers_destroy(headers);
    return produce_failure(failure);
}

/* Takes the record over when it succeeds. */
static enum notify_error hand_over(notify_client *client, const struct message *message,
                                   struct delivery_record *record) {
    int failed = pthread_rwlock_rdlock(&client->producer_lock);
    if (failed != 0)
        return notify_fail(NOTIFY_E_SYSTEM, "pthread_rwlock_rdlock: %s", strerror(failed));
    enum client_state state = client->state;
    enum notify_error error;
    if (state == CLIENT_CLOSING) {
        error = notify_fail(NOTIFY_E_CLOSED, "%s", notify_client_error_text(NOTIFY_E_CLOSED));
    } else if (state == CLIENT_REBUILDING) {
        error = notify_fail(client->refusal, "the producer is being replaced after a fatal error");
    } else {
        /* Before produce: the report may come before produce returns. */
        atomic_fetch_add(&client->pending, 1);
        error = produce(client, message, record);
    }
    bool given_back = error != NOTIFY_OK && state == CLIENT_RUNNING;
    pthread_rwlock_unlock(&client->producer_lock);
    if (given_back)
        client_forget_pending(client, 1);
    return error;
}

static enum notify_error send_message(notify_client *client, const struct message *message, void *opaque,
                                      struct delivery_waiter *waiter) {
    const char *problem = attribute_check_topic(message->topic);
    if (problem != NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the topic's name %s", problem);
    struct delivery_record *record = delivery_record_new(message->event_id, opaque, waiter);
    if (record == NULL)
        return notify_fail_no_memory();
    enum notify_error error = hand_over(client, message, record);
    if (error != NOTIFY_OK)
        delivery_record_free(record);
    return error;
}

static enum notify_error send_event(notify_client *client, const char *topic, notify_event *event,
                                    void *opaque, struct delivery_waiter *waiter) {
    if (client == NULL || topic == NULL || event == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the client, the topic or the event is NULL");
    struct message message = {.topic = topic};
    char *encoded = NULL;
    enum notify_error error = event_check_data(event, client->config->schemas);
    if (error == NOTIFY_OK)
        error = event_complete(event, client->config->source);
    if (error == NOTIFY_OK)
        error = notify_event_encode(event, &encoded, &message.encoded_size);
    if (error != NOTIFY_OK)
        return error;
    message.encoded = encoded;
    message.event_id = event->id;
    message.key = notify_event_key(event);
    message.traceparent = event->traceparent;
    message.tracestate = event->tracestate;
    error = send_message(client, &message, opaque, waiter);
    notify_event_free_encoded(encoded);
    return error;
}

enum notify_error notify_client_publish(notify_client *client, const char *topic, notify_event *event,
                                        void *opaque) {
    return send_event(client, topic, event, opaque, NULL);
}

enum notify_error notify_client_publish_and_wait(notify_client *client, const char *topic,
                                                 notify_event *event, int timeout_ms) {
    if (client != NULL && connection_is_own_thread(client))
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "a callback must not wait for deliveries");
    struct delivery_waiter *waiter = delivery_waiter_new();
    if (waiter == NULL)
        return notify_fail_no_memory();
    enum notify_error error = send_event(client, topic, event, NULL, waiter);
    if (error == NOTIFY_OK)
        error = delivery_waiter_wait(waiter, timeout_ms);
    delivery_waiter_release(waiter);
    return error;
}

enum notify_error notify_client_publish_encoded(notify_client *client, const char *topic,
                                                const char *event_id, const char *key, const char *encoded,
                                                size_t encoded_size, const char *traceparent,
                                                const char *tracestate, void *opaque) {
    if (client == NULL || topic == NULL || event_id == NULL || encoded == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT,
                           "the client, the topic, the event's id or its bytes are NULL");
    struct message message = {
        .topic = topic,
        .event_id = event_id,
        .key = key,
        .encoded = encoded,
        .encoded_size = encoded_size,
        .traceparent = traceparent,
        .tracestate = tracestate,
    };
    return send_message(client, &message, opaque, NULL);
}
