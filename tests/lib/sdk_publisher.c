/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application on libnotify-client that publishes faster than its queue empties: COUNT mails PREFIX-000000
 * … to TOPIC, in turn over 97 keys. At the first refusal it prints {"error", "accepted", "pending"}; whatever
 * is refused because the queue is full is offered again until it is taken, anything else ends it. In the end
 * {"delivered", "refusals"}. The client's configuration is the environment's.
 */
#include "record.h"
#include <notify-client.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KEYS 97

static atomic_size_t delivered;

static void on_delivery(const notify_delivery *delivery, void *data) {
    (void)data;
    if (notify_delivery_error(delivery) != NOTIFY_OK)
        fail("event %s: %s", notify_delivery_event_id(delivery),
             notify_client_error_name(notify_delivery_error(delivery)));
    atomic_fetch_add(&delivered, 1);
}

static void check(enum notify_error error, const char *what) {
    if (error != NOTIFY_OK)
        fail("%s: %s: %s", what, notify_client_error_name(error), notify_client_last_error_text());
}

static notify_client *client_of_environment(void) {
    char text[256] = "";
    notify_client_config *config = NULL;
    notify_client *client = NULL;
    check(notify_client_config_new(&config), "configuration");
    if (notify_client_config_set_from_environment(config, text, sizeof text) != NOTIFY_OK)
        fail("configuration: %s", text);
    check(notify_client_config_set_source(config, "/tests/sdk-publisher"), "source");
    notify_client_config_set_delivery_callback(config, on_delivery, NULL);
    check(notify_client_new(&client, config, NULL, 0), "client");
    notify_client_config_free(config);
    return client;
}

static notify_event *mail_event(const char *prefix, size_t number) {
    char id[128], recipient[160], key[32];
    notify_event *event = NULL;
    snprintf(id, sizeof id, "%s-%06zu", prefix, number);
    snprintf(recipient, sizeof recipient, "%s@example.org", id);
    snprintf(key, sizeof key, "key-%zu", number % KEYS);
    check(notify_event_new(&event, "com.example.notification.requested.v1"), "event");
    check(notify_event_set_id(event, id), "id");
    check(notify_event_set_subject(event, key), "subject");
    check(notify_event_set_string(event, "template", "notification"), "template");
    check(notify_event_set_string(event, "recipient", recipient), "recipient");
    check(notify_event_set_string(event, "locale", "en"), "locale");
    check(notify_event_set_string(event, "variables.subject", id), "variables.subject");
    check(notify_event_set_string(event, "variables.text", "Hello."), "variables.text");
    return event;
}

/* How often it was refused. */
static size_t publish(notify_client *client, const char *topic, notify_event *event, size_t accepted,
                      size_t refused_before) {
    size_t refusals = 0;
    enum notify_error error;
    while ((error = notify_client_publish(client, topic, event, NULL)) == NOTIFY_E_QUEUE_FULL) {
        if (refused_before + refusals++ == 0)
            print_line(json_pack("{s:s, s:I, s:I}", "error", notify_client_error_name(error), "accepted",
                                 (json_int_t)accepted, "pending", (json_int_t)notify_client_pending(client)));
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    check(error, "publish");
    return refusals;
}

int main(int argc, char **argv) {
    if (argc != 5)
        fail("usage: %s TOPIC PREFIX COUNT SECONDS", argv[0]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    size_t count = strtoul(argv[3], NULL, 10), refusals = 0;
    notify_client *client = client_of_environment();
    for (size_t number = 0; number < count; number++) {
        notify_event *event = mail_event(argv[2], number);
        refusals += publish(client, argv[1], event, number, refusals);
        notify_event_free(event);
    }
    check(notify_client_flush(client, atoi(argv[4]) * 1000), "flush");
    print_line(json_pack("{s:I, s:I}", "delivered", (json_int_t)atomic_load(&delivered), "refusals",
                         (json_int_t)refusals));
    notify_client_free(client);
    return 0;
}
