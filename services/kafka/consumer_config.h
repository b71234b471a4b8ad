/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of every member of a consumer group: defaults, then the environment's KAFKA_*, then what
 * must not be changed. Own commits, eager round robin, no topic made by reading it. */
#ifndef NOTIFY_KAFKA_CONSUMER_CONFIG_H
#define NOTIFY_KAFKA_CONSUMER_CONFIG_H

#include "common/error.h"
#include <librdkafka/rdkafka.h>

struct consumer_config {
    const char *bootstrap_servers;
    const char *group_id;
    const char *group_instance_id; /* NULL: a dynamic member */
    const char *const *own_names;  /* for kafka_properties */
};

bool consumer_config_apply(rd_kafka_conf_t *conf, const struct consumer_config *config, struct error *error);

#endif
