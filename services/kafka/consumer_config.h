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
    bool tells_ends;               /* RD_KAFKA_RESP_ERR__PARTITION_EOF when a partition was read to its end */
};

typedef void (*consumer_rebalanced)(rd_kafka_t *kafka, rd_kafka_resp_err_t what,
                                    rd_kafka_topic_partition_list_t *partitions, void *opaque);
typedef void (*consumer_failed)(rd_kafka_t *kafka, int failure, const char *reason, void *opaque);

/* A client whose main queue is the consumer's; both callbacks are called from rd_kafka_consumer_poll(). Exit
 * status 78 in error. */
bool consumer_config_open(rd_kafka_t **kafka_out, const struct consumer_config *config,
                          consumer_rebalanced rebalanced, consumer_failed failed, void *opaque,
                          struct error *error);

#endif
