/* SPDX-License-Identifier: Apache-2.0 */
#include "email_metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A partition's gauge, and the round in which it was last set. */
struct lag_series {
    char *topic;
    int32_t partition;
    uint64_t round;
    struct metric_series *series;
};

struct email_metrics {
    struct metric *mails, *latency, *connections, *replies, *breaker, *lag, *in_flight, *retries,
        *dead_letters, *skipped, *deduplicated, *offset_resets;
    struct metric_series *latency_series, *breaker_series, *in_flight_series, *skipped_series,
        *deduplicated_series, *offset_resets_series;
    struct metric_series *connecting, *idle, *busy;
    struct lag_series *lags;
    size_t lag_count;
    uint64_t round;
};

#define LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void add_counters(struct email_metrics *metrics, struct metrics *registry) {
    metrics->mails = metrics_add_counter(registry, "notify_mails_total", "Mails by what became of them",
                                         LABELS("outcome", "template"));
    metrics->replies = metrics_add_counter(registry, "notify_smtp_replies_total",
                                           "SMTP replies by phase and first digit", LABELS("phase", "class"));
    metrics->retries =
        metrics_add_counter(registry, "notify_retries_total", "Mails sent to a retry topic", LABELS("delay"));
    metrics->dead_letters = metrics_add_counter(registry, "notify_dead_letters_total",
                                                "Records sent to the dead letters", LABELS("reason"));
    metrics->skipped = metrics_add_counter(registry, "notify_events_skipped_total",
                                           "Events of a type for which nothing is mailed", NULL);
    metrics->deduplicated = metrics_add_counter(registry, "notify_events_deduplicated_total",
                                                "Events left out as copies of one before", NULL);
    metrics->offset_resets = metrics_add_counter(
        registry, "notify_offset_resets_total",
        "Partitions whose records began elsewhere than committed: some may be lost or repeated", NULL);
}

static void add_gauges(struct email_metrics *metrics, struct metrics *registry) {
    metrics->latency = metrics_add_histogram(registry, "notify_mail_latency_seconds",
                                             "From the event's time until the SMTP server accepted its mail",
                                             NULL, metrics_duration_bounds, 14);
    metrics->connections =
        metrics_add_gauge(registry, "notify_smtp_connections", "SMTP sessions", LABELS("state"));
    metrics->breaker = metrics_add_gauge(registry, "notify_breaker_open",
                                         "1 while the SMTP server is in trouble and only probed", NULL);
    metrics->lag =
        metrics_add_gauge(registry, "notify_consumer_lag", "Records not complete yet, of assigned partitions",
                          LABELS("topic", "partition"));
    metrics->in_flight = metrics_add_gauge(registry, "notify_in_flight",
                                           "Records taken and not covered by an acknowledged commit", NULL);
}

struct email_metrics *email_metrics_new(struct metrics *registry) {
    struct email_metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL)
        return NULL;
    add_counters(metrics, registry);
    add_gauges(metrics, registry);
    if (metrics->mails == NULL || metrics->replies == NULL || metrics->retries == NULL ||
        metrics->dead_letters == NULL || metrics->skipped == NULL || metrics->deduplicated == NULL ||
        metrics->offset_resets == NULL || metrics->latency == NULL || metrics->connections == NULL ||
        metrics->breaker == NULL || metrics->lag == NULL || metrics->in_flight == NULL) {
        free(metrics);
        return NULL;
    }
    metrics->latency_series = metric_series(metrics->latency, NULL);
    metrics->breaker_series = metric_series(metrics->breaker, NULL);
    metrics->in_flight_series = metric_series(metrics->in_flight, NULL);
    metrics->skipped_series = metric_series(metrics->skipped, NULL);
    metrics->deduplicated_series = metric_series(metrics->deduplicated, NULL);
    metrics->offset_resets_series = metric_series(metrics->offset_resets, NULL);
    metrics->connecting = metric_series(metrics->connections, LABELS("connecting"));
    metrics->idle = metric_series(metrics->connections, LABELS("idle"));
    metrics->busy = metric_series(metrics->connections, LABELS("busy"));
    return metrics;
}

