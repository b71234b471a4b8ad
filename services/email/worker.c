/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include "common/clock.h"
#include "common/log.h"
#include "delivery/delivery.h"
#include "delivery/suppression_reader.h"
#include "kafka/group_consumer.h"
#include "kafka/record_producer.h"
#include "routing/catalog_reload.h"
#include "settings_smtp.h"
#include "smtp/smtp_pool.h"
#include "topic_watch.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_MS 200
#define REVOKE_DRAIN_MS 10000
/* With the last commit this stays below the 25 s of the promise, and below Docker's stop_grace_period of 30
 * s. */
#define STOP_DRAIN_MS 20000
#define FENCED_DRAIN_MS 0
#define SESSIONS_CLOSE_MS 2000
#define REFUSED_AT_START_MS 60000
#define GAUGES_EVERY_TICKS 5

struct worker {
    struct worker_parts parts;
    uv_loop_t loop;
    bool loop_is_open;
    uv_signal_t on_terminate, on_interrupt;
    struct catalog_reload reload;
    uv_timer_t tick;
    uv_timer_t pace; /* fires when the rate limit has room again */
    unsigned ticks;
    struct group_consumer *consumer;
    struct record_producer *producer;
    struct smtp_pool *pool;
    struct delivery *delivery;
    struct suppression_list *suppressions;
    struct suppression_reader *suppression_reader;
    struct topic_watch *topic_watch;
    bool has_joined_once;
    bool stopping;
    enum exit_status exit_status;
};

/* --- ending: drain → leave the group → producer → sessions → loop --- */

static void sessions_are_closed(void *data) {
    struct worker *worker = data;
    uv_close((uv_handle_t *)&worker->tick, NULL);
    uv_close((uv_handle_t *)&worker->pace, NULL);
    uv_close((uv_handle_t *)&worker->on_terminate, NULL);
    uv_close((uv_handle_t *)&worker->on_interrupt, NULL);
    catalog_reload_close(&worker->reload);
    suppression_reader_close(worker->suppression_reader);
}

static void producer_is_closed(void *data) {
    struct worker *worker = data;
    smtp_pool_stop(worker->pool, SESSIONS_CLOSE_MS, sessions_are_closed);
}

static void group_is_left(void *data) {
    struct worker *worker = data;
    record_producer_purge(worker->producer);
    record_producer_close(worker->producer, producer_is_closed);
}

static void stop(struct worker *worker, int64_t drain_ms, enum exit_status status) {
    if (worker->stopping)
        return;
    worker->stopping = true;
    worker->exit_status = status;
    readiness_set(worker->parts.readiness, "worker", true, false, "stopping");
    group_consumer_stop(worker->consumer, drain_ms, group_is_left);
}

static void on_signal(uv_signal_t *handle, int number) {
    struct worker *worker = handle->data;
    if (worker->stopping) {
        log_warning("a second signal: ending at once", LOG_FIELDS(log_integer("signal", number)));
        _exit(128 + number);
    }
    log_info("stopping: mails under way are finished", LOG_FIELDS(log_integer("signal", number)));
    stop(worker, STOP_DRAIN_MS, EXIT_STATUS_OK);
}

/* --- from the parts to the engine --- */

static void on_readable(void *data) {
    struct worker *worker = data;
    delivery_readable(worker->delivery);
}

static void on_revoking(void *data) {
    struct worker *worker = data;
    delivery_drain(worker->delivery);
}

static void on_drain_is_over(void *data) {
    struct worker *worker = data;
    delivery_drain_is_over(worker->delivery);
}

static void on_revoked(void *data) {
    struct worker *worker = data;
    delivery_partitions_gone(worker->delivery);
}

static void on_passed(void *data, struct group_partition *partition, const rd_kafka_message_t *message) {
    struct worker *worker = data;
    delivery_partition_passed(worker->delivery, partition, message);
}

static void on_dropped(void *data, struct group_partition *partition) {
    struct worker *worker = data;
    delivery_partition_dropped(worker->delivery, partition);
}

static void on_fatal(void *data, const char *reason) {
    struct worker *worker = data;
    log_error("this member was fenced or Kafka refuses it for good", LOG_FIELDS(log_text("reason", reason)));
    stop(worker, FENCED_DRAIN_MS, EXIT_STATUS_UNAVAILABLE);
}

static void on_kafka_state(void *data, bool ok, const char *detail) {
    struct worker *worker = data;
    if (ok)
        log_info("Kafka answers again", NULL);
    else
        log_warning("trouble with Kafka; waiting", LOG_FIELDS(log_text("reason", detail)));
    topic_watch_kafka_state(worker->topic_watch, ok, detail);
}

static void on_offset_reset(void *data, const char *topic, int32_t partition, int64_t committed,
                            int64_t actual) {
    struct worker *worker = data;
    email_metrics_offset_reset(worker->parts.metrics);
    log_error("offset reset: records between the committed and the present offset are lost, or come again",
              LOG_FIELDS(log_text("topic", topic), log_integer("partition", partition),
                         log_integer("committed", committed), log_integer("offset", actual)));
}

