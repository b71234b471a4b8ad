/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl routes check: whether every mail that the routes promise can be made. */
#include "kafka_link.h"
#include "mail_files.h"
#include "routing/topic_check.h"
#include "table.h"
#include "topic_state.h"

#include <jansson.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    OPTIONS_MAIL_FILES,
    {"topics", 'T', "FILE",
     "the topics there are to be (default: EMAIL_DECLARED_TOPICS, else deploy/topics.json)"},
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

static bool find_topic(void *data, const char *name) {
    return topic_list_find(data, name) != NULL;
}

static bool check_cluster(const struct mail_files *files, const struct command_line *line,
                          struct problem_list *problems, struct error *error) {
    struct kafka_link link;
    if (!kafka_link_open(&link, line, NULL, error))
        return false;
    const struct rd_kafka_metadata *metadata = NULL;
    struct topic_list topics = {0};
    bool done = kafka_link_metadata(&link, 1, 10000, &metadata, error);
    if (done) {
        done = topic_state_read(&topics, metadata, false, error);
        rd_kafka_metadata_destroy(metadata);
    }
    if (done)
        topic_check(&files->settings, find_topic, &topics, "the cluster", problems);
    topic_list_free(&topics);
    kafka_link_close(&link);
    return done;
}

static bool print_table(const struct route_table *routes, struct error *error) {
    static const struct table_column columns[] = {
        {"TYPE", false}, {"TEMPLATE", false}, {"WHEN", false}, {NULL, false}};
    struct table table;
    table_begin(&table, columns);
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = &routes->routes[i];
        for (size_t j = 0; j < route->mail_count; j++) {
            table_cell(&table, "%s", j == 0 ? route->type : "");
            table_cell(&table, "%s", route->mails[j].template_name);
            table_cell(&table, "%s", route->mails[j].when == NULL ? "always" : "by its condition");
        }
    }
    bool done = table_print(&table, stdout, table_may_style(stdout));
    table_free(&table);
    return done || error_set(error, "out of memory");
}

static json_t *route_json(const struct route *route) {
    json_t *mails = json_array();
    for (size_t i = 0; mails != NULL && i < route->mail_count; i++) {
        json_t *mail = json_pack("{s:s, s:b}", "template", route->mails[i].template_name, "conditional",
                                 route->mails[i].when != NULL);
        if (json_array_append_new(mails, mail) != 0) {
            json_decref(mails);
            return NULL;
        }
    }
    return json_pack("{s:s, s:o}", "type", route->type, "mails", mails);
}

static bool print_json(const struct route_table *routes, struct error *error) {
    json_t *list = json_array();
    bool done = list != NULL;
    for (size_t i = 0; done && i < routes->count; i++)
        done = json_array_append_new(list, route_json(&routes->routes[i])) == 0;
    json_t *root = done ? json_pack("{s:O}", "routes", list) : NULL;
    json_decref(list);
    done = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

static bool check(struct mail_files *files, const struct command_line *line, struct problem_list *problems,
                  struct error *error) {
    if (!mail_files_configure(files, line, error))
        return false;
    mail_files_load(files, problems);
    if (!option_given(line, "bootstrap-server"))
        topic_check_declared(&files->settings, problems);
    else if (!check_cluster(files, line, problems, error))
        return false;
    return mail_files_tell(problems, error);
}

static bool run(const struct command_line *line, struct error *error) {
    struct mail_files files;
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    bool done = check(&files, line, &problems, error);
    if (done)
        done = option_given(line, "json") ? print_json(&files.catalog.routes, error)
                                          : print_table(&files.catalog.routes, error);
    problem_list_free(&problems);
    mail_files_free(&files);
    return done;
}

const struct command command_routes_check = {
    .name = "routes check",
    .operands = "",
    .summary = "Check routes, templates, schemas and topics against each other",
    .details =
        "Finds every template, schema and topic that is missing, and every variable that the event's\n"
        "schema does not declare; prints the routes when there is nothing to find. The worker's own\n"
        "settings are taken from the environment: EMAIL_*, MAIL_VAR_*, KAFKA_GROUP_ID. The topics are\n"
        "those of the file, or with --bootstrap-server the cluster's. Exit status 78: something is wrong.",
    .options = options,
    .run = run,
};
