/* SPDX-License-Identifier: Apache-2.0 */
#include "relay_fixture.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void keep_line(int level, const char *text, void *data) {
    struct relay_fixture *fixture = data;
    (void)level;
    pthread_mutex_lock(&fixture->mutex);
    size_t length = strlen(fixture->log);
    snprintf(fixture->log + length, sizeof fixture->log - length, "%s\n", text);
    pthread_mutex_unlock(&fixture->mutex);
}

static void count_report(const char *topic, const char *event_id, enum notify_error error, const char *reason,
                         void *data) {
    struct relay_fixture *fixture = data;
    ck_assert(topic[0] != '\0' && event_id[0] != '\0');
    ck_assert_int_eq(error == NOTIFY_OK, reason[0] == '\0');
    pthread_mutex_lock(&fixture->mutex);
    if (error == NOTIFY_OK)
        fixture->reports_good++;
    else
        fixture->reports_bad++;
    pthread_mutex_unlock(&fixture->mutex);
}

void relay_fixture_set(struct relay_fixture *fixture, const char *property, const char *value) {
    char text[256] = "";
    ck_assert_msg(notify_client_config_set(fixture->config, property, value, text, sizeof text) == NOTIFY_OK,
                  "%s", text);
}

void relay_fixture_init(struct relay_fixture *fixture, const struct cluster *cluster) {
    *fixture = (struct relay_fixture){0};
    ck_assert_int_eq(pthread_mutex_init(&fixture->mutex, NULL), 0);
    ck_assert_int_eq(notify_client_config_new(&fixture->config), NOTIFY_OK);
    relay_fixture_set(fixture, "bootstrap.servers", cluster->bootstrap);
    relay_fixture_set(fixture, "reconnect.backoff.max.ms", "500");
    notify_client_config_set_log_callback(fixture->config, keep_line, fixture);
}

void relay_fixture_start(struct relay_fixture *fixture, const char *path) {
    char text[256] = "";
    enum notify_error error = notify_outbox_start_sqlite(&fixture->outbox, path, fixture->config,
                                                         count_report, fixture, text, sizeof text);
    ck_assert_msg(error == NOTIFY_OK, "%s", text);
}

void relay_fixture_finish(struct relay_fixture *fixture) {
    fixture->outbox = notify_outbox_stop(fixture->outbox, 5000);
    fixture->config = notify_client_config_free(fixture->config);
    pthread_mutex_destroy(&fixture->mutex);
}

int relay_fixture_logged(struct relay_fixture *fixture, const char *text) {
    int count = 0;
    pthread_mutex_lock(&fixture->mutex);
    for (const char *p = strstr(fixture->log, text); p != NULL; p = strstr(p + 1, text))
        count++;
    pthread_mutex_unlock(&fixture->mutex);
    return count;
}

#define ATTEMPTS 6000 /* × 10 ms */

static void pause_a_little(void) {
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    nanosleep(&pause, NULL);
}

void relay_fixture_await(struct relay_fixture *fixture, enum notify_outbox_statistic which, int64_t value) {
    int64_t seen = notify_outbox_statistic(fixture->outbox, which);
    for (int i = 0; i < ATTEMPTS && seen != value; i++) {
        pause_a_little();
        seen = notify_outbox_statistic(fixture->outbox, which);
    }
    ck_assert_msg(seen == value, "statistic %d is %lld instead of %lld; log:\n%s", which, (long long)seen,
                  (long long)value, fixture->log);
}

void relay_fixture_await_log(struct relay_fixture *fixture, const char *text) {
    for (int i = 0; i < ATTEMPTS && relay_fixture_logged(fixture, text) == 0; i++)
        pause_a_little();
    ck_assert_msg(relay_fixture_logged(fixture, text) > 0, "\"%s\" is not in the log:\n%s", text,
                  fixture->log);
}

void relay_fixture_await_down(struct relay_fixture *fixture, int is_down) {
    for (int i = 0; i < ATTEMPTS && notify_outbox_kafka_is_down(fixture->outbox) != is_down; i++)
        pause_a_little();
    ck_assert_int_eq(notify_outbox_kafka_is_down(fixture->outbox), is_down);
}
