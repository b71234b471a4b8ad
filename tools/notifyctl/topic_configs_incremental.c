/* SPDX-License-Identifier: Apache-2.0 */
/* For librdkafka from 2.2 on: IncrementalAlterConfigs changes what an order names, and nothing else. */
#include "topic_change.h"

static bool fill(rd_kafka_ConfigResource_t *order, const struct topic_action *action, struct error *error) {
    for (size_t i = 0; i < action->config_count; i++) {
        const struct topic_config *config = action->configs[i];
        rd_kafka_error_t *failure = rd_kafka_ConfigResource_add_incremental_config(
            order, config->name, RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, config->value);
        if (failure != NULL) {
            error_set(error, "%s: %s", config->name, rd_kafka_error_string(failure));
            rd_kafka_error_destroy(failure);
            return false;
        }
    }
    return true;
}

static bool check_result(rd_kafka_event_t *event, struct error *error) {
    size_t count;
    const rd_kafka_ConfigResource_t **resources = rd_kafka_IncrementalAlterConfigs_result_resources(
        rd_kafka_event_IncrementalAlterConfigs_result(event), &count);
    if (count != 1)
        return error_set(error, "%zu results for one topic", count);
    rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resources[0]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    const char *words = rd_kafka_ConfigResource_error_string(resources[0]);
    return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s",
                            words != NULL ? words : rd_kafka_err2str(code));
}

bool topic_change_configs(struct kafka_link *link, const struct topic_action *action, struct error *error) {
    rd_kafka_ConfigResource_t *order =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, action->wanted->name);
    if (order == NULL)
        return error_set(error, "out of memory");
    rd_kafka_AdminOptions_t *options =
        fill(order, action, error)
            ? kafka_link_admin_options(link, RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS, error)
            : NULL;
    rd_kafka_event_t *event = NULL;
    if (options != NULL) {
        rd_kafka_IncrementalAlterConfigs(link->client, &order, 1, options, link->queue);
        rd_kafka_AdminOptions_destroy(options);
        event = kafka_link_await(link, "changing its configs", error);
    }
    rd_kafka_ConfigResource_destroy(order);
    if (event == NULL)
        return false;
    bool done = check_result(event, error);
    rd_kafka_event_destroy(event);
    return done;
}
