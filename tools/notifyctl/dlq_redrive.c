/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl dlq redrive: dead letters to the group's shortest retry topic. */
#include "dlq_options.h"
#include "interrupt.h"
#include "mail_files.h"
#include "redrive.h"

#include <jansson.h>
#include <stdio.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    OPTION_DLQ_GROUP,
    OPTION_DLQ_FILTER,
    {"dry-run", 'd', NULL, "only tell how many would be redriven"},
    {"rate", 'r', "N", "so many a second at most (default: no limit)"},
    {"limit", 'n', "N", "so many at most; what follows stays as it is"},
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

static void print_text(const struct redrive *redrive) {
    if (redrive->waiting == 0)
        printf("no dead letters wait on %s\n", redrive->reader.topic);
    else
        printf("%s %lld of %lld to %s, %s %lld\n", redrive->is_dry ? "would redrive" : "redrove",
               (long long)redrive->redriven, (long long)redrive->waiting, redrive->retry_topic,
               redrive->is_dry ? "leave out" : "left out", (long long)redrive->put_back);
}

static void tell_without_value(const struct redrive *redrive) {
    if (redrive->without_value > 0)
        fprintf(stderr,
                "%lld of those left out cannot be redriven: their values were larger than %s takes "
                "(notify-oversize) and are not in it. Publish the events anew, with new ids.\n",
                (long long)redrive->without_value, redrive->reader.topic);
}

static bool print(const struct command_line *line, const struct redrive *redrive, struct error *error) {
    tell_without_value(redrive);
    if (!option_given(line, "json")) {
        print_text(redrive);
        return true;
    }
    json_t *root =
        json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I}", "topic", redrive->reader.topic, "retry_topic",
                  redrive->retry_topic, "dry_run", (int)redrive->is_dry, "waiting",
                  (json_int_t)redrive->waiting, "redriven", (json_int_t)redrive->redriven, "left_out",
                  (json_int_t)redrive->put_back, "without_value", (json_int_t)redrive->without_value);
    bool done = root != NULL && json_dumpf(root, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

static bool run(const struct command_line *line, struct error *error) {
    struct mail_files files = {0};
    struct redrive redrive = {.is_dry = option_given(line, "dry-run")};
    bool done = option_integer(line, "limit", 1, INT64_MAX, INT64_MAX, &redrive.limit, error) &&
                option_integer(line, "rate", 1, 1000000, 0, &redrive.rate, error) &&
                dlq_filter_read(&redrive.filter, line, error) && mail_files_configure(&files, line, error);
    interrupt_watch();
    done = done && redrive_open(&redrive, line, &files.settings, error);
    if (done) {
        done = redrive_run(&redrive, error);
        if (!done)
            error_prefix(error, "after %lld redriven", (long long)redrive.redriven);
        done = done && print(line, &redrive, error);
    }
    redrive_close(&redrive);
    mail_files_free(&files);
    return done;
}

const struct command command_dlq_redrive = {
    .name = "dlq redrive",
    .operands = "",
    .summary = "Have a group's dead letters mailed again",
    .details =
        "Each goes to the group's shortest retry topic (EMAIL_RETRY_DELAYS, as the workers have it), with "
        "its\n"
        "key, value and headers, as if tried once just now, and with a notify-replay-count. What a filter\n"
        "leaves out is appended to the dead letters again. It ends at the end that they have when it "
        "begins.\n"
        "The group GROUP.dlq.redrive keeps how far it came: it can be stopped at any time and loses "
        "nothing;\n"
        "a crash may redrive up to 100 records twice.\n\n" DLQ_FILTER_DETAILS
        "\n  notifyctl dlq redrive --filter reason=permanent-failure --filter younger-than=2h --dry-run",
    .options = options,
    .run = run,
};
