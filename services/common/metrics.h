/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics in Prometheus' text format. A registry is filled at the start; series are looked up once and kept,
 * and may be changed from any thread. Labels never hold an address or an id. Names begin with notify_.
 */
#ifndef NOTIFY_COMMON_METRICS_H
#define NOTIFY_COMMON_METRICS_H

#include "text_buffer.h"
#include <stdint.h>

struct metrics;       /* the registry */
struct metric;        /* a name, its help and its label names */
struct metric_series; /* one combination of label values */

/* NULL: no memory. The registry has notify_build_info{version,service} and the process_* family from the
 * start. */
struct metrics *metrics_new(const char *service);
void metrics_free(struct metrics *metrics);

/* label_names: up to four, NULL-terminated, or NULL for none. The texts are kept, not copied. NULL: no
 * memory. */
struct metric *metrics_add_counter(struct metrics *, const char *name, const char *help,
                                   const char *const *label_names);
struct metric *metrics_add_gauge(struct metrics *, const char *name, const char *help,
                                 const char *const *label_names);
/* bounds: upper bounds in ascending order, +Inf is added. */
struct metric *metrics_add_histogram(struct metrics *, const char *name, const char *help,
                                     const char *const *label_names, const double *bounds,
                                     size_t bound_count);
/* OpenTelemetry's duration buckets, in seconds: 0.005 … 10. */
extern const double metrics_duration_bounds[14];

/* The series with these label values (as many as names; copied), made when new; the same one for the same
 * values. A metric holds at most 1,000 series; past that, and when there is no memory, everything goes to one
 * series whose values are "other". Never NULL for a metric that is not NULL. */
struct metric_series *metric_series(struct metric *metric, const char *const *label_values);

void metric_add(struct metric_series *series,
                double amount); /* counters and gauges; a NULL series is passed over */
void metric_set(struct metric_series *series, double value);     /* gauges */
void metric_observe(struct metric_series *series, double value); /* histograms */
/* Takes a gauge's series, for instance of a partition that was revoked, out of what is rendered, until
 * metric_series() is asked for it again. A pointer to it stays good. */
void metric_series_remove(struct metric *metric, const char *const *label_values);

/* Called before each rendering, on the thread that renders, to set gauges that are read rather than kept. At
 * most 16. */
void metrics_on_collect(struct metrics *, void (*collect)(void *data), void *data);
void metrics_render(struct metrics *, struct text_buffer *out);

#endif
