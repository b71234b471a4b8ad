/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl suppression list: whom the group sends nothing to. */
#include "suppression_topic.h"

#include <stdlib.h>
#include <string.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    OPTION_SUPPRESSION_GROUP,
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

static const char *text_of(const json_t *entry, const char *name) {
    return json_string_value(json_object_get(entry, name));
}

static int compare(const void *left, const void *right) {
    const json_t *const *entries[] = {left, right};
    return strcmp(text_of(*entries[0], "address"), text_of(*entries[1], "address"));
}

/* By address; borrowed from the object. NULL: no memory. */
static json_t **sorted(const json_t *entries) {
    json_t **list = calloc(json_object_size(entries) + 1, sizeof *list);
    size_t count = 0;
    const char *key;
    json_t *entry;
    if (list == NULL)
        return NULL;
    json_object_foreach((json_t *)entries, key, entry) list[count++] = entry;
    qsort(list, count, sizeof *list, compare);
    return list;
}

static bool print_table(json_t *const *list, struct error *error) {
    static const struct table_column columns[] = {
        {"ADDRESS", false}, {"SINCE", false}, {"UNTIL", false}, {"REASON", false}, {NULL, false}};
    struct table table;
    table_begin(&table, columns);
    for (; *list != NULL; list++) {
        suppression_cell(&table, text_of(*list, "address"));
        suppression_cell(&table, text_of(*list, "time"));
        suppression_cell(&table, text_of(*list, "until"));
        suppression_cell(&table, text_of(*list, "reason"));
    }
    bool done = table_print(&table, stdout, table_may_style(stdout));
    table_free(&table);
    return done || error_set(error, "out of memory");
}

static bool print_json(json_t *const *list, struct error *error) {
    json_t *root = json_pack("{s:[]}", "suppressions");
    bool done = root != NULL;
    for (; done && *list != NULL; list++)
        done = json_array_append(json_object_get(root, "suppressions"), *list) == 0;
    done = done && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

static bool run(const struct command_line *line, struct error *error) {
    struct suppression_topic topic;
    if (!suppression_topic_open(&topic, line, error))
        return false;
    json_t *entries = suppression_topic_read(&topic, error);
    suppression_topic_close(&topic);
    if (entries == NULL)
        return false;
    json_t **list = sorted(entries);
    bool done = list != NULL || error_set(error, "out of memory");
    if (done)
        done = option_given(line, "json") ? print_json(list, error) : print_table(list, error);
    free(list);
    json_decref(entries);
    return done;
}

const struct command command_suppression_list = {
    .name = "suppression list",
    .operands = "",
    .summary = "List the addresses that no mail is sent to",
    .details =
        "Whole addresses, with the time since and until when, and why. Those that have ended are left out.",
    .options = options,
    .run = run,
};
