/* SPDX-License-Identifier: Apache-2.0 */
/* Ask for a mail, and wait until Kafka has the request. KAFKA_BOOTSTRAP_SERVERS tells where Kafka is.
 *
 *   cc publish-and-wait.c $(pkg-config --cflags --libs notify-client) && ./a.out ada@example.org */
#include <notify-client.h>
#include <stdio.h>

int main(int argc, char **argv) {
    notify_client_config *config = NULL;
    notify_client *client = NULL;
    notify_event *event = NULL;
    int failed = notify_client_config_new(&config) ||
                 notify_client_config_set_from_environment(config, NULL, 0) ||
                 notify_client_config_set_source(config, "/examples/publish-and-wait") ||
                 notify_client_new(&client, config, NULL, 0) ||
                 notify_event_new(&event, "com.example.notification.requested.v1") ||
                 notify_event_set_subject(event, "user-1") ||
                 notify_event_set_string(event, "template", "notification") ||
                 notify_event_set_string(event, "recipient", argc > 1 ? argv[1] : "ada@example.org") ||
                 notify_event_set_string(event, "locale", "en") ||
                 notify_event_set_string(event, "variables.subject", "Hello from C") ||
                 notify_event_set_string(event, "variables.text", "Fifteen lines of C sent this mail.") ||
                 notify_client_publish_and_wait(client, "notifications", event, 30000);
    if (failed)
        fprintf(stderr, "not published: %s\n", notify_client_last_error_text());
    else
        printf("published %s\n", notify_event_id(event));
    notify_event_free(event);
    notify_client_free(client);
    notify_client_config_free(config);
    return failed ? 1 : 0;
}
