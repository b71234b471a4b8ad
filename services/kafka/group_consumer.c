/* SPDX-License-Identifier: Apache-2.0 */
#include "group_consumer_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include "consumer_config.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 200 /* also what keeps max.poll.interval.ms on an idle topic */
#define CLOSE_DEADLINE_MS 5000

/* --- what is told --- */

void group_consumer_trouble(struct group_consumer *consumer, const char *format, ...) {
    char text[sizeof consumer->trouble];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (consumer->in_trouble && strcmp(text, consumer->trouble) == 0)
        return;
    consumer->in_trouble = true;
    consumer->next_probe_ms = clock_monotonic_ms() + TROUBLE_PROBE_MS;
    memcpy(consumer->trouble, text, sizeof text);
    consumer->events.state(consumer->events.data, false, consumer->trouble);
}

void group_consumer_well(struct group_consumer *consumer) {
    consumer->refused_since_ms = 0;
    if (!consumer->in_trouble)
        return;
    consumer->in_trouble = false;
    consumer->trouble[0] = '\0';
    consumer->events.state(consumer->events.data, true, "");
}

static void tell_fatal(struct group_consumer *consumer) {
    char reason[256];
    if (consumer->fatal_told ||
        rd_kafka_fatal_error(consumer->kafka, reason, sizeof reason) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    consumer->fatal_told = true;
    consumer->events.fatal(consumer->events.data, reason);
}

static void error_callback(rd_kafka_t *kafka, int error, const char *reason, void *opaque) {
    (void)kafka;
    struct group_consumer *consumer = opaque;
    switch ((rd_kafka_resp_err_t)error) {
    case RD_KAFKA_RESP_ERR__FATAL:
        tell_fatal(consumer);
        break;
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        group_consumer_trouble(consumer, "no Kafka broker can be reached");
        break;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
        if (consumer->refused_since_ms == 0)
            consumer->refused_since_ms = clock_monotonic_ms();
        group_consumer_trouble(consumer, "Kafka refuses the connection: %s", reason);
        break;
    default:
        /* One broker of several, a time-out: librdkafka tries again by itself. */
        log_debug("kafka", LOG_FIELDS(log_text("reason", reason)));
    }
}

static void topic_missing(struct group_consumer *consumer, const char *topic) {
    const struct text_list *topics = consumer->settings.topics;
    for (size_t i = 0; topic != NULL && i < topics->count; i++) {
        if (strcmp(topics->items[i], topic) != 0 || consumer->topic_missing[i])
            continue;
        consumer->topic_missing[i] = true;
        log_error("the topic does not exist; waiting for it (create it with: notifyctl topics apply "
                  "deploy/topics.json)",
                  LOG_FIELDS(log_text("topic", topic)));
    }
}

static void consumer_message(struct group_consumer *consumer, rd_kafka_message_t *message) {
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        log_error("a record came by the consumer queue and is read again after the next rebalance", NULL);
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        topic_missing(consumer, message->rkt != NULL ? rd_kafka_topic_name(message->rkt) : NULL);
        break;
    case RD_KAFKA_RESP_ERR__FATAL:
        tell_fatal(consumer);
        break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        break;
    default:
        group_consumer_trouble(consumer, "%s", rd_kafka_message_errstr(message));
    }
    rd_kafka_message_destroy(message);
}

/* --- the loop --- */

static void serve_replies(struct group_consumer *consumer) {
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(consumer->reply_queue, 0)) != NULL) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT)
            group_commit_reply(consumer, event);
        rd_kafka_event_destroy(event);
    }
}

static void close_handle(struct group_consumer *consumer, uv_handle_t *handle);

static void finish_close(struct group_consumer *consumer) {
    consumer->membership = MEMBERSHIP_CLOSED;
    /* librdkafka's threads go on until group_consumer_free: none may wake a handle that is closed. */
    rd_kafka_queue_cb_event_enable(consumer->consumer_queue, NULL, NULL);
    rd_kafka_queue_cb_event_enable(consumer->reply_queue, NULL, NULL);
    close_handle(consumer, (uv_handle_t *)&consumer->tick);
    close_handle(consumer, (uv_handle_t *)&consumer->commit_timer);
    close_handle(consumer, (uv_handle_t *)&consumer->before_wait);
    close_handle(consumer, (uv_handle_t *)&consumer->wake);
}