static void on_delivered(void *data, void *record, const char *reason) {
    struct worker *worker = data;
    delivery_forwarded(worker->delivery, record, reason);
}

static void on_refused_for_size(void *data, void *record) {
    struct worker *worker = data;
    delivery_refused_for_size(worker->delivery, record);
}

static void on_mail_settled(void *data, struct smtp_mail *mail, const struct smtp_result *result) {
    struct worker *worker = data;
    delivery_mail_settled(worker->delivery, mail, result);
}

static void on_mail_begins(void *data, struct smtp_mail *mail) {
    struct worker *worker = data;
    (void)mail;
    delivery_mail_begins(worker->delivery);
}

static void on_pace(uv_timer_t *handle) {
    on_readable(handle->data);
}

static void on_wake_after(void *data, int64_t milliseconds) {
    struct worker *worker = data;
    uv_timer_start(&worker->pace, on_pace, (uint64_t)milliseconds, 0);
}

static void on_room(void *data) {
    on_readable(data);
}

static void on_trouble(void *data, int code, const char *text, size_t sessions_up) {
    struct worker *worker = data;
    delivery_session_trouble(worker->delivery, code, text, sessions_up);
}

static void on_replied(void *data, enum smtp_phase phase, int code) {
    struct worker *worker = data;
    email_metrics_reply(worker->parts.metrics, phase, code);
}

static void on_smtp_state(void *data, bool ok, const char *detail) {
    struct worker *worker = data;
    readiness_set(worker->parts.readiness, "smtp", true, ok, detail);
}

static void on_drained(void *data) {
    struct worker *worker = data;
    group_consumer_drained(worker->consumer);
}

static void on_suppressions_known(void *data) {
    struct worker *worker = data;
    readiness_set(worker->parts.readiness, "suppressions", true, true, "");
    delivery_suppressions_known(worker->delivery);
}

static void on_suppressions_waiting(void *data, const char *reason) {
    struct worker *worker = data;
    readiness_set(worker->parts.readiness, "suppressions", true, false, reason);
}

/* --- now and then --- */

static void set_gauges(struct worker *worker) {
    struct email_metrics *metrics = worker->parts.metrics;
    struct smtp_pool_counts counts = smtp_pool_counts(worker->pool);
    email_metrics_set_connections(metrics, &counts);
    email_metrics_set_in_flight(metrics, group_consumer_in_flight(worker->consumer));
    struct group_partition **partitions = NULL;
    size_t count = group_consumer_partitions(worker->consumer, &partitions);
    email_metrics_begin_lag(metrics);
    for (size_t i = 0; i < count; i++) {
        int64_t lag = group_partition_lag(partitions[i]);
        if (lag >= 0)
            email_metrics_set_lag(metrics, group_partition_topic(partitions[i]),
                                  group_partition_number(partitions[i]), lag);
    }
    email_metrics_end_lag(metrics);
}

static void check_membership(struct worker *worker) {
    if (!worker->has_joined_once && group_consumer_has_joined(worker->consumer)) {
        worker->has_joined_once = true;
        topic_watch_joined(worker->topic_watch);
    }
    if (!worker->has_joined_once && group_consumer_refused_for_ms(worker->consumer) >= REFUSED_AT_START_MS) {
        log_error("Kafka has refused the credentials for 60 s", NULL);
        stop(worker, 0, EXIT_STATUS_UNAVAILABLE);
    }
}

static void on_tick(uv_timer_t *handle) {
    struct worker *worker = handle->data;
    delivery_tick(worker->delivery);
    check_membership(worker);
    topic_watch_tick(worker->topic_watch, worker->consumer);
    if (worker->ticks++ % GAUGES_EVERY_TICKS == 0)
        set_gauges(worker);
}

/* --- making --- */

static bool make_pool(struct worker *worker, struct error *error) {
    const struct smtp_pool_settings pool = settings_smtp(worker->parts.settings);
    const struct smtp_pool_events events = {
        .settled = on_mail_settled,
        .begins = on_mail_begins,
        .has_room = on_room,
        .trouble = on_trouble,
        .replied = on_replied,
        .data = worker,
    };
    return smtp_pool_new(&worker->pool, &worker->loop, &pool, &events, error);
}

static bool make_producer(struct worker *worker, struct error *error) {
    const struct record_producer_events events = {
        .delivered = on_delivered,
        .refused_for_size = on_refused_for_size,
        .data = worker,
    };
    return record_producer_new(&worker->producer, &worker->loop,
                               worker->parts.settings->common.kafka_bootstrap_servers,
                               email_settings_kafka_names, &events, error);
}

static bool make_suppressions(struct worker *worker, struct error *error) {
    const struct suppression_reader_events events = {
        .known = on_suppressions_known,
        .waiting = on_suppressions_waiting,
        .data = worker,
    };
    worker->suppressions = suppression_list_new();
    if (worker->suppressions == NULL)
        return error_set(error, "no memory for the suppressed addresses");
    return suppression_reader_new(&worker->suppression_reader, &worker->loop, worker->parts.settings,
                                  worker->suppressions, &events, error);
}

