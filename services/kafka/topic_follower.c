/* SPDX-License-Identifier: Apache-2.0 */
/* By librdkafka's queue of a single partition: a client without a group.id has no assign(). */
#include "topic_follower.h"

#include "common/kafka_properties.h"
#include "common/log.h"
#include "kafka_log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 200 /* errors of the client, a record there was no room for, a wake-up that got lost */
#define RECORDS_A_TURN 1000

struct topic_follower {
    struct topic_follower_settings settings;
    struct topic_follower_events events;
    uv_async_t wake;
    uv_timer_t tick;
    rd_kafka_t *kafka;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t *held; /* there was no room for it */
    bool is_started, is_closed, has_caught_up;
    char trouble[256]; /* told last; "" when all is well */
};

/* --- what is told --- */

static void tell_trouble(struct topic_follower *follower, enum topic_follower_trouble trouble,
                         const char *reason) {
    if (follower->is_closed || strncmp(follower->trouble, reason, sizeof follower->trouble - 1) == 0)
        return;
    snprintf(follower->trouble, sizeof follower->trouble, "%s", reason);
    follower->events.trouble(follower->events.data, trouble, follower->trouble);
}

static void tell_missing(struct topic_follower *follower) {
    char text[sizeof follower->trouble];
    snprintf(text, sizeof text,
             "the topic %.120s does not exist (create it with: notifyctl topics apply deploy/topics.json)",
             follower->settings.topic);
    tell_trouble(follower, TOPIC_FOLLOWER_REFUSED, text);
}

/* Whether it comes by the partition's queue or by the callback is librdkafka's choice. False: it is for
 * neither to tell. */
static bool tell_error(struct topic_follower *follower, rd_kafka_resp_err_t error, const char *reason) {
    char text[sizeof follower->trouble];
    switch (error) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        tell_trouble(follower, TOPIC_FOLLOWER_AWAY, "no Kafka broker can be reached");
        return true;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
        snprintf(text, sizeof text, "Kafka refuses the connection: %s", reason);
        tell_trouble(follower, TOPIC_FOLLOWER_AWAY, text);
        return true;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        tell_missing(follower);
        return true;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        snprintf(text, sizeof text, "Kafka does not let this principal read the topic %.120s",
                 follower->settings.topic);
        tell_trouble(follower, TOPIC_FOLLOWER_REFUSED, text);
        return true;
    default:
        return false;
    }
}

static void error_callback(rd_kafka_t *kafka, int error, const char *reason, void *opaque) {
    (void)kafka;
    /* Else one broker of several, a time-out: librdkafka tries again by itself. */
    if (!tell_error(opaque, (rd_kafka_resp_err_t)error, reason))
        log_debug("kafka", LOG_FIELDS(log_text("reason", reason)));
}

static void tell_message(struct topic_follower *follower, const rd_kafka_message_t *message) {
    const char *reason = rd_kafka_message_errstr(message);
    if (!tell_error(follower, message->err, reason))
        tell_trouble(follower, TOPIC_FOLLOWER_REFUSED, reason);
}

/* --- reading --- */

/* False: it is held. */
static bool take(struct topic_follower *follower, rd_kafka_message_t *message) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        follower->trouble[0] = '\0';
        if (!follower->events.record(follower->events.data, message)) {
            follower->held = message;
            return false;
        }
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        follower->trouble[0] = '\0';
        if (!follower->has_caught_up) {
            follower->has_caught_up = true;
            follower->events.caught_up(follower->events.data);
        }
    } else {
        tell_message(follower, message);
    }
    rd_kafka_message_destroy(message);
    return true;
}

static bool take_held(struct topic_follower *follower) {
    rd_kafka_message_t *held = follower->held;
    follower->held = NULL;
    return held == NULL || take(follower, held);
}

static void serve(struct topic_follower *follower) {
    if (follower->is_closed || !take_held(follower))
        return;
    for (int taken = 0; taken < RECORDS_A_TURN; taken++) {
        rd_kafka_message_t *message = rd_kafka_consume_queue(follower->queue, 0);
        if (message == NULL || !take(follower, message))
            return;
    }
    uv_async_send(&follower->wake); /* there may be more: after what else the loop has to do */
}

static void on_wake(uv_async_t *handle) {
    serve(handle->data);
}

static void on_tick(uv_timer_t *handle) {
    struct topic_follower *follower = handle->data;
    rd_kafka_poll(follower->kafka, 0);
    serve(follower);
}

static void queue_wakes(rd_kafka_t *kafka, void *opaque) {
    (void)kafka;
    struct topic_follower *follower = opaque;
    uv_async_send(&follower->wake);
}

