/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a notify_client_config. */
#ifndef NOTIFY_CLIENT_CONFIG_H
#define NOTIFY_CLIENT_CONFIG_H

#include <event_schemas.h>
#include <librdkafka/rdkafka.h>
#include <notify-client.h>

struct config_property {
    char *name, *value;
};

struct notify_client_config {
    rd_kafka_conf_t *conf; /* the defaults and what was set over them: librdkafka checked each value */
    struct config_property
        *properties; /* what was set, since librdkafka cannot tell that from its defaults */
    size_t property_count;
    char *source;                  /* NULL: none */
    struct event_schemas *schemas; /* NULL: events are not checked; shared with copies */
    notify_delivery_callback delivery_callback;
    void *delivery_callback_data;
    notify_log_callback log_callback;
    void *log_callback_data;
};

#endif
