/* SPDX-License-Identifier: Apache-2.0 */
/* Publish events without waiting for each: the delivery callback tells the fate of every one of them.
 *
 *   cc publish-event.c $(pkg-config --cflags --libs notify-client) && KAFKA_BOOTSTRAP_SERVERS=localhost:9092
 * ./a.out */
#include <notify-client.h>
#include <stdio.h>
#include <string.h>

/* Called from the client's thread, once for each event that notify_client_publish() accepted. */
static void on_delivery(const notify_delivery *delivery, void *callback_data) {
    (void)callback_data;
    const char *order = notify_delivery_opaque(delivery);
    if (notify_delivery_error(delivery) == NOTIFY_OK)
        printf("%s: event %s is in %s, partition %d, offset %lld\n", order,
               notify_delivery_event_id(delivery), notify_delivery_topic(delivery),
               (int)notify_delivery_partition(delivery), (long long)notify_delivery_offset(delivery));
    else
        fprintf(stderr, "%s: %s: %s\n", order, notify_client_error_name(notify_delivery_error(delivery)),
                notify_delivery_error_text(delivery));
}

static enum notify_error publish_order(notify_client *client, const char *order) {
    static const char data[] =
        "{\"items\": [{\"sku\": \"A-1\", \"quantity\": 2}], \"total\": {\"amount\": 1998, "
        "\"currency\": \"EUR\"}}";
    notify_event *event = NULL;
    enum notify_error error = notify_event_new(&event, "com.example.order.placed.v1");
    if (error == NOTIFY_OK)
        error = notify_event_set_subject(event,
                                         order); /* also the Kafka key: an order's events keep their order */
    if (error == NOTIFY_OK)
        error = notify_event_set_data_json(event, data, strlen(data));
    if (error == NOTIFY_OK)
        error = notify_client_publish(client, "orders", event, (void *)order);
    if (error == NOTIFY_E_QUEUE_FULL)
        fprintf(stderr, "%s: too many events wait already; try again later\n", order);
    notify_event_free(event);
    return error;
}

int main(void) {
    char error_text[256] = "";
    notify_client_config *config = NULL;
    notify_client *client = NULL;
    enum notify_error error = notify_client_config_new(&config);
    if (error == NOTIFY_OK)
        error = notify_client_config_set_from_environment(config, error_text, sizeof error_text);
    if (error == NOTIFY_OK)
        error = notify_client_config_set_source(config, "/examples/publish-event");
    if (error == NOTIFY_OK) {
        notify_client_config_set_delivery_callback(config, on_delivery, NULL);
        error = notify_client_new(&client, config, error_text, sizeof error_text);
    }
    const char *orders[] = {"order-1", "order-2", "order-3"};
    for (size_t i = 0; error == NOTIFY_OK && i < sizeof orders / sizeof orders[0]; i++)
        error = publish_order(client, orders[i]);
    if (error == NOTIFY_OK)
        error = notify_client_flush(client, 30000);
    if (error != NOTIFY_OK)
        fprintf(stderr, "%s: %s\n", notify_client_error_name(error), notify_client_last_error_text());
    notify_client_free(client); /* what is still pending is given up, and its callbacks say so */
    notify_client_config_free(config);
    return error == NOTIFY_OK ? 0 : 1;
}