/* --- making --- */

static bool configure(rd_kafka_conf_t *conf, const struct topic_follower_settings *settings,
                      struct error *error) {
    static const char *const defaults[][2] = {
        {"client.id", "notify"},
        {"queued.max.messages.kbytes", "1024"},
        {"topic.metadata.refresh.interval.ms", "10000"}, /* a missing topic that was created is seen soon */
        {"topic.metadata.propagation.max.ms", "3000"},   /* and one that is missing is told soon */
        {"reconnect.backoff.max.ms", "2000"},
        {"auto.offset.reset", "earliest"},
    };
    static const char *const promises[][2] = {
        {"enable.partition.eof", "true"},
        {"enable.auto.commit", "false"},
        {"auto.commit.enable", "false"}, /* the same, of clients without a group */
        {"allow.auto.create.topics", "false"},
    };
    if (!kafka_properties_set(conf, "bootstrap.servers", settings->bootstrap_servers, error))
        return false;
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (!kafka_properties_set(conf, defaults[i][0], defaults[i][1], error))
            return false;
    if (!kafka_properties_from_environment(conf, RD_KAFKA_CONSUMER, settings->own_names, error))
        return false;
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++)
        if (!kafka_properties_set(conf, promises[i][0], promises[i][1], error))
            return false;
    return true;
}

static bool open_kafka(struct topic_follower *follower, struct error *error) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!configure(conf, &follower->settings, error)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_opaque(conf, follower);
    rd_kafka_conf_set_error_cb(conf, error_callback);
    rd_kafka_conf_set_log_cb(conf, kafka_log_callback);
    char reason[512];
    follower->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (follower->kafka == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set_status(error, EXIT_STATUS_CONFIG, "Kafka consumer: %s", reason);
    }
    follower->queue = rd_kafka_queue_new(follower->kafka);
    follower->topic = rd_kafka_topic_new(follower->kafka, follower->settings.topic, NULL);
    follower->is_started = follower->topic != NULL &&
                           rd_kafka_consume_start_queue(follower->topic, follower->settings.partition,
                                                        RD_KAFKA_OFFSET_BEGINNING, follower->queue) == 0;
    return follower->is_started ||
           error_set_status(error, EXIT_STATUS_CONFIG, "the topic %s cannot be read: %s",
                            follower->settings.topic, rd_kafka_err2str(rd_kafka_last_error()));
}

static bool open_handles(struct topic_follower *follower, uv_loop_t *loop, struct error *error) {
    int failed = uv_async_init(loop, &follower->wake, on_wake);
    if (failed != 0)
        return error_set(error, "no wake-up handle: %s", uv_strerror(failed));
    uv_timer_init(loop, &follower->tick);
    follower->wake.data = follower->tick.data = follower;
    uv_timer_start(&follower->tick, on_tick, TICK_MS, TICK_MS);
    rd_kafka_queue_cb_event_enable(follower->queue, queue_wakes, follower);
    return true;
}

bool topic_follower_new(struct topic_follower **follower_out, uv_loop_t *loop,
                        const struct topic_follower_settings *settings,
                        const struct topic_follower_events *events, struct error *error) {
    struct topic_follower *follower = calloc(1, sizeof *follower);
    if (follower == NULL)
        return error_set(error, "no memory for a Kafka consumer");
    follower->settings = *settings;
    follower->events = *events;
    if (!open_kafka(follower, error) || !open_handles(follower, loop, error)) {
        topic_follower_free(follower);
        return false;
    }
    *follower_out = follower;
    return true;
}

void topic_follower_close(struct topic_follower *follower) {
    follower->is_closed = true;
    /* librdkafka's threads go on until topic_follower_free: none may wake a handle that is closed. */
    rd_kafka_queue_cb_event_enable(follower->queue, NULL, NULL);
    uv_close((uv_handle_t *)&follower->tick, NULL);
    uv_close((uv_handle_t *)&follower->wake, NULL);
}

void topic_follower_free(struct topic_follower *follower) {
    if (follower == NULL)
        return;
    if (follower->held != NULL)
        rd_kafka_message_destroy(follower->held);
    if (follower->is_started)
        rd_kafka_consume_stop(follower->topic, follower->settings.partition);
    if (follower->queue != NULL)
        rd_kafka_queue_destroy(follower->queue);
    if (follower->topic != NULL)
        rd_kafka_topic_destroy(follower->topic);
    if (follower->kafka != NULL)
        rd_kafka_destroy(follower->kafka);
    free(follower);
}
