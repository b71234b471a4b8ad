/* SPDX-License-Identifier: Apache-2.0 */
/* The expected bytes are written by the rules of Prometheus' text exposition format 0.0.4. */
#include "common/metrics.h"
#include "suite.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct metrics *new_metrics(void) {
    struct metrics *metrics = metrics_new("shop");
    ck_assert_ptr_nonnull(metrics);
    return metrics;
}

/* free() it. */
static char *render(struct metrics *metrics) {
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    metrics_render(metrics, &out);
    char *text = text_buffer_take(&out);
    ck_assert_ptr_nonnull(text);
    return text;
}

static void expect_part(struct metrics *metrics, const char *part) {
    char *text = render(metrics);
    ck_assert_msg(strstr(text, part) != NULL, "no\n%sin\n%s", part, text);
    free(text);
}

static void expect_no_part(struct metrics *metrics, const char *part) {
    char *text = render(metrics);
    ck_assert_msg(strstr(text, part) == NULL, "%s in\n%s", part, text);
    free(text);
}

static struct metric_series *series_of(struct metric *metric, const char *one, const char *two) {
    return metric_series(metric, (const char *const[]){one, two, NULL});
}

START_TEST(the_build_is_told_from_the_start) {
    struct metrics *metrics = new_metrics();
    expect_part(metrics, "# HELP notify_build_info Which build this is; the value is always 1.\n"
                         "# TYPE notify_build_info gauge\n"
                         "notify_build_info{version=\"" NOTIFY_VERSION "\",service=\"shop\"} 1\n");
    metrics_free(metrics);
    metrics_free(NULL);
}
END_TEST

START_TEST(a_counter_without_labels_begins_at_zero_and_only_rises) {
    struct metrics *metrics = new_metrics();
    struct metric *metric = metrics_add_counter(metrics, "notify_total", "All of them.", NULL);
    expect_part(metrics, "# HELP notify_total All of them.\n# TYPE notify_total counter\nnotify_total 0\n");
    struct metric_series *series = metric_series(metric, NULL);
    metric_add(series, 1);
    metric_add(series, 2.5);
    metric_add(series, -1);
    metric_add(series, NAN);
    metric_set(series, 100);
    metric_observe(series, 100);
    expect_part(metrics, "\nnotify_total 3.5\n");
    metrics_free(metrics);
}
END_TEST

START_TEST(a_gauge_goes_up_and_down_and_shows_special_numbers) {
    static const struct {
        double value;
        const char *line;
    } values[] = {
        {-3, "\nnotify_gauge -3\n"},         {0.1, "\nnotify_gauge 0.1\n"},
        {1e300, "\nnotify_gauge 1e+300\n"},  {9007199254740993.0, "\nnotify_gauge 9007199254740992\n"},
        {NAN, "\nnotify_gauge NaN\n"},       {INFINITY, "\nnotify_gauge +Inf\n"},
        {-INFINITY, "\nnotify_gauge -Inf\n"}};
    struct metrics *metrics = new_metrics();
    struct metric_series *series =
        metric_series(metrics_add_gauge(metrics, "notify_gauge", "Now.", NULL), NULL);
    for (size_t i = 0; i < SUITE_COUNT(values); i++) {
        metric_set(series, values[i].value);
        expect_part(metrics, values[i].line);
    }
    metric_set(series, 5);
    metric_add(series, -7);
    expect_part(metrics, "\nnotify_gauge -2\n");
    metrics_free(metrics);
}
END_TEST

START_TEST(label_values_and_help_are_escaped) {
    static const char *const labels[] = {"topic", "result", NULL};
    struct metrics *metrics = new_metrics();
    struct metric *metric = metrics_add_counter(metrics, "notify_total", "A \\ and\na \"line\".", labels);
    metric_add(series_of(metric, "a\\b\"c\nd", "caf\xC3\xA9 \xFF"), 2);
    expect_part(metrics, "# HELP notify_total A \\\\ and\\na \"line\".\n"
                         "# TYPE notify_total counter\n"
                         "notify_total{topic=\"a\\\\b\\\"c\\nd\",result=\"caf\xC3\xA9 \xEF\xBF\xBD\"} 2\n");
    metrics_free(metrics);
}
END_TEST

