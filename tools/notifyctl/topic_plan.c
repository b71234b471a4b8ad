/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_configs(struct topic *topic) {
    for (size_t i = 0; i < topic->config_count; i++) {
        free(topic->configs[i].name);
        free(topic->configs[i].value);
    }
    free(topic->configs);
}

void topic_list_free(struct topic_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->topics[i].name);
        free_configs(&list->topics[i]);
    }
    free(list->topics);
    *list = (struct topic_list){0};
}

struct topic *topic_list_find(const struct topic_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->topics[i].name, name) == 0)
            return &list->topics[i];
    }
    return NULL;
}

const struct topic_config *topic_find_config(const struct topic *topic, const char *name) {
    for (size_t i = 0; i < topic->config_count; i++) {
        if (strcmp(topic->configs[i].name, name) == 0)
            return &topic->configs[i];
    }
    return NULL;
}

bool topic_add_config(struct topic *topic, const char *name, const char *value, bool is_topics_own) {
    struct topic_config *grown = reallocarray(topic->configs, topic->config_count + 1, sizeof *grown);
    if (grown == NULL)
        return false;
    topic->configs = grown;
    struct topic_config config = {strdup(name), strdup(value), is_topics_own};
    if (config.name == NULL || config.value == NULL) {
        free(config.name);
        free(config.value);
        return false;
    }
    topic->configs[topic->config_count++] = config;
    return true;
}

bool topic_list_override_replication(struct topic_list *list, int replication_factor) {
    int most_in_sync = replication_factor > 1 ? replication_factor - 1 : 1;
    for (size_t i = 0; i < list->count; i++) {
        struct topic *topic = &list->topics[i];
        topic->replication_factor = replication_factor;
        for (size_t j = 0; j < topic->config_count; j++) {
            struct topic_config *config = &topic->configs[j];
            if (strcmp(config->name, "min.insync.replicas") != 0 || atoi(config->value) <= most_in_sync)
                continue;
            char *value = NULL;
            if (asprintf(&value, "%d", most_in_sync) < 0)
                return false;
            free(config->value);
            config->value = value;
        }
    }
    return true;
}

static bool plan_topic(struct topic_action *action, const struct topic *wanted, const struct topic *actual) {
    *action = (struct topic_action){.wanted = wanted, .actual = actual};
    if (actual == NULL)
        return true;
    action->grow = wanted->partitions > actual->partitions;
    action->too_many_partitions = wanted->partitions < actual->partitions;
    action->other_replication = wanted->replication_factor != actual->replication_factor;
    action->configs = calloc(wanted->config_count + 1, sizeof *action->configs);
    if (action->configs == NULL)
        return false;
    for (size_t i = 0; i < wanted->config_count; i++) {
        const struct topic_config *present = topic_find_config(actual, wanted->configs[i].name);
        if (present == NULL || strcmp(present->value, wanted->configs[i].value) != 0)
            action->configs[action->config_count++] = &wanted->configs[i];
    }
    return true;
}

bool topic_plan_make(struct topic_plan *plan, const struct topic_list *wanted,
                     const struct topic_list *actual) {
    *plan = (struct topic_plan){.actions = calloc(wanted->count + 1, sizeof *plan->actions)};
    if (plan->actions == NULL)
        return false;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct topic *topic = &wanted->topics[i];
        plan->count = i + 1;
        if (!plan_topic(&plan->actions[i], topic, topic_list_find(actual, topic->name))) {
            topic_plan_free(plan);
            return false;
        }
    }
    return true;
}

void topic_plan_free(struct topic_plan *plan) {
    for (size_t i = 0; i < plan->count; i++)
        free(plan->actions[i].configs);
    free(plan->actions);
    *plan = (struct topic_plan){0};
}

bool topic_action_is_nothing(const struct topic_action *action) {
    return action->actual != NULL && !action->grow && action->config_count == 0;
}
