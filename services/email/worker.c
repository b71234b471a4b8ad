/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_internal.h"

#include "common/log.h"
#include "common/stop_signals.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_MS 200
/* With the last commit this stays below the 25 s of the promise, and below Docker's stop_grace_period of 30
 * s. */
#define STOP_DRAIN_MS 20000
#define SESSIONS_CLOSE_MS 2000
#define REFUSED_AT_START_MS 60000
#define GAUGES_EVERY_TICKS 5

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

void worker_stop(struct worker *worker, int64_t drain_ms, enum exit_status status) {
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
    worker_stop(worker, STOP_DRAIN_MS, EXIT_STATUS_OK);
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
        worker_stop(worker, 0, EXIT_STATUS_UNAVAILABLE);
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
    if (!make_loop(worker, error) || !worker_make_parts(worker, error)) {
        /* The process ends now: what is on the loop goes with it. */
        free(worker);
        return false;
    }
    delivery_connect(worker->delivery, worker->consumer, worker->pool);
    *worker_out = worker;
    return true;
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
    stop_signals_unblock();
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
