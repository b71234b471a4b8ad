/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_double.h"

#include <check.h>
#include <stdlib.h>

#define TICK_MS 50
#define SESSIONS_CLOSE_MS 500

static void on_tick_closed(uv_handle_t *handle) {
    struct worker_double *worker = handle->data;
    worker->ended = true;
}

static void sessions_are_closed(void *data) {
    struct worker_double *worker = data;
    uv_close((uv_handle_t *)&worker->tick, on_tick_closed);
}

static void producer_is_closed(void *data) {
    struct worker_double *worker = data;
    smtp_pool_stop(worker->pool, SESSIONS_CLOSE_MS, sessions_are_closed);
}

static void group_is_left(void *data) {
    struct worker_double *worker = data;
    record_producer_purge(worker->producer);
    record_producer_close(worker->producer, producer_is_closed);
}

void worker_double_stop(struct worker_double *worker, int64_t drain_ms) {
    worker->stopping = true;
    group_consumer_stop(worker->consumer, drain_ms, group_is_left);
}

static void on_readable(void *data) {
    struct worker_double *worker = data;
    delivery_readable(worker->delivery);
    size_t in_flight = group_consumer_in_flight(worker->consumer);
    if (in_flight > worker->most_in_flight)
        worker->most_in_flight = in_flight;
}

static void on_revoking(void *data) {
    struct worker_double *worker = data;
    worker->revokes++;
    if (!worker->stopping)
        worker->in_flight_at_revokes += group_consumer_in_flight(worker->consumer);
    delivery_drain(worker->delivery);
}

static void on_drain_is_over(void *data) {
    struct worker_double *worker = data;
    delivery_drain_is_over(worker->delivery);
}

static void on_revoked(void *data) {
    struct worker_double *worker = data;
    delivery_partitions_gone(worker->delivery);
}

static void on_passed(void *data, struct group_partition *partition, const rd_kafka_message_t *message) {
    struct worker_double *worker = data;
    delivery_partition_passed(worker->delivery, partition, message);
}

static void on_dropped(void *data, struct group_partition *partition) {
    struct worker_double *worker = data;
    delivery_partition_dropped(worker->delivery, partition);
}

static void on_fatal(void *data, const char *reason) {
    (void)data;
    ck_abort_msg("fatal: %s", reason);
}

static void on_state(void *data, bool ok, const char *detail) {
    (void)data;
    (void)ok;
    (void)detail;
}

static void on_offset_reset(void *data, const char *topic, int32_t partition, int64_t committed,
                            int64_t actual) {
    struct worker_double *worker = data;
    (void)topic;
    (void)partition;
    (void)committed;
    (void)actual;
    worker->resets++;
}

static void on_delivered(void *data, void *record, const char *reason) {
    struct worker_double *worker = data;
    delivery_forwarded(worker->delivery, record, reason);
}

static void on_refused_for_size(void *data, void *record) {
    struct worker_double *worker = data;
    delivery_refused_for_size(worker->delivery, record);
}

static void on_settled(void *data, struct smtp_mail *mail, const struct smtp_result *result) {
    struct worker_double *worker = data;
    delivery_mail_settled(worker->delivery, mail, result);
}

static void on_trouble(void *data, int code, const char *text, size_t sessions_up) {
    struct worker_double *worker = data;
    delivery_session_trouble(worker->delivery, code, text, sessions_up);
}

static void on_drained(void *data) {
    struct worker_double *worker = data;
    group_consumer_drained(worker->consumer);
}

static void on_tick(uv_timer_t *handle) {
    struct worker_double *worker = handle->data;
    delivery_tick(worker->delivery);
}

static void make_delivery(struct worker_double *worker, const struct email_settings *settings,
                          const struct mail_catalog *catalog, struct email_metrics *metrics) {
    const struct delivery_parts parts = {
        .settings = settings,
        .catalog = catalog,
        .metrics = metrics,
        .producer = worker->producer,
        .smtp_state = on_state,
        .drained = on_drained,
        .data = worker,
    };
    worker->delivery = delivery_new(&parts);
    ck_assert_ptr_nonnull(worker->delivery);
}

static void make_kafka(struct worker_double *worker, uv_loop_t *loop, const struct email_settings *settings,
                       int64_t revoke_drain_ms) {
    struct error error = {0};
    const struct group_consumer_settings consumer = {
        .bootstrap_servers = settings->common.kafka_bootstrap_servers,
        .group_id = settings->group_id,
        .topics = &settings->subscription,
        .own_names = email_settings_kafka_names,
        .revoke_drain_ms = revoke_drain_ms,
        .read_back = settings->dedupe_window,
        .read_back_topics = &settings->topics,
    };
    const struct group_consumer_events consumer_events = {
        .readable = on_readable,
        .revoking = on_revoking,
        .drain_is_over = on_drain_is_over,
        .revoked = on_revoked,
        .passed = on_passed,
        .dropped = on_dropped,
        .fatal = on_fatal,
        .state = on_state,
        .offset_reset = on_offset_reset,
        .data = worker,
    };
    const struct record_producer_events producer_events = {
        .delivered = on_delivered, .refused_for_size = on_refused_for_size, .data = worker};
    ck_assert_msg(group_consumer_new(&worker->consumer, loop, &consumer, &consumer_events, &error), "%s",
                  error.text);
    ck_assert_msg(record_producer_new(&worker->producer, loop, settings->common.kafka_bootstrap_servers,
                                      email_settings_kafka_names, &producer_events, &error),
                  "%s", error.text);
}

struct worker_double *worker_double_start(uv_loop_t *loop, const struct email_settings *settings,
                                          const struct mail_catalog *catalog, struct email_metrics *metrics,
                                          int64_t revoke_drain_ms) {
    struct worker_double *worker = calloc(1, sizeof *worker);
    ck_assert_ptr_nonnull(worker);
    make_kafka(worker, loop, settings, revoke_drain_ms);
    const struct smtp_pool_settings pool = {.connections = (size_t)settings->smtp_connections};
    const struct smtp_pool_events pool_events = {
        .settled = on_settled, .has_room = on_readable, .trouble = on_trouble, .data = worker};
    struct error error = {0};
    ck_assert(smtp_pool_new(&worker->pool, loop, &pool, &pool_events, &error));
    make_delivery(worker, settings, catalog, metrics);
    delivery_connect(worker->delivery, worker->consumer, worker->pool);
    uv_timer_init(loop, &worker->tick);
    worker->tick.data = worker;
    uv_timer_start(&worker->tick, on_tick, TICK_MS, TICK_MS);
    return worker;
}

void worker_double_free(struct worker_double *worker) {
    ck_assert(worker->ended);
    delivery_free(worker->delivery);
    smtp_pool_free(worker->pool);
    record_producer_free(worker->producer);
    group_consumer_free(worker->consumer);
    free(worker);
}
