/* SPDX-License-Identifier: Apache-2.0 */
/* A relay on the mock cluster, what it logged and what it reported. */
#ifndef NOTIFY_TESTS_OUTBOX_RELAY_FIXTURE_H
#define NOTIFY_TESTS_OUTBOX_RELAY_FIXTURE_H

#include "cluster.h"
#include <notify-outbox.h>
#include <pthread.h>

struct relay_fixture {
    notify_outbox *outbox;
    notify_client_config *config;
    pthread_mutex_t mutex;
    char log[16384];
    int64_t reports_good;
    int64_t reports_bad;
};

/* The configuration only; set further properties before relay_fixture_start(). */
void relay_fixture_init(struct relay_fixture *fixture, const struct cluster *cluster);
void relay_fixture_set(struct relay_fixture *fixture, const char *property, const char *value);
void relay_fixture_start(struct relay_fixture *fixture, const char *path);
void relay_fixture_finish(struct relay_fixture *fixture);

/* How often a text is in the log. */
int relay_fixture_logged(struct relay_fixture *fixture, const char *text);

/* Wait until a figure has a value; a minute at most, then the test ends with the log. */
void relay_fixture_await(struct relay_fixture *fixture, enum notify_outbox_statistic which, int64_t value);
/* The same for a text in the log, and for what notify_outbox_kafka_is_down() says. */
void relay_fixture_await_log(struct relay_fixture *fixture, const char *text);
void relay_fixture_await_down(struct relay_fixture *fixture, int is_down);

#endif
