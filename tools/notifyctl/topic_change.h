/* SPDX-License-Identifier: Apache-2.0 */
/* The orders to a cluster that a plan's action needs. One topic a call, so that one topic's failure is its
 * own. */
#ifndef NOTIFYCTL_TOPIC_CHANGE_H
#define NOTIFYCTL_TOPIC_CHANGE_H

#include "kafka_link.h"
#include "topic_plan.h"

/* *existed_out: the cluster has it, though the broker that was asked for the topics did not know of it (yet):
 * somebody else created it just now. That is no failure. */
bool topic_change_create(struct kafka_link *link, const struct topic *topic, bool *existed_out,
                         struct error *error);
bool topic_change_grow(struct kafka_link *link, const struct topic *topic, struct error *error);
/* Sets action->configs, and leaves the topic's other configs as they are. */
bool topic_change_configs(struct kafka_link *link, const struct topic_action *action, struct error *error);

#endif