static void serve(struct group_consumer *consumer) {
    if (consumer->membership == MEMBERSHIP_CLOSED)
        return;
    rd_kafka_message_t *message;
    while ((message = rd_kafka_consumer_poll(consumer->kafka, 0)) != NULL)
        consumer_message(consumer, message);
    serve_replies(consumer);
    group_rebalance_tick(consumer, clock_monotonic_ms());
    if (consumer->membership == MEMBERSHIP_ASSIGNED)
        group_read_back_turn(consumer);
    bool left = consumer->membership == MEMBERSHIP_CLOSING &&
                (rd_kafka_consumer_closed(consumer->kafka) || clock_monotonic_ms() >= consumer->deadline_ms);
    if (left && consumer->questions_under_way == 0)
        finish_close(consumer);
    else if (consumer->membership == MEMBERSHIP_ASSIGNED && consumer->partition_count > 0)
        consumer->events.readable(consumer->events.data);
}

static void on_wake(uv_async_t *handle) {
    serve(handle->data);
}

/* A wake-up that got lost must not cost more than a tick: every queue is looked into, whether it told of
 * records or not. */
static void on_tick(uv_timer_t *handle) {
    struct group_consumer *consumer = handle->data;
    for (size_t i = 0; i < consumer->partition_count; i++)
        atomic_store(&consumer->partitions[i]->maybe_readable, true);
    serve(consumer);
}

static void on_commit_timer(uv_timer_t *handle) {
    group_commit_if_wanted(handle->data);
}

/* What the turn of the loop completed is committed together. */
static void on_before_wait(uv_prepare_t *handle) {
    struct group_consumer *consumer = handle->data;
    group_commit_if_wanted(consumer);
    int64_t wait = consumer->next_commit_ms - clock_monotonic_ms();
    if (consumer->commit_wanted && !consumer->commit_outstanding && wait > 0 &&
        !uv_is_active((uv_handle_t *)&consumer->commit_timer))
        uv_timer_start(&consumer->commit_timer, on_commit_timer, (uint64_t)wait, 0);
}

static void queue_wakes(rd_kafka_t *kafka, void *opaque) {
    (void)kafka;
    struct group_consumer *consumer = opaque;
    uv_async_send(&consumer->wake);
}

static void on_closed_handle(uv_handle_t *handle) {
    struct group_consumer *consumer = handle->data;
    if (--consumer->open_handles == 0 && consumer->stopped != NULL)
        consumer->stopped(consumer->events.data);
}

static void close_handle(struct group_consumer *consumer, uv_handle_t *handle) {
    (void)consumer;
    uv_close(handle, on_closed_handle);
}

/* --- making --- */

static bool open_kafka(struct group_consumer *consumer, struct error *error) {
    const struct consumer_config config = {
        .bootstrap_servers = consumer->settings.bootstrap_servers,
        .group_id = consumer->settings.group_id,
        .group_instance_id = consumer->settings.group_instance_id,
        .own_names = consumer->settings.own_names,
        .tells_ends = consumer->settings.read_back > 0,
    };
    if (!consumer_config_open(&consumer->kafka, &config, group_rebalance_callback, error_callback, consumer,
                              error))
        return false;
    consumer->consumer_queue = rd_kafka_queue_get_consumer(consumer->kafka);
    consumer->reply_queue = rd_kafka_queue_new(consumer->kafka);
    return true;
}

static bool open_handles(struct group_consumer *consumer, struct error *error) {
    int failed = uv_async_init(consumer->loop, &consumer->wake, on_wake);
    if (failed != 0)
        return error_set(error, "no wake-up handle: %s", uv_strerror(failed));
    uv_timer_init(consumer->loop, &consumer->tick);
    uv_timer_init(consumer->loop, &consumer->commit_timer);
    uv_prepare_init(consumer->loop, &consumer->before_wait);
    consumer->wake.data = consumer->tick.data = consumer->commit_timer.data = consumer->before_wait.data =
        consumer;
    consumer->open_handles = 4;
    uv_timer_start(&consumer->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&consumer->before_wait, on_before_wait);
    rd_kafka_queue_cb_event_enable(consumer->consumer_queue, queue_wakes, consumer);
    rd_kafka_queue_cb_event_enable(consumer->reply_queue, queue_wakes, consumer);
    return true;
}

