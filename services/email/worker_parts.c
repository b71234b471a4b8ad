/* SPDX-License-Identifier: Apache-2.0 */
/* The worker's parts, and what each tells the engine. */
#include "worker_internal.h"

#include "common/log.h"
#include "settings_smtp.h"

#define REVOKE_DRAIN_MS 10000
#define FENCED_DRAIN_MS 0

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
    worker_stop(worker, FENCED_DRAIN_MS, EXIT_STATUS_UNAVAILABLE);
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

bool worker_make_parts(struct worker *worker, struct error *error) {
    return make_producer(worker, error) && make_pool(worker, error) && make_suppressions(worker, error) &&
           make_topic_watch(worker, error) && make_delivery(worker, error) && make_consumer(worker, error);
}
