/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_state.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *left, const void *right) {
    return strcmp(((const struct topic *)left)->name, ((const struct topic *)right)->name);
}

bool topic_state_read(struct topic_list *list, const struct rd_kafka_metadata *metadata, bool internal,
                      struct error *error) {
    *list = (struct topic_list){.topics = calloc((size_t)metadata->topic_cnt + 1, sizeof *list->topics)};
    if (list->topics == NULL)
        return error_set(error, "out of memory");
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *source = &metadata->topics[i];
        if (source->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || source->partition_cnt == 0 ||
            (!internal && kafka_link_topic_is_internal(source->topic)))
            continue;
        struct topic *topic = &list->topics[list->count];
        topic->name = strdup(source->topic);
        if (topic->name == NULL) {
            topic_list_free(list);
            return error_set(error, "out of memory");
        }
        topic->partitions = source->partition_cnt;
        topic->replication_factor = source->partitions[0].replica_cnt;
        list->count++;
    }
    qsort(list->topics, list->count, sizeof *list->topics, compare_names);
    return true;
}

static bool take_configs(struct topic *topic, const rd_kafka_ConfigResource_t *resource,
                         struct error *error) {
    rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resource);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char *words = rd_kafka_ConfigResource_error_string(resource);
        return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "topic %s: its configs cannot be read: %s",
                                topic->name, words != NULL ? words : rd_kafka_err2str(code));
    }
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        bool own = rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
        if (value != NULL && !topic_add_config(topic, rd_kafka_ConfigEntry_name(entries[i]), value, own))
            return error_set(error, "out of memory");
    }
    return true;
}

static bool take_result(struct topic_list *list, rd_kafka_event_t *event, struct error *error) {
    size_t count;
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        struct topic *topic = topic_list_find(list, rd_kafka_ConfigResource_name(resources[i]));
        if (topic != NULL && !take_configs(topic, resources[i], error))
            return false;
    }
    return true;
}

bool topic_state_read_configs(struct topic_list *list, const struct topic_list *wanted,
                              struct kafka_link *link, struct error *error) {
    rd_kafka_ConfigResource_t **resources = calloc(wanted->count + 1, sizeof(rd_kafka_ConfigResource_t *));
    if (resources == NULL)
        return error_set(error, "out of memory");
    size_t count = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        if (topic_list_find(list, wanted->topics[i].name) != NULL)
            resources[count++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, wanted->topics[i].name);
    }
    bool done = true;
    if (count > 0) {
        rd_kafka_AdminOptions_t *options =
            kafka_link_admin_options(link, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, error);
        rd_kafka_event_t *event = NULL;
        if (options != NULL) {
            rd_kafka_DescribeConfigs(link->client, resources, count, options, link->queue);
            rd_kafka_AdminOptions_destroy(options);
            event = kafka_link_await(link, "reading the topics' configs", error);
        }
        done = event != NULL && take_result(list, event, error);
        if (event != NULL)
            rd_kafka_event_destroy(event);
    }
    rd_kafka_ConfigResource_destroy_array(resources, count);
    free(resources);
    return done;
}
