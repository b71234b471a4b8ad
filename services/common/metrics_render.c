/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' text exposition format, version 0.0.4. */
#include "metrics_internal.h"
#include "process_metrics.h"
#include "utf8.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append_number(struct text_buffer *out, double number) {
    char text[40];
    if (isnan(number)) {
        snprintf(text, sizeof text, "NaN");
    } else if (isinf(number)) {
        snprintf(text, sizeof text, "%s", number > 0 ? "+Inf" : "-Inf");
    } else {
        snprintf(text, sizeof text, "%.15g", number); /* 0.1 stays 0.1 */
        if (strtod(text, NULL) != number)
            snprintf(text, sizeof text, "%.17g", number);
    }
    text_buffer_append_text(out, text);
}

/* The format is UTF-8 with \\ and \n escaped, and in label values \" too. */
static void append_escaped(struct text_buffer *out, const char *text, bool in_quotes) {
    size_t size = strlen(text);
    for (size_t i = 0, length; i < size; i += length) {
        uint32_t code_point;
        length = utf8_decode(text + i, size - i, &code_point);
        if (length == 0) {
            text_buffer_append_text(out, "\xEF\xBF\xBD"); /* U+FFFD */
            length = 1;
        } else if (code_point == '\n') {
            text_buffer_append_text(out, "\\n");
        } else if (code_point == '\\') {
            text_buffer_append_text(out, "\\\\");
        } else if (code_point == '"' && in_quotes) {
            text_buffer_append_text(out, "\\\"");
        } else {
            text_buffer_append(out, text + i, length);
        }
    }
}

/* {route="/signup",le="0.5"}; bound may be NULL. */
static void append_labels(struct text_buffer *out, const struct metric_series *series, const double *bound) {
    const struct metric *metric = series->metric;
    if (metric->label_count == 0 && bound == NULL)
        return;
    text_buffer_append_byte(out, '{');
    for (size_t i = 0; i < metric->label_count; i++) {
        text_buffer_append_format(out, "%s%s=\"", i == 0 ? "" : ",", metric->label_names[i]);
        append_escaped(out, series->label_values[i], true);
        text_buffer_append_byte(out, '"');
    }
    if (bound != NULL) {
        text_buffer_append_format(out, "%sle=\"", metric->label_count == 0 ? "" : ",");
        append_number(out, *bound);
        text_buffer_append_byte(out, '"');
    }
    text_buffer_append_byte(out, '}');
}

static void append_count(struct text_buffer *out, const struct metric_series *series, const char *suffix,
                         const double *bound, uint64_t count) {
    text_buffer_append_format(out, "%s%s", series->metric->name, suffix);
    append_labels(out, series, bound);
    text_buffer_append_format(out, " %" PRIu64 "\n", count);
}

static void append_histogram(struct text_buffer *out, struct metric_series *series) {
    const struct metric *metric = series->metric;
    uint64_t count = 0;
    for (size_t i = 0; i <= metric->bound_count; i++) {
        double bound = i < metric->bound_count ? metric->bounds[i] : INFINITY;
        count += atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
        append_count(out, series, "_bucket", &bound, count);
    }
    text_buffer_append_format(out, "%s_sum", metric->name);
    append_labels(out, series, NULL);
    text_buffer_append_byte(out, ' ');
    append_number(out, atomic_number_get(&series->value));
    text_buffer_append_byte(out, '\n');
    append_count(out, series, "_count", NULL, count); /* from the buckets, so that it equals +Inf's */
}

static void append_series(struct text_buffer *out, struct metric_series *series) {
    if (!series->shown)
        return;
    if (series->metric->kind == METRIC_HISTOGRAM) {
        append_histogram(out, series);
        return;
    }
    text_buffer_append_text(out, series->metric->name);
    append_labels(out, series, NULL);
    text_buffer_append_byte(out, ' ');
    append_number(out, atomic_number_get(&series->value));
    text_buffer_append_byte(out, '\n');
}

static void append_metric(struct text_buffer *out, struct metric *metric) {
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
    text_buffer_append_format(out, "# HELP %s ", metric->name);
    append_escaped(out, metric->help, false);
    text_buffer_append_format(out, "\n# TYPE %s %s\n", metric->name, types[metric->kind]);
    pthread_mutex_lock(&metric->lock);
    for (struct metric_series *series = metric->first; series != NULL; series = series->next)
        append_series(out, series);
    append_series(out, metric->other);
    pthread_mutex_unlock(&metric->lock);
}

void metrics_render(struct metrics *metrics, struct text_buffer *out) {
    pthread_mutex_lock(&metrics->lock);
    struct metrics_collector collectors[COLLECTOR_LIMIT];
    size_t count = metrics->collector_count;
    memcpy(collectors, metrics->collectors, count * sizeof collectors[0]);
    pthread_mutex_unlock(&metrics->lock);
    for (size_t i = 0; i < count; i++)
        collectors[i].collect(collectors[i].data);

    pthread_mutex_lock(&metrics->lock);
    for (struct metric *metric = metrics->first; metric != NULL; metric = metric->next)
        append_metric(out, metric);
    pthread_mutex_unlock(&metrics->lock);
    process_metrics_render(out);
}
