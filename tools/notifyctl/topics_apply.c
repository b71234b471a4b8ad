/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl topics apply: creates, grows and configures topics until they are as a file says; deletes
 * nothing. */
#include "kafka_link.h"
#include "table.h"
#include "topic_change.h"
#include "topic_plan.h"
#include "topic_state.h"
#include "topics_file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    {"replication-factor", 'r', "N", "instead of the file's, for clusters of fewer brokers"},
    {"wait", 'w', "SECONDS", "how long to wait for enough brokers (default 30)"},
    {"dry-run", 'n', NULL, "tell what would be done, and do nothing"},
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

/* What was done about a topic, as words for people and machines. */
struct outcome {
    const char *done; /* "created", "exists", "changed", "unchanged", "failed"; of a dry run "to create", "to
                         change" */
    char details[512];
};

static void add_detail(struct outcome *outcome, const char *text) {
    size_t used = strlen(outcome->details);
    snprintf(outcome->details + used, sizeof outcome->details - used, "%s%s", used == 0 ? "" : "; ", text);
}

static void describe(struct outcome *outcome, const struct topic_action *action, bool dry_run) {
    char text[256];
    const struct topic *shape = action->actual == NULL ? action->wanted : action->actual;
    if (topic_action_is_nothing(action))
        outcome->done = "unchanged";
    else if (action->actual == NULL)
        outcome->done = dry_run ? "to create" : "created";
    else
        outcome->done = dry_run ? "to change" : "changed";
    if (action->actual == NULL || topic_action_is_nothing(action)) {
        snprintf(text, sizeof text, "%d partition%s, replication %d", shape->partitions,
                 shape->partitions == 1 ? "" : "s", shape->replication_factor);
        add_detail(outcome, text);
    }
    if (action->actual == NULL)
        return;
    if (action->grow) {
        snprintf(text, sizeof text, "partitions %d -> %d", action->actual->partitions,
                 action->wanted->partitions);
        add_detail(outcome, text);
    }
    for (size_t i = 0; i < action->config_count; i++) {
        const struct topic_config *before = topic_find_config(action->actual, action->configs[i]->name);
        snprintf(text, sizeof text, "%s %s -> %s", action->configs[i]->name,
                 before == NULL ? "(none)" : before->value, action->configs[i]->value);
        add_detail(outcome, text);
    }
    if (action->too_many_partitions) {
        snprintf(text, sizeof text, "%d partitions were wanted, but a topic cannot shrink",
                 action->wanted->partitions);
        add_detail(outcome, text);
    }
    if (action->other_replication) {
        snprintf(text, sizeof text, "replication %d was wanted, which needs a reassignment",
                 action->wanted->replication_factor);
        add_detail(outcome, text);
    }
}

static bool carry_out(struct kafka_link *link, const struct topic_action *action, bool *existed_out,
                      struct error *error) {
    if (action->actual == NULL)
        return topic_change_create(link, action->wanted, existed_out, error);
    return (!action->grow || topic_change_grow(link, action->wanted, error)) &&
           (action->config_count == 0 || topic_change_configs(link, action, error));
}

static bool print_outcomes(const struct topic_plan *plan, const struct outcome *outcomes,
                           struct error *error) {
    static const struct table_column columns[] = {
        {"TOPIC", false}, {"ACTION", false}, {"DETAILS", false}, {NULL, false}};
    struct table table;
    table_begin(&table, columns);
    for (size_t i = 0; i < plan->count; i++) {
        table_cell(&table, "%s", plan->actions[i].wanted->name);
        table_cell(&table, "%s", outcomes[i].done);
        table_cell(&table, "%s", outcomes[i].details);
    }
    bool done = table_print(&table, stdout, table_may_style(stdout));
    table_free(&table);
    return done || error_set(error, "out of memory");
}

