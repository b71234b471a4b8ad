/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer_config.h"
#include "common/kafka_properties.h"
#include "kafka_log.h"
#include <stddef.h>

static bool apply(rd_kafka_conf_t *conf, const struct consumer_config *config, struct error *error) {
    static const char *const defaults[][2] = {
        {"client.id", "notify"},
        {"session.timeout.ms", "10000"},
        {"heartbeat.interval.ms", "3000"},
        {"auto.offset.reset", "earliest"},
        /* Per partition, once their queues are taken. librdkafka fetches nothing for a queue that it finds
         * full when an answer comes; small fetches do not overfill it. Reading 10,000 records in each of 8
         * partitions took 4.1 s with fetches of 1 MB, 1.1 s with small ones. */
        {"queued.max.messages.kbytes", "256"},
        {"fetch.message.max.bytes", "131072"}, /* a larger record comes alone (KIP-74) */
        /* While the queues of a broker's other partitions are full, librdkafka asks it for the idle ones
         * alone, and asks for nothing else before this answer: with the default of 500 ms a worker stood
         * still between fetches (9,100 mails/s measured, 17,800 with 50). */
        {"fetch.wait.max.ms", "50"},
        {"topic.metadata.refresh.interval.ms", "10000"}, /* a missing topic that was created is seen soon */
        {"reconnect.backoff.max.ms", "2000"},
    };
    static const char *const promises[][2] = {
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        /* cooperative-sticky has bugs in both Debian versions: librdkafka#4059, #4783, #4527, #4381 */
        {"partition.assignment.strategy", "roundrobin"},
        {"allow.auto.create.topics", "false"},
    };
    if (!kafka_properties_set(conf, "bootstrap.servers", config->bootstrap_servers, error))
        return false;
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (!kafka_properties_set(conf, defaults[i][0], defaults[i][1], error))
            return false;
    if (!kafka_properties_from_environment(conf, RD_KAFKA_CONSUMER, config->own_names, error))
        return false;
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++)
        if (!kafka_properties_set(conf, promises[i][0], promises[i][1], error))
            return false;
    return kafka_properties_set(conf, "enable.partition.eof", config->tells_ends ? "true" : "false", error) &&
           kafka_properties_set(conf, "group.id", config->group_id, error) &&
           (config->group_instance_id == NULL ||
            kafka_properties_set(conf, "group.instance.id", config->group_instance_id, error));
}

bool consumer_config_open(rd_kafka_t **kafka_out, const struct consumer_config *config,
                          consumer_rebalanced rebalanced, consumer_failed failed, void *opaque,
                          struct error *error) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!apply(conf, config, error)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_conf_set_rebalance_cb(conf, rebalanced);
    rd_kafka_conf_set_error_cb(conf, failed);
    rd_kafka_conf_set_log_cb(conf, kafka_log_callback);
    char reason[512];
    *kafka_out = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (*kafka_out == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set_status(error, EXIT_STATUS_CONFIG, "Kafka consumer: %s", reason);
    }
    rd_kafka_poll_set_consumer(*kafka_out);
    return true;
}
