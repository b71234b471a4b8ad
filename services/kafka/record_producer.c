/* SPDX-License-Identifier: Apache-2.0 */
#include "record_producer.h"

#include "common/kafka_properties.h"
#include "common/log.h"
#include "kafka_log.h"
#include <stdlib.h>

#define PURGE_WAIT_MS 1000

struct record_producer {
    uv_loop_t *loop;
    uv_async_t wake;
    const char *bootstrap_servers;
    const char *const *own_names;
    struct record_producer_events events;
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue;
    size_t pending;
    bool refused_for_size; /* what was not queued last */
    bool is_closed;
    void (*closed)(void *data);
};

static bool configure(rd_kafka_conf_t *conf, const struct record_producer *producer, struct error *error) {
    static const char *const defaults[][2] = {
        {"client.id", "notify"},
        /* Nothing that a mail waits for. With 5 ms the brokers' requests cost a worker a fifth of its rate,
         * and itself 4 µs a mail. */
        {"linger.ms", "20"},
        {"message.timeout.ms", "0"}, /* a retry or a dead letter has no time after which it may be lost */
        {"message.max.bytes",
         "1310720"}, /* the event topics' 1 MiB and the 64 KiB that retry topics take besides, with room */
        {"queue.buffering.max.kbytes", "65536"},
        {"reconnect.backoff.max.ms", "2000"},
    };
    if (!kafka_properties_set(conf, "bootstrap.servers", producer->bootstrap_servers, error))
        return false;
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (!kafka_properties_set(conf, defaults[i][0], defaults[i][1], error))
            return false;
    return kafka_properties_from_environment(conf, RD_KAFKA_PRODUCER, producer->own_names, error) &&
           kafka_properties_set(conf, "enable.idempotence", "true", error) &&
           kafka_properties_set(conf, "acks", "all", error) &&
           /* One batch at a time on each connection. Behind one whose fate is unknown (a leader that died)
            * librdkafka numbers all batches anew, and Kafka may have that one twice: a retry that stands
            * twice in its topic is a mail that is sent twice. */
           kafka_properties_set(conf, "max.in.flight", "1", error) &&
           kafka_properties_set(conf, "allow.auto.create.topics", "false", error);
}

static void queue_wakes(rd_kafka_t *kafka, void *opaque) {
    (void)kafka;
    struct record_producer *producer = opaque;
    uv_async_send(&producer->wake);
}

static bool open_kafka(struct record_producer *producer, struct error *error) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!configure(conf, producer, error)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    rd_kafka_conf_set_log_cb(conf, kafka_log_callback);
    char reason[512];
    producer->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (producer->kafka == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set_status(error, EXIT_STATUS_CONFIG, "Kafka producer: %s", reason);
    }
    producer->queue = rd_kafka_queue_get_main(producer->kafka);
    rd_kafka_queue_cb_event_enable(producer->queue, queue_wakes, producer);
    /* The queue tells only that it is no longer empty: what came before this line (a broker that refuses the
     * connection) would keep it silent for ever, delivery reports and all. */
    uv_async_send(&producer->wake);
    return true;
}

static void close_kafka(struct record_producer *producer) {
    if (producer->queue != NULL) {
        rd_kafka_queue_cb_event_enable(producer->queue, NULL, NULL);
        rd_kafka_queue_destroy(producer->queue);
    }
    if (producer->kafka != NULL)
        rd_kafka_destroy(producer->kafka);
    producer->queue = NULL;
    producer->kafka = NULL;
}

static bool is_about_size(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

static void tell_deliveries(struct record_producer *producer, rd_kafka_event_t *event) {
    const rd_kafka_message_t *message;
    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        producer->pending--;
        if (is_about_size(message->err) && producer->events.refused_for_size != NULL) {
            producer->events.refused_for_size(producer->events.data, message->_private);
            continue;
        }
        const char *reason =
            message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : rd_kafka_err2str(message->err);
        producer->events.delivered(producer->events.data, message->_private, reason);
    }
}

/* Serves what is there, waiting at most so long for the first event. */
static void serve(struct record_producer *producer, int wait_ms) {
    rd_kafka_event_t *event;
    while (producer->queue != NULL && (event = rd_kafka_queue_poll(producer->queue, wait_ms)) != NULL) {
        wait_ms = 0;
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
            tell_deliveries(producer, event);
        else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
            log_debug("kafka producer", LOG_FIELDS(log_text("reason", rd_kafka_event_error_string(event))));
        rd_kafka_event_destroy(event);
    }
}

