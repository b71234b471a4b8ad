/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster's topics lack against a list of wanted ones. Pure: two descriptions in, a list of actions
 * out. */
#ifndef NOTIFYCTL_TOPIC_PLAN_H
#define NOTIFYCTL_TOPIC_PLAN_H

#include <stdbool.h>
#include <stddef.h>

struct topic_config {
    char *name, *value;
    bool is_topics_own; /* set on this topic, not inherited from the brokers: of actual topics only */
};

struct topic {
    char *name;
    int partitions;
    int replication_factor;
    struct topic_config *configs;
    size_t config_count;
};

struct topic_list {
    struct topic *topics;
    size_t count;
};

void topic_list_free(struct topic_list *list);
/* NULL: it is not in the list. */
struct topic *topic_list_find(const struct topic_list *list, const char *name);
/* NULL: it is not set. */
const struct topic_config *topic_find_config(const struct topic *topic, const char *name);
/* Copies name and value. False: no memory. */
bool topic_add_config(struct topic *topic, const char *name, const char *value, bool is_topics_own);

/* Makes a list for a larger cluster fit a smaller one: every topic gets this replication factor, and
 * min.insync.replicas is lowered to leave room for one broker to be away. False: no memory. */
bool topic_list_override_replication(struct topic_list *list, int replication_factor);

struct topic_action {
    const struct topic *wanted;
    const struct topic *actual;          /* NULL: the topic is to be created, and nothing below applies */
    bool grow;                           /* to wanted->partitions */
    const struct topic_config **configs; /* wanted ones that differ */
    size_t config_count;
    bool too_many_partitions; /* partitions cannot be taken away: told, not done */
    bool other_replication;   /* told, not done: it needs a reassignment */
};

struct topic_plan {
    struct topic_action *actions; /* one for each wanted topic, in its order */
    size_t count;
};

/* The plan borrows from both lists. False: no memory. */
bool topic_plan_make(struct topic_plan *plan, const struct topic_list *wanted,
                     const struct topic_list *actual);
void topic_plan_free(struct topic_plan *plan);
/* The topic is as wanted. */
bool topic_action_is_nothing(const struct topic_action *action);

#endif
