/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl lag: how far a consumer group is behind. */
#include "group_lag.h"
#include "kafka_link.h"
#include "table.h"

#include <jansson.h>
#include <stdlib.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    {"group", 'g', "GROUP", "the consumer group (default: KAFKA_GROUP_ID, else email)"},
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

static bool print_table(const struct group_lag *lag, struct error *error) {
    static const struct table_column columns[] = {{"TOPIC", false}, {"PARTITION", true}, {"COMMITTED", true},
                                                  {"END", true},    {"LAG", true},       {NULL, false}};
    struct table table;
    table_begin(&table, columns);
    for (size_t i = 0; i < lag->count; i++) {
        const struct partition_lag *partition = &lag->partitions[i];
        table_cell(&table, "%s", partition->topic);
        table_cell(&table, "%d", (int)partition->partition);
        if (partition->committed >= 0)
            table_cell(&table, "%lld", (long long)partition->committed);
        else
            table_cell(&table, "-");
        table_cell(&table, "%lld", (long long)partition->end);
        table_cell(&table, "%lld", (long long)partition_lag_value(partition));
    }
    table_cell(&table, "total");
    for (int i = 0; i < 3; i++)
        table_cell(&table, "%s", "");
    table_cell(&table, "%lld", (long long)group_lag_total(lag));
    bool done = table_print(&table, stdout, table_may_style(stdout));
    table_free(&table);
    return done || error_set(error, "out of memory");
}

static bool print_json(const char *group, const struct group_lag *lag, struct error *error) {
    json_t *partitions = json_array();
    bool done = partitions != NULL;
    for (size_t i = 0; done && i < lag->count; i++) {
        const struct partition_lag *partition = &lag->partitions[i];
        json_t *committed = partition->committed >= 0 ? json_integer(partition->committed) : json_null();
        json_t *item =
            json_pack("{s:s, s:i, s:o, s:I, s:I}", "topic", partition->topic, "partition",
                      (int)partition->partition, "committed", committed, "end", (json_int_t)partition->end,
                      "lag", (json_int_t)partition_lag_value(partition));
        done = json_array_append_new(partitions, item) == 0;
    }
    json_t *root = done ? json_pack("{s:s, s:O, s:I}", "group", group, "partitions", partitions, "total",
                                    (json_int_t)group_lag_total(lag))
                        : NULL;
    json_decref(partitions);
    done = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

static bool run(const struct command_line *line, struct error *error) {
    const char *group = option_value(line, "group");
    if (group == NULL)
        group = getenv("KAFKA_GROUP_ID");
    if (group == NULL || *group == '\0')
        group = "email";
    struct kafka_link link;
    if (!kafka_link_open(&link, line, group, error))
        return false;
    struct group_lag lag = {0};
    bool done = group_lag_read(&lag, &link, group, error);
    if (done)
        done = option_given(line, "json") ? print_json(group, &lag, error) : print_table(&lag, error);
    group_lag_free(&lag);
    kafka_link_close(&link);
    return done;
}

const struct command command_lag = {
    .name = "lag",
    .operands = "",
    .summary = "Show how far a consumer group is behind",
    .details =
        "Each partition of the topics that the group has committed offsets in: the committed offset, the "
        "end, and\n"
        "the records between. A partition without a committed offset (-) counts from its first record. Retry "
        "topics\nof the group that hold records are shown in any case, also those that no worker reads any "
        "more.",
    .options = options,
    .run = run,
};