START_TEST(the_same_label_values_are_the_same_series) {
    static const char *const labels[] = {"topic", "result", NULL};
    struct metrics *metrics = new_metrics();
    struct metric *metric = metrics_add_counter(metrics, "notify_total", "x", labels);
    char topic[] = "users";
    struct metric_series *one = series_of(metric, topic, "ok");
    topic[0] = 'U'; /* the registry keeps a copy */
    ck_assert_ptr_eq(series_of(metric, "users", "ok"), one);
    ck_assert_ptr_ne(series_of(metric, "user", "sok"), one);
    ck_assert_ptr_ne(series_of(metric, "users", "no"), one);
    metrics_free(metrics);
}
END_TEST

START_TEST(a_histogram_counts_cumulatively_with_bounds_included) {
    static const char *const labels[] = {"route", NULL};
    static const double bounds[] = {0.1, 1, 2.5};
    static const char *const values[] = {"/signup", NULL};
    struct metrics *metrics = new_metrics();
    struct metric *metric = metrics_add_histogram(metrics, "notify_seconds", "How long.", labels, bounds, 3);
    struct metric_series *series = metric_series(metric, values);
    static const double observed[] = {0.0625, 0.1, 0.5, 1, 1.5, 100};
    for (size_t i = 0; i < SUITE_COUNT(observed); i++)
        metric_observe(series, observed[i]);
    metric_observe(series, NAN);
    metric_add(series, 5);
    metric_set(series, 5);
    expect_part(metrics, "# HELP notify_seconds How long.\n"
                         "# TYPE notify_seconds histogram\n"
                         "notify_seconds_bucket{route=\"/signup\",le=\"0.1\"} 2\n"
                         "notify_seconds_bucket{route=\"/signup\",le=\"1\"} 4\n"
                         "notify_seconds_bucket{route=\"/signup\",le=\"2.5\"} 5\n"
                         "notify_seconds_bucket{route=\"/signup\",le=\"+Inf\"} 6\n"
                         "notify_seconds_sum{route=\"/signup\"} 103.1625\n"
                         "notify_seconds_count{route=\"/signup\"} 6\n");
    metrics_free(metrics);
}
END_TEST

START_TEST(a_histogram_without_labels_has_only_le) {
    struct metrics *metrics = new_metrics();
    struct metric *metric =
        metrics_add_histogram(metrics, "notify_seconds", "x", NULL, metrics_duration_bounds, 14);
    metric_observe(metric_series(metric, NULL), 0.005);
    expect_part(metrics, "notify_seconds_bucket{le=\"0.005\"} 1\nnotify_seconds_bucket{le=\"0.01\"} 1\n");
    expect_part(metrics,
                "notify_seconds_bucket{le=\"+Inf\"} 1\nnotify_seconds_sum 0.005\nnotify_seconds_count 1\n");
    metrics_free(metrics);
}
END_TEST

START_TEST(a_removed_series_is_not_shown_until_asked_for_again) {
    static const char *const labels[] = {"partition", NULL};
    static const char *const three[] = {"3", NULL};
    struct metrics *metrics = new_metrics();
    struct metric *metric = metrics_add_gauge(metrics, "notify_lag", "x", labels);
    struct metric_series *series = metric_series(metric, three);
    metric_set(series, 12);
    expect_part(metrics, "notify_lag{partition=\"3\"} 12\n");
    metric_series_remove(metric, three);
    metric_series_remove(metric, (const char *const[]){"4", NULL});
    metric_set(series, 13); /* a holder that has not heard of it */
    expect_no_part(metrics, "notify_lag{");
    ck_assert_ptr_eq(metric_series(metric, three), series);
    metric_set(series, 14);
    expect_part(metrics, "notify_lag{partition=\"3\"} 14\n");
    metrics_free(metrics);
}
END_TEST

START_TEST(past_a_thousand_series_all_go_to_other) {
    static const char *const labels[] = {"n", NULL};
    struct metrics *metrics = new_metrics();
    struct metric *metric = metrics_add_counter(metrics, "notify_total", "x", labels);
    for (int i = 0; i < 1500; i++) {
        char number[12];
        snprintf(number, sizeof number, "%d", i);
        metric_add(metric_series(metric, (const char *const[]){number, NULL}), 1);
    }
    expect_part(metrics, "notify_total{n=\"999\"} 1\nnotify_total{n=\"other\"} 500\n");
    expect_no_part(metrics, "n=\"1000\"");
    metrics_free(metrics);
}
END_TEST

