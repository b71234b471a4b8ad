/* SPDX-License-Identifier: Apache-2.0 */
#include "client_fixture.h"

#include <check.h>
#include <string.h>
#include <time.h>

struct cluster cluster;
notify_client_config *config;
struct ledger ledger;

static void keep_quiet(int level, const char *text, void *data) {
    (void)level;
    (void)text;
    (void)data;
}

void set_property(const char *property, const char *value) {
    char text[256];
    ck_assert_msg(notify_client_config_set(config, property, value, text, sizeof text) == NOTIFY_OK, "%s",
                  text);
}

void client_set_up(void) {
    memset(&ledger, 0, sizeof ledger);
    ck_assert_int_eq(pthread_mutex_init(&ledger.mutex, NULL), 0);
    cluster_start(&cluster, 1);
    ck_assert_int_eq(notify_client_config_new(&config), NOTIFY_OK);
    set_property("bootstrap.servers", cluster.bootstrap);
    set_property("reconnect.backoff.max.ms", "200");
    ck_assert_int_eq(notify_client_config_set_source(config, "/test"), NOTIFY_OK);
    notify_client_config_set_delivery_callback(config, ledger_note, &ledger);
    notify_client_config_set_log_callback(config, keep_quiet, NULL);
}

void client_tear_down(void) {
    notify_client_config_free(config);
    cluster_stop(&cluster);
    pthread_mutex_destroy(&ledger.mutex);
}

notify_client *start_client(void) {
    notify_client *client;
    char text[256];
    ck_assert_msg(notify_client_new(&client, config, text, sizeof text) == NOTIFY_OK, "%s", text);
    return client;
}

notify_event *make_event(const char *subject) {
    notify_event *event;
    ck_assert_int_eq(notify_event_new(&event, "com.example.test.v1"), NOTIFY_OK);
    ck_assert_int_eq(notify_event_set_subject(event, subject), NOTIFY_OK);
    return event;
}

enum notify_error publish(notify_client *client, const char *topic, size_t number) {
    notify_event *event = make_event("u-1");
    enum notify_error error = notify_client_publish(client, topic, event, ledger_opaque(number));
    notify_event_free(event);
    return error;
}

void publish_until_accepted(notify_client *client, const char *topic, size_t number) {
    enum notify_error error = publish(client, topic, number);
    for (int tries = 0; error != NOTIFY_OK && tries < 3000; tries++) {
        struct timespec pause = {.tv_nsec = 10000000};
        nanosleep(&pause, NULL);
        error = publish(client, topic, number);
    }
    ck_assert_str_eq(notify_client_error_name(error), "NOTIFY_OK");
}
