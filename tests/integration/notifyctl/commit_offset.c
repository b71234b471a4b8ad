/* SPDX-License-Identifier: Apache-2.0 */
/* commit_offset BOOTSTRAP GROUP TOPIC PARTITION OFFSET: what a worker of the group would have committed. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *words) {
    fprintf(stderr, "commit_offset: %s\n", words);
    return 1;
}

int main(int argc, char **argv) {
    char reason[256];
    if (argc != 6)
        return fail("usage: commit_offset BOOTSTRAP GROUP TOPIC PARTITION OFFSET");
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], reason, sizeof reason) != RD_KAFKA_CONF_OK ||
        rd_kafka_conf_set(conf, "group.id", argv[2], reason, sizeof reason) != RD_KAFKA_CONF_OK)
        return fail(reason);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (client == NULL)
        return fail(reason);
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, argv[3], atoi(argv[4]))->offset = atoll(argv[5]);
    rd_kafka_resp_err_t code = rd_kafka_commit(client, offsets, 0);
    rd_kafka_topic_partition_list_destroy(offsets);
    rd_kafka_destroy(client);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : fail(rd_kafka_err2str(code));
}
