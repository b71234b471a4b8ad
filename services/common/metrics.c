/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"
#include "log.h"
#include "metrics_internal.h"
#include <stdlib.h>
#include <string.h>

const double metrics_duration_bounds[14] = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                            0.5,   0.75, 1,     2.5,  5,     7.5, 10};

static uint64_t bits_of(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static double number_of(uint64_t bits) {
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

double atomic_number_get(atomic_number *number) {
    return number_of(atomic_load_explicit(number, memory_order_relaxed));
}

static void atomic_number_set(atomic_number *number, double value) {
    atomic_store_explicit(number, bits_of(value), memory_order_relaxed);
}

static void atomic_number_add(atomic_number *number, double amount) {
    uint64_t before = atomic_load_explicit(number, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(number, &before, bits_of(number_of(before) + amount),
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

static void free_series(struct metric_series *series) {
    for (size_t i = 0; i < LABEL_LIMIT; i++)
        free(series->label_values[i]);
    free(series);
}

static struct metric_series *new_series(struct metric *metric, const char *const *label_values) {
    size_t buckets = metric->kind == METRIC_HISTOGRAM ? metric->bound_count + 1 : 0;
    struct metric_series *series = calloc(1, sizeof *series + buckets * sizeof series->buckets[0]);
    if (series == NULL)
        return NULL;
    series->metric = metric;
    series->shown = true;
    for (size_t i = 0; i < metric->label_count; i++) {
        series->label_values[i] = strdup(label_values != NULL ? label_values[i] : "other");
        if (series->label_values[i] == NULL) {
            free_series(series);
            return NULL;
        }
    }
    return series;
}

static void free_metric(struct metric *metric) {
    for (struct metric_series *series = metric->first, *next; series != NULL; series = next) {
        next = series->next;
        free_series(series);
    }
    if (metric->other != NULL)
        free_series(metric->other);
    pthread_mutex_destroy(&metric->lock);
    free(metric);
}

static struct metric *new_metric(enum metric_kind kind, const char *name, const char *help,
                                 const char *const *label_names, const double *bounds, size_t bound_count) {
    struct metric *metric = calloc(1, sizeof *metric);
    if (metric == NULL)
        return NULL;
    if (pthread_mutex_init(&metric->lock, NULL) != 0) {
        free(metric);
        return NULL;
    }
    metric->kind = kind;
    metric->name = name;
    metric->help = help;
    metric->bounds = bounds;
    metric->bound_count = bound_count;
    metric->last = &metric->first;
    while (label_names != NULL && metric->label_count < LABEL_LIMIT &&
           label_names[metric->label_count] != NULL) {
        metric->label_names[metric->label_count] = label_names[metric->label_count];
        metric->label_count++;
    }
    metric->other = new_series(metric, NULL);
    if (metric->other == NULL) {
        free_metric(metric);
        return NULL;
    }
    /* A series without labels is there from the start: a counter that was never raised is a zero, not a gap.
     */
    metric->other->shown = metric->label_count == 0;
    return metric;
}

static struct metric *add_metric(struct metrics *metrics, enum metric_kind kind, const char *name,
                                 const char *help, const char *const *label_names, const double *bounds,
                                 size_t bound_count) {
    struct metric *metric = new_metric(kind, name, help, label_names, bounds, bound_count);
    if (metric == NULL)
        return NULL;
    pthread_mutex_lock(&metrics->lock);
    *metrics->last = metric;
    metrics->last = &metric->next;
    pthread_mutex_unlock(&metrics->lock);
    return metric;
}

struct metric *metrics_add_counter(struct metrics *metrics, const char *name, const char *help,
                                   const char *const *label_names) {
    return add_metric(metrics, METRIC_COUNTER, name, help, label_names, NULL, 0);
}

struct metric *metrics_add_gauge(struct metrics *metrics, const char *name, const char *help,
                                 const char *const *label_names) {
    return add_metric(metrics, METRIC_GAUGE, name, help, label_names, NULL, 0);
}

struct metric *metrics_add_histogram(struct metrics *metrics, const char *name, const char *help,
                                     const char *const *label_names, const double *bounds,
                                     size_t bound_count) {
    return add_metric(metrics, METRIC_HISTOGRAM, name, help, label_names, bounds, bound_count);
}

struct metrics *metrics_new(const char *service) {
    static const char *const build_labels[] = {"version", "service", NULL};
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL)
        return NULL;
    if (pthread_mutex_init(&metrics->lock, NULL) != 0) {
        free(metrics);
        return NULL;
    }
    metrics->last = &metrics->first;
    struct metric *build = metrics_add_gauge(metrics, "notify_build_info",
                                             "Which build this is; the value is always 1.", build_labels);
    if (build == NULL) {
        metrics_free(metrics);
        return NULL;
    }
    const char *const values[] = {NOTIFY_VERSION, service, NULL};
    metric_set(metric_series(build, values), 1);
    return metrics;
}

void metrics_free(struct metrics *metrics) {
    if (metrics == NULL)
        return;
    for (struct metric *metric = metrics->first, *next; metric != NULL; metric = next) {
        next = metric->next;
        free_metric(metric);
    }
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

/* FNV-1a, each value ended by its NUL. */
static size_t slot_of(const struct metric *metric, const char *const *label_values) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < metric->label_count; i++) {
        for (const char *at = label_values[i];; at++) {
            hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
            if (*at == '\0')
                break;
        }
    }
    return hash % SLOT_COUNT;
}

static struct metric_series *find_series(const struct metric *metric, size_t slot,
                                         const char *const *label_values) {
    for (struct metric_series *series = metric->slots[slot]; series != NULL; series = series->next_in_slot) {
        size_t same = 0;
        while (same < metric->label_count && strcmp(series->label_values[same], label_values[same]) == 0)
            same++;
        if (same == metric->label_count)
            return series;
    }
    return NULL;
}

static struct metric_series *series_locked(struct metric *metric, const char *const *label_values) {
    size_t slot = slot_of(metric, label_values);
    struct metric_series *series = find_series(metric, slot, label_values);
    if (series == NULL && metric->series_count < SERIES_LIMIT) {
        series = new_series(metric, label_values);
        if (series != NULL) {
            series->next_in_slot = metric->slots[slot];
            metric->slots[slot] = series;
            *metric->last = series;
            metric->last = &series->next;
            metric->series_count++;
        }
    }
    if (series == NULL)
        series = metric->other;
    series->shown = true;
    return series;
}

struct metric_series *metric_series(struct metric *metric, const char *const *label_values) {
    if (metric == NULL)
        return NULL;
    if (metric->label_count == 0)
        return metric->other;
    pthread_mutex_lock(&metric->lock);
    struct metric_series *series = series_locked(metric, label_values);
    pthread_mutex_unlock(&metric->lock);
    return series;
}

void metric_series_remove(struct metric *metric, const char *const *label_values) {
    if (metric == NULL || metric->label_count == 0)
        return;
    pthread_mutex_lock(&metric->lock);
    struct metric_series *series = find_series(metric, slot_of(metric, label_values), label_values);
    if (series != NULL) {
        /* Hidden, not freed: another thread may still hold it. */
        series->shown = false;
        atomic_number_set(&series->value, 0);
    }
    pthread_mutex_unlock(&metric->lock);
}

void metric_add(struct metric_series *series, double amount) {
    if (series == NULL || series->metric->kind == METRIC_HISTOGRAM)
        return;
    if (series->metric->kind == METRIC_COUNTER && !(amount >= 0)) /* NaN too */
        return;
    atomic_number_add(&series->value, amount);
}

void metric_set(struct metric_series *series, double value) {
    if (series != NULL && series->metric->kind == METRIC_GAUGE)
        atomic_number_set(&series->value, value);
}

void metric_observe(struct metric_series *series, double value) {
    if (series == NULL || series->metric->kind != METRIC_HISTOGRAM || value != value)
        return;
    const struct metric *metric = series->metric;
    size_t bucket = 0;
    while (bucket < metric->bound_count && value > metric->bounds[bucket])
        bucket++;
    atomic_fetch_add_explicit(&series->buckets[bucket], 1, memory_order_relaxed);
    atomic_number_add(&series->value, value);
}

void metrics_on_collect(struct metrics *metrics, void (*collect)(void *data), void *data) {
    pthread_mutex_lock(&metrics->lock);
    bool taken = metrics->collector_count < COLLECTOR_LIMIT;
    if (taken)
        metrics->collectors[metrics->collector_count++] = (struct metrics_collector){collect, data};
    pthread_mutex_unlock(&metrics->lock);
    if (!taken)
        log_error("a metrics collector too many: it is never called", NULL);
}