static bool make_delivery(struct worker *worker, struct error *error) {
    const struct delivery_parts parts = {
        .settings = worker->parts.settings,
        .catalog = worker->parts.catalog,
        .metrics = worker->parts.metrics,
        .producer = worker->producer,
        .suppressions = worker->suppressions,
        .smtp_state = on_smtp_state,
        .drained = on_drained,
        .wake_after = on_wake_after,
        .data = worker,
    };
    worker->delivery = delivery_new(&parts);
    return worker->delivery != NULL ? true : error_set(error, "no memory for the delivery engine");
}

static bool make_topic_watch(struct worker *worker, struct error *error) {
    worker->topic_watch = topic_watch_new(worker->parts.settings, worker->parts.readiness);
    return worker->topic_watch != NULL ? true : error_set(error, "no memory for the watch over the topics");
}

static bool make_consumer(struct worker *worker, struct error *error) {
    const struct email_settings *settings = worker->parts.settings;
    const struct group_consumer_settings consumer = {
        .bootstrap_servers = settings->common.kafka_bootstrap_servers,
        .group_id = settings->group_id,
        .group_instance_id = settings->group_instance_id,
        .topics = &settings->subscription,
        .own_names = email_settings_kafka_names,
        .revoke_drain_ms = REVOKE_DRAIN_MS,
        .read_back = settings->dedupe_window,
        .read_back_topics = &settings->topics,
    };
    const struct group_consumer_events events = {
        .readable = on_readable,
        .revoking = on_revoking,
        .drain_is_over = on_drain_is_over,
        .revoked = on_revoked,
        .passed = on_passed,
        .dropped = on_dropped,
        .fatal = on_fatal,
        .state = on_kafka_state,
        .offset_reset = on_offset_reset,
        .data = worker,
    };
    return group_consumer_new(&worker->consumer, &worker->loop, &consumer, &events, error);
}

static bool make_loop(struct worker *worker, struct error *error) {
    int failed = uv_loop_init(&worker->loop);
    if (failed != 0)
        return error_set(error, "no event loop: %s", uv_strerror(failed));
    worker->loop_is_open = true;
    uv_timer_init(&worker->loop, &worker->tick);
    uv_timer_init(&worker->loop, &worker->pace);
    uv_signal_init(&worker->loop, &worker->on_terminate);
    uv_signal_init(&worker->loop, &worker->on_interrupt);
    const struct mail_catalog_source source = email_settings_catalog_source(worker->parts.settings);
    catalog_reload_init(&worker->reload, &worker->loop, worker->parts.catalog, &source);
    worker->tick.data = worker->pace.data = worker->on_terminate.data = worker->on_interrupt.data = worker;
    return true;
}

bool worker_new(struct worker **worker_out, const struct worker_parts *parts, struct error *error) {
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return error_set(error, "no memory for the worker");
    worker->parts = *parts;
    if (!make_loop(worker, error) || !make_producer(worker, error) || !make_pool(worker, error) ||
        !make_suppressions(worker, error) || !make_topic_watch(worker, error) ||
        !make_delivery(worker, error) || !make_consumer(worker, error)) {
        /* The process ends now: what is on the loop goes with it. */
        free(worker);
        return false;
    }
    delivery_connect(worker->delivery, worker->consumer, worker->pool);
    *worker_out = worker;
    return true;
}

static void let_stop_signals_through(void) {
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGTERM);
    sigaddset(&stop_signals, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &stop_signals, NULL);
}

enum exit_status worker_run(struct worker *worker) {
    int failed = uv_signal_start(&worker->on_terminate, on_signal, SIGTERM);
    if (failed == 0)
        failed = uv_signal_start(&worker->on_interrupt, on_signal, SIGINT);
    if (failed == 0)
        failed = catalog_reload_start(&worker->reload);
    if (failed == 0)
        failed = uv_timer_start(&worker->tick, on_tick, TICK_MS, TICK_MS);
    if (failed != 0) {
        log_error("the event loop could not be started", LOG_FIELDS(log_text("reason", uv_strerror(failed))));
        return EXIT_STATUS_INTERNAL;
    }
    readiness_set(worker->parts.readiness, "smtp", true, true, "");
    readiness_set(worker->parts.readiness, "suppressions", true, false,
                  "the suppressed addresses are not read yet");
    let_stop_signals_through();
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    log_info("stopped", NULL);
    return worker->exit_status;
}

void worker_free(struct worker *worker) {
    if (worker == NULL)
        return;
    delivery_free(worker->delivery);
    smtp_pool_free(worker->pool);
    record_producer_free(worker->producer);
    group_consumer_free(worker->consumer);
    topic_watch_free(worker->topic_watch);
    suppression_reader_free(worker->suppression_reader);
    suppression_list_free(worker->suppressions);
    if (uv_loop_close(&worker->loop) != 0)
        log_warning("the event loop still had handles at the end", NULL);
    free(worker);
}