/* The idempotent producer cannot go on after a fatal error: what it held is told as failed, and a new one
 * takes over. */
static void remake_if_fatal(struct record_producer *producer) {
    char reason[256];
    if (producer->kafka == NULL ||
        rd_kafka_fatal_error(producer->kafka, reason, sizeof reason) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    log_error("the Kafka producer had a fatal error and is made anew",
              LOG_FIELDS(log_text("reason", reason)));
    record_producer_purge(producer);
    close_kafka(producer);
    struct error error = {0};
    if (!open_kafka(producer, &error))
        log_error("the Kafka producer could not be made anew", LOG_FIELDS(log_text("reason", error.text)));
}

static void on_wake(uv_async_t *handle) {
    struct record_producer *producer = handle->data;
    serve(producer, 0);
    remake_if_fatal(producer);
}

bool record_producer_new(struct record_producer **producer_out, uv_loop_t *loop,
                         const char *bootstrap_servers, const char *const *own_names,
                         const struct record_producer_events *events, struct error *error) {
    struct record_producer *producer = calloc(1, sizeof *producer);
    if (producer == NULL)
        return error_set(error, "no memory for the Kafka producer");
    producer->loop = loop;
    producer->bootstrap_servers = bootstrap_servers;
    producer->own_names = own_names;
    producer->events = *events;
    int failed = uv_async_init(loop, &producer->wake, on_wake);
    if (failed != 0) {
        free(producer);
        return error_set(error, "no wake-up handle: %s", uv_strerror(failed));
    }
    producer->wake.data = producer;
    *producer_out = producer; /* the handle is on the loop now: the caller closes it also after a failure */
    return open_kafka(producer, error);
}

bool record_producer_send(struct record_producer *producer, const struct outgoing_record *outgoing,
                          void *record, struct error *error) {
    producer->refused_for_size = false;
    if (producer->is_closed)
        return error_set(error, "the producer is closed");
    if (producer->kafka == NULL) {
        struct error reopened = {0};
        if (!open_kafka(producer, &reopened))
            return error_set(error, "%s", reopened.text);
    }
    rd_kafka_vu_t arguments[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = outgoing->topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION,
         .u.i32 = outgoing->to_first_partition ? 0 : RD_KAFKA_PARTITION_UA},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)outgoing->key, outgoing->key_size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)outgoing->value, outgoing->value_size}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = record},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = outgoing->headers},
    };
    size_t count = sizeof arguments / sizeof arguments[0] - (outgoing->headers == NULL ? 1 : 0);
    rd_kafka_error_t *refused = rd_kafka_produceva(producer->kafka, arguments, count);
    if (refused == NULL) {
        producer->pending++;
        return true;
    }
    producer->refused_for_size = is_about_size(rd_kafka_error_code(refused));
    error_set(error, "%s", rd_kafka_error_string(refused));
    rd_kafka_error_destroy(refused);
    return false;
}

bool record_producer_refused_for_size(const struct record_producer *producer) {
    return producer->refused_for_size;
}

size_t record_producer_pending(const struct record_producer *producer) {
    return producer->pending;
}

void record_producer_purge(struct record_producer *producer) {
    if (producer->kafka == NULL || producer->pending == 0)
        return;
    rd_kafka_resp_err_t failed =
        rd_kafka_purge(producer->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_error("records could not be purged", LOG_FIELDS(log_text("reason", rd_kafka_err2str(failed))));
    size_t before;
    do {
        before = producer->pending;
        serve(producer, PURGE_WAIT_MS);
    } while (producer->pending > 0 && producer->pending < before);
}

static void on_closed(uv_handle_t *handle) {
    struct record_producer *producer = handle->data;
    if (producer->closed != NULL)
        producer->closed(producer->events.data);
}

void record_producer_close(struct record_producer *producer, void (*closed)(void *data)) {
    producer->closed = closed;
    producer->is_closed = true;
    close_kafka(producer);
    uv_close((uv_handle_t *)&producer->wake, on_closed);
}

void record_producer_free(struct record_producer *producer) {
    if (producer == NULL)
        return;
    close_kafka(producer);
    free(producer);
}