static bool subscribe(struct group_consumer *consumer, struct error *error) {
    const struct text_list *topics = consumer->settings.topics;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)topics->count);
    for (size_t i = 0; i < topics->count; i++)
        rd_kafka_topic_partition_list_add(list, topics->items[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t failed = rd_kafka_subscribe(consumer->kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (failed == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    return error_set_status(error, EXIT_STATUS_CONFIG, "the topics cannot be subscribed to: %s",
                            rd_kafka_err2str(failed));
}

bool group_consumer_new(struct group_consumer **consumer_out, uv_loop_t *loop,
                        const struct group_consumer_settings *settings,
                        const struct group_consumer_events *events, struct error *error) {
    struct group_consumer *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL)
        return error_set(error, "no memory for the Kafka consumer");
    consumer->loop = loop;
    consumer->settings = *settings;
    consumer->events = *events;
    consumer->topic_missing = calloc(settings->topics->count + 1, sizeof *consumer->topic_missing);
    bool made = consumer->topic_missing != NULL ? open_kafka(consumer, error) && subscribe(consumer, error)
                                                : error_set(error, "no memory for the Kafka consumer");
    if (!made || !open_handles(consumer, error)) {
        group_consumer_free(consumer);
        return false;
    }
    *consumer_out = consumer;
    return true;
}

void group_consumer_free(struct group_consumer *consumer) {
    if (consumer == NULL)
        return;
    if (consumer->consumer_queue != NULL)
        rd_kafka_queue_destroy(consumer->consumer_queue);
    if (consumer->reply_queue != NULL)
        rd_kafka_queue_destroy(consumer->reply_queue);
    /* Not in order: rd_kafka_destroy would wait for the commit that Kafka does not answer, for the session
     * timeout (librdkafka's rd_kafka_cgrp_try_terminate). The process ends, and its client with it. */
    bool given_up = consumer->membership == MEMBERSHIP_CLOSED && !rd_kafka_consumer_closed(consumer->kafka);
    if (consumer->kafka != NULL && !given_up)
        rd_kafka_destroy_flags(consumer->kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(consumer->topic_missing);
    free(consumer);
}

/* --- use --- */

size_t group_consumer_partitions(struct group_consumer *consumer, struct group_partition ***partitions_out) {
    *partitions_out = consumer->partitions;
    return consumer->membership == MEMBERSHIP_ASSIGNED ? consumer->partition_count : 0;
}

size_t group_consumer_in_flight(const struct group_consumer *consumer) {
    size_t count = 0;
    for (size_t i = 0; i < consumer->partition_count; i++)
        count += offset_tracker_in_flight(consumer->partitions[i]->tracker);
    return count;
}

bool group_consumer_has_joined(const struct group_consumer *consumer) {
    return consumer->membership == MEMBERSHIP_ASSIGNED;
}

int64_t group_consumer_refused_for_ms(const struct group_consumer *consumer) {
    return consumer->refused_since_ms == 0 ? 0 : clock_monotonic_ms() - consumer->refused_since_ms;
}

void group_consumer_stop(struct group_consumer *consumer, int64_t drain_ms, void (*stopped)(void *data)) {
    consumer->stopping = true;
    consumer->stopped = stopped;
    consumer->stop_deadline_ms = clock_monotonic_ms() + drain_ms + STOP_AFTER_DRAIN_MS;
    if (consumer->membership == MEMBERSHIP_DRAINING || consumer->membership == MEMBERSHIP_COMMITTING)
        return; /* a revoke is under way: give_up_partitions() goes on from there */
    if (consumer->membership == MEMBERSHIP_ASSIGNED && consumer->partition_count > 0)
        group_rebalance_begin_drain(consumer, drain_ms);
    else
        group_consumer_leave(consumer);
}

/* Leaves the group without waiting in this call: serve() sees when it is done. */
void group_consumer_leave(struct group_consumer *consumer) {
    if (consumer->membership == MEMBERSHIP_CLOSING || consumer->membership == MEMBERSHIP_CLOSED)
        return;
    if (consumer->pending_assignment != NULL)
        rd_kafka_topic_partition_list_destroy(consumer->pending_assignment);
    consumer->pending_assignment = NULL;
    consumer->membership = MEMBERSHIP_CLOSING;
    int64_t now = clock_monotonic_ms();
    consumer->deadline_ms = now + CLOSE_DEADLINE_MS;
    if (consumer->deadline_ms > consumer->stop_deadline_ms)
        consumer->deadline_ms =
            consumer->stop_deadline_ms > now ? consumer->stop_deadline_ms : now + LEAVE_LEAST_MS;
    rd_kafka_error_t *refused = rd_kafka_consumer_close_queue(consumer->kafka, consumer->consumer_queue);
    if (refused != NULL) {
        log_warning("the group was not left in order",
                    LOG_FIELDS(log_text("reason", rd_kafka_error_string(refused))));
        rd_kafka_error_destroy(refused);
        consumer->deadline_ms = 0;
    }
    uv_async_send(&consumer->wake);
}
