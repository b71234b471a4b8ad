/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl topics list: the topics that there are. */
#include "kafka_link.h"
#include "table.h"
#include "topic_state.h"

#include <jansson.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    {"all", 'a', NULL, "the cluster's own topics, too"},
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

static bool print_table(const struct topic_list *topics, struct error *error) {
    static const struct table_column columns[] = {
        {"TOPIC", false}, {"PARTITIONS", true}, {"REPLICATION", true}, {NULL, false}};
    struct table table;
    table_begin(&table, columns);
    for (size_t i = 0; i < topics->count; i++) {
        table_cell(&table, "%s", topics->topics[i].name);
        table_cell(&table, "%d", topics->topics[i].partitions);
        table_cell(&table, "%d", topics->topics[i].replication_factor);
    }
    bool done = table_print(&table, stdout, table_may_style(stdout));
    table_free(&table);
    return done || error_set(error, "out of memory");
}

static bool print_json(const struct topic_list *topics, struct error *error) {
    json_t *list = json_array();
    bool done = list != NULL;
    for (size_t i = 0; done && i < topics->count; i++) {
        const struct topic *topic = &topics->topics[i];
        json_t *item = json_pack("{s:s, s:i, s:i}", "name", topic->name, "partitions", topic->partitions,
                                 "replication_factor", topic->replication_factor);
        done = json_array_append_new(list, item) == 0;
    }
    json_t *root = done ? json_pack("{s:O}", "topics", list) : NULL;
    json_decref(list);
    done = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

static bool run(const struct command_line *line, struct error *error) {
    struct kafka_link link;
    if (!kafka_link_open(&link, line, NULL, error))
        return false;
    const struct rd_kafka_metadata *metadata = NULL;
    struct topic_list topics = {0};
    bool done = kafka_link_metadata(&link, 1, 10000, &metadata, error);
    if (done) {
        done = topic_state_read(&topics, metadata, option_given(line, "all"), error);
        rd_kafka_metadata_destroy(metadata);
    }
    if (done)
        done = option_given(line, "json") ? print_json(&topics, error) : print_table(&topics, error);
    topic_list_free(&topics);
    kafka_link_close(&link);
    return done;
}

const struct command command_topics_list = {
    .name = "topics list",
    .operands = "",
    .summary = "List the topics with their partitions and replication",
    .details = "",
    .options = options,
    .run = run,
};