START_TEST(a_missing_metric_or_series_is_passed_over) {
    ck_assert_ptr_null(metric_series(NULL, NULL));
    metric_add(NULL, 1);
    metric_set(NULL, 1);
    metric_observe(NULL, 1);
    metric_series_remove(NULL, NULL);
}
END_TEST

static void set_seven(void *data) {
    metric_set(data, 7);
}

START_TEST(collectors_run_before_each_rendering) {
    struct metrics *metrics = new_metrics();
    struct metric_series *series = metric_series(metrics_add_gauge(metrics, "notify_rows", "x", NULL), NULL);
    metrics_on_collect(metrics, set_seven, series);
    expect_part(metrics, "notify_rows 7\n");
    metric_set(series, 8);
    expect_part(metrics, "notify_rows 7\n");
    metrics_free(metrics);
}
END_TEST

static double value_of(const char *text, const char *name) {
    char line[80];
    snprintf(line, sizeof line, "\n%s ", name);
    const char *at = strstr(text, line);
    ck_assert_msg(at != NULL, "no %s", name);
    return strtod(at + strlen(line), NULL);
}

START_TEST(the_process_is_told_of) {
    struct metrics *metrics = new_metrics();
    char *text = render(metrics);
    ck_assert(value_of(text, "process_cpu_seconds_total") >= 0);
    ck_assert(value_of(text, "process_resident_memory_bytes") > 100000);
    ck_assert(value_of(text, "process_virtual_memory_bytes") >=
              value_of(text, "process_resident_memory_bytes"));
    ck_assert(value_of(text, "process_max_fds") == (double)sysconf(_SC_OPEN_MAX));
    double started = value_of(text, "process_start_time_seconds");
    ck_assert(started > (double)time(NULL) - 3600 && started < (double)time(NULL) + 60);
    double before = value_of(text, "process_open_fds");
    free(text);
    int pipes[2];
    ck_assert_int_eq(pipe(pipes), 0);
    text = render(metrics);
    ck_assert(value_of(text, "process_open_fds") == before + 2);
    ck_assert_ptr_nonnull(strstr(text, "# TYPE process_cpu_seconds_total counter\n"));
    free(text);
    close(pipes[0]);
    close(pipes[1]);
    metrics_free(metrics);
}
END_TEST

enum { THREADS = 4, ROUNDS = 5000 };

struct shared {
    struct metric *counter;
    struct metric *histogram;
};

static void *count_many(void *data) {
    const struct shared *shared = data;
    for (int i = 0; i < ROUNDS; i++) {
        char number[12];
        snprintf(number, sizeof number, "%d", i % 50);
        metric_add(metric_series(shared->counter, (const char *const[]){number, NULL}), 1);
        metric_observe(metric_series(shared->histogram, NULL), 1);
    }
    return NULL;
}

START_TEST(several_threads_lose_no_count) {
    static const char *const labels[] = {"n", NULL};
    static const double bounds[] = {1};
    struct metrics *metrics = new_metrics();
    struct shared shared = {metrics_add_counter(metrics, "notify_total", "x", labels),
                            metrics_add_histogram(metrics, "notify_seconds", "x", NULL, bounds, 1)};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_many, &shared), 0);
    for (int i = 0; i < 20; i++)
        free(render(metrics));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_part(metrics, "notify_total{n=\"7\"} 400\n"); /* 4 threads × 5000 / 50 */
    expect_part(metrics, "notify_seconds_sum 20000\nnotify_seconds_count 20000\n");
    metrics_free(metrics);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_build_is_told_from_the_start,
        a_counter_without_labels_begins_at_zero_and_only_rises,
        a_gauge_goes_up_and_down_and_shows_special_numbers,
        label_values_and_help_are_escaped,
        the_same_label_values_are_the_same_series,
        a_histogram_counts_cumulatively_with_bounds_included,
        a_histogram_without_labels_has_only_le,
        a_removed_series_is_not_shown_until_asked_for_again,
        past_a_thousand_series_all_go_to_other,
        a_missing_metric_or_series_is_passed_over,
        collectors_run_before_each_rendering,
        the_process_is_told_of,
        several_threads_lose_no_count,
    };
    return suite_run("metrics", tests, SUITE_COUNT(tests));
}
