/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_change.h"

/* The results of requests about one topic. */
static bool check_result(const rd_kafka_topic_result_t **results, size_t count, struct error *error) {
    if (count != 1)
        return error_set(error, "%zu results for one topic", count);
    rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    const char *words = rd_kafka_topic_result_error_string(results[0]);
    return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s",
                            words != NULL ? words : rd_kafka_err2str(code));
}

bool topic_change_create(struct kafka_link *link, const struct topic *topic, bool *existed_out,
                         struct error *error) {
    char reason[256];
    rd_kafka_NewTopic_t *order = rd_kafka_NewTopic_new(topic->name, topic->partitions,
                                                       topic->replication_factor, reason, sizeof reason);
    if (order == NULL)
        return error_set(error, "%s", reason);
    bool done = true;
    for (size_t i = 0; done && i < topic->config_count; i++) {
        const struct topic_config *config = &topic->configs[i];
        rd_kafka_resp_err_t code = rd_kafka_NewTopic_set_config(order, config->name, config->value);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            done = error_set(error, "%s: %s", config->name, rd_kafka_err2str(code));
    }
    rd_kafka_AdminOptions_t *options =
        done ? kafka_link_admin_options(link, RD_KAFKA_ADMIN_OP_CREATETOPICS, error) : NULL;
    rd_kafka_event_t *event = NULL;
    if (options != NULL) {
        rd_kafka_CreateTopics(link->client, &order, 1, options, link->queue);
        rd_kafka_AdminOptions_destroy(options);
        event = kafka_link_await(link, "creating it", error);
    }
    rd_kafka_NewTopic_destroy(order);
    if (event == NULL)
        return false;
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    *existed_out =
        count == 1 && rd_kafka_topic_result_error(results[0]) == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
    done = *existed_out || check_result(results, count, error);
    rd_kafka_event_destroy(event);
    return done;
}

bool topic_change_grow(struct kafka_link *link, const struct topic *topic, struct error *error) {
    char reason[256];
    rd_kafka_NewPartitions_t *order =
        rd_kafka_NewPartitions_new(topic->name, (size_t)topic->partitions, reason, sizeof reason);
    if (order == NULL)
        return error_set(error, "%s", reason);
    rd_kafka_AdminOptions_t *options =
        kafka_link_admin_options(link, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, error);
    rd_kafka_event_t *event = NULL;
    if (options != NULL) {
        rd_kafka_CreatePartitions(link->client, &order, 1, options, link->queue);
        rd_kafka_AdminOptions_destroy(options);
        event = kafka_link_await(link, "growing it", error);
    }
    rd_kafka_NewPartitions_destroy(order);
    if (event == NULL)
        return false;
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count);
    bool done = check_result(results, count, error);
    rd_kafka_event_destroy(event);
    return done;
}
