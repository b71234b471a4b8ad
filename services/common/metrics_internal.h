/* SPDX-License-Identifier: Apache-2.0 */
/* What metrics.c and metrics_render.c share. */
#ifndef NOTIFY_COMMON_METRICS_INTERNAL_H
#define NOTIFY_COMMON_METRICS_INTERNAL_H

#include "metrics.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum { LABEL_LIMIT = 4, SERIES_LIMIT = 1000, SLOT_COUNT = 256 };

/* A double in an atomic integer: C11's atomic doubles have no addition. */
typedef _Atomic uint64_t atomic_number;
double atomic_number_get(atomic_number *number);

struct metric_series {
    struct metric *metric;
    struct metric_series *next_in_slot;
    struct metric_series *next; /* in the order of their making */
    bool shown;                 /* under the metric's lock; false once removed */
    char *label_values[LABEL_LIMIT];
    atomic_number value;        /* of a histogram: the sum */
    _Atomic uint64_t buckets[]; /* of a histogram: each bound's own count, the last is +Inf's */
};

struct metric {
    struct metric *next;
    enum metric_kind kind;
    const char *name;
    const char *help;
    const char *label_names[LABEL_LIMIT];
    size_t label_count;
    const double *bounds;
    size_t bound_count;
    pthread_mutex_t lock; /* over the series' lists, not over their values */
    size_t series_count;
    struct metric_series *slots[SLOT_COUNT];
    struct metric_series *first, **last;
    struct metric_series *other; /* there from the start, so that a series is never missing */
};

struct metrics_collector {
    void (*collect)(void *data);
    void *data;
};

enum { COLLECTOR_LIMIT = 16 };

struct metrics {
    pthread_mutex_t lock; /* over the list of metrics and the collectors */
    struct metric *first, **last;
    struct metrics_collector collectors[COLLECTOR_LIMIT];
    size_t collector_count;
};

#endif