static bool print_json(const struct topic_plan *plan, const struct outcome *outcomes, bool dry_run,
                       struct error *error) {
    json_t *topics = json_array();
    bool done = topics != NULL;
    for (size_t i = 0; done && i < plan->count; i++) {
        json_t *topic = json_pack("{s:s, s:s, s:s}", "name", plan->actions[i].wanted->name, "action",
                                  outcomes[i].done, "details", outcomes[i].details);
        done = json_array_append_new(topics, topic) == 0;
    }
    json_t *root = done ? json_pack("{s:b, s:O}", "dry_run", dry_run, "topics", topics) : NULL;
    json_decref(topics);
    done = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

static bool apply(struct kafka_link *link, const struct topic_plan *plan, const struct command_line *line,
                  struct error *error) {
    struct outcome *outcomes = calloc(plan->count + 1, sizeof *outcomes);
    if (outcomes == NULL)
        return error_set(error, "out of memory");
    bool dry_run = option_given(line, "dry-run");
    size_t failed = 0;
    struct error failure = {.exit_status = EXIT_STATUS_UNAVAILABLE};
    for (size_t i = 0; i < plan->count; i++) {
        bool existed = false;
        describe(&outcomes[i], &plan->actions[i], dry_run);
        if (dry_run || topic_action_is_nothing(&plan->actions[i]))
            continue;
        bool done = carry_out(link, &plan->actions[i], &existed, &failure);
        if (existed)
            outcomes[i] = (struct outcome){
                .done = "exists", .details = "created by another just now; apply again to compare it"};
        if (done)
            continue;
        failed++;
        outcomes[i] = (struct outcome){.done = "failed"};
        add_detail(&outcomes[i], failure.text);
    }
    bool printed = option_given(line, "json") ? print_json(plan, outcomes, dry_run, error)
                                              : print_outcomes(plan, outcomes, error);
    free(outcomes);
    if (printed && failed > 0)
        return error_set_status(error, failure.exit_status, "%zu of %zu topics are not as wanted", failed,
                                plan->count);
    return printed;
}

static bool compare_and_apply(struct kafka_link *link, const struct topic_list *wanted,
                              const struct command_line *line, struct error *error) {
    int64_t wait_seconds;
    if (!option_integer(line, "wait", 0, 3600, 30, &wait_seconds, error))
        return false;
    int brokers = 1;
    for (size_t i = 0; i < wanted->count; i++)
        brokers =
            wanted->topics[i].replication_factor > brokers ? wanted->topics[i].replication_factor : brokers;
    const struct rd_kafka_metadata *metadata = NULL;
    if (!kafka_link_metadata(link, brokers, (int)wait_seconds * 1000, &metadata, error))
        return false;
    if (metadata->broker_cnt < brokers)
        fprintf(stderr,
                "only %d of the %d brokers that the replication needs answer; see --replication-factor\n",
                metadata->broker_cnt, brokers);

    struct topic_list actual = {0};
    struct topic_plan plan = {0};
    bool done = topic_state_read(&actual, metadata, true, error) &&
                topic_state_read_configs(&actual, wanted, link, error);
    rd_kafka_metadata_destroy(metadata);
    if (done)
        done = topic_plan_make(&plan, wanted, &actual) || error_set(error, "out of memory");
    if (done)
        done = apply(link, &plan, line, error);
    topic_plan_free(&plan);
    topic_list_free(&actual);
    return done;
}

static bool run(const struct command_line *line, struct error *error) {
    struct topic_list wanted;
    int64_t replication_factor;
    if (!option_integer(line, "replication-factor", 1, 100, 0, &replication_factor, error) ||
        !topics_file_read(&wanted, line->operands[0], error))
        return false;
    bool done = replication_factor == 0 ||
                topic_list_override_replication(&wanted, (int)replication_factor) ||
                error_set(error, "out of memory");
    struct kafka_link link;
    if (done)
        done = kafka_link_open(&link, line, NULL, error);
    if (done) {
        done = compare_and_apply(&link, &wanted, line, error);
        kafka_link_close(&link);
    }
    topic_list_free(&wanted);
    return done;
}

const struct command command_topics_apply = {
    .name = "topics apply",
    .operands = "FILE",
    .operand_count = 1,
    .summary = "Create, grow and configure topics as a file says",
    .details =
        "FILE is JSON as deploy/topics.json: each topic's name, partitions, replication_factor and config.\n"
        "Missing topics are created, partitions added, differing configs set. Nothing is ever deleted,\n"
        "and no config that the file does not name is touched. A second run changes nothing.",
    .options = options,
    .run = run,
};