void email_metrics_free(struct email_metrics *metrics) {
    if (metrics == NULL)
        return;
    for (size_t i = 0; i < metrics->lag_count; i++)
        free(metrics->lags[i].topic);
    free(metrics->lags);
    free(metrics);
}

void email_metrics_mail(struct email_metrics *metrics, const char *outcome, const char *template_name) {
    metric_add(metric_series(metrics->mails, LABELS(outcome, template_name)), 1);
}

void email_metrics_latency(struct email_metrics *metrics, int64_t milliseconds) {
    metric_observe(metrics->latency_series, (double)milliseconds / 1000);
}

void email_metrics_reply(struct email_metrics *metrics, enum smtp_phase phase, int code) {
    static const char *const classes[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    int class = code / 100;
    metric_add(metric_series(metrics->replies,
                             LABELS(smtp_phase_name(phase), classes[class >= 1 && class <= 5 ? class : 0])),
               1);
}

void email_metrics_retry(struct email_metrics *metrics, const char *delay) {
    metric_add(metric_series(metrics->retries, LABELS(delay)), 1);
}

void email_metrics_dead_letter(struct email_metrics *metrics, const char *reason) {
    metric_add(metric_series(metrics->dead_letters, LABELS(reason)), 1);
}

void email_metrics_skipped(struct email_metrics *metrics) {
    metric_add(metrics->skipped_series, 1);
}

void email_metrics_deduplicated(struct email_metrics *metrics) {
    metric_add(metrics->deduplicated_series, 1);
}

void email_metrics_offset_reset(struct email_metrics *metrics) {
    metric_add(metrics->offset_resets_series, 1);
}

void email_metrics_set_connections(struct email_metrics *metrics, const struct smtp_pool_counts *counts) {
    metric_set(metrics->connecting, (double)counts->connecting);
    metric_set(metrics->idle, (double)counts->idle);
    metric_set(metrics->busy, (double)counts->busy);
}

void email_metrics_set_breaker(struct email_metrics *metrics, bool open) {
    metric_set(metrics->breaker_series, open ? 1 : 0);
}

void email_metrics_set_in_flight(struct email_metrics *metrics, size_t count) {
    metric_set(metrics->in_flight_series, (double)count);
}

static void number_text(int32_t number, char text[12]) {
    snprintf(text, 12, "%" PRId32, number);
}

void email_metrics_begin_lag(struct email_metrics *metrics) {
    metrics->round++;
}

static struct lag_series *find_lag(struct email_metrics *metrics, const char *topic, int32_t partition) {
    for (size_t i = 0; i < metrics->lag_count; i++)
        if (metrics->lags[i].partition == partition && strcmp(metrics->lags[i].topic, topic) == 0)
            return &metrics->lags[i];
    return NULL;
}

static struct lag_series *add_lag(struct email_metrics *metrics, const char *topic, int32_t partition) {
    struct lag_series *grown = realloc(metrics->lags, (metrics->lag_count + 1) * sizeof *grown);
    char *copy = strdup(topic);
    if (grown != NULL)
        metrics->lags = grown;
    if (grown == NULL || copy == NULL) {
        free(copy);
        return NULL;
    }
    char number[12];
    number_text(partition, number);
    struct lag_series *lag = &grown[metrics->lag_count++];
    *lag = (struct lag_series){.topic = copy, .partition = partition};
    lag->series = metric_series(metrics->lag, LABELS(copy, number));
    return lag;
}

void email_metrics_set_lag(struct email_metrics *metrics, const char *topic, int32_t partition,
                           int64_t value) {
    struct lag_series *lag = find_lag(metrics, topic, partition);
    if (lag == NULL)
        lag = add_lag(metrics, topic, partition);
    if (lag == NULL)
        return; /* no memory for a gauge: it is missing from this round */
    lag->round = metrics->round;
    metric_set(lag->series, (double)value);
}

void email_metrics_end_lag(struct email_metrics *metrics) {
    for (size_t i = 0; i < metrics->lag_count;) {
        struct lag_series *lag = &metrics->lags[i];
        if (lag->round == metrics->round) {
            i++;
            continue;
        }
        char number[12];
        number_text(lag->partition, number);
        metric_series_remove(metrics->lag, LABELS(lag->topic, number));
        free(lag->topic);
        *lag = metrics->lags[--metrics->lag_count];
    }
}
