/* SPDX-License-Identifier: Apache-2.0 */
/* The topics of a cluster as they are. */
#ifndef NOTIFYCTL_TOPIC_STATE_H
#define NOTIFYCTL_TOPIC_STATE_H

#include "kafka_link.h"
#include "topic_plan.h"

/* Names, partitions and replication factors from metadata; the cluster's own topics are left out unless
 * internal. */
bool topic_state_read(struct topic_list *list, const struct rd_kafka_metadata *metadata, bool internal,
                      struct error *error);

/* Adds the configs of those topics of list that wanted names. */
bool topic_state_read_configs(struct topic_list *list, const struct topic_list *wanted,
                              struct kafka_link *link, struct error *error);

#endif
