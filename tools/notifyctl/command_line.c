/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "documents.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct command_option command_standard_options[] = {
    {"help", 'h', NULL, "show this help"},
    {"version", 'V', NULL, "show the version"},
    {NULL, 0, NULL, NULL},
};

static void print_option(const struct command_option *option) {
    char names[64], letter[8] = "    ";
    if (option->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(names, sizeof names, "%s--%s%s%s", letter, option->name, option->argument == NULL ? "" : " ",
             option->argument == NULL ? "" : option->argument);
    printf("  %-34s %s\n", names, option->help);
}

static void print_help(const struct command *command) {
    printf("Usage: notifyctl %s [OPTION]...%s%s\n%s.\n", command->name, *command->operands == '\0' ? "" : " ",
           command->operands, command->summary);
    if (*command->details != '\0')
        printf("\n%s\n", command->details);
    printf("\nOptions:\n");
    for (const struct command_option *option = command->options; option->name != NULL; option++)
        print_option(option);
    for (const struct command_option *option = command_standard_options; option->name != NULL; option++)
        print_option(option);
    printf("\nAny KAFKA_FOO_BAR in the environment is librdkafka's foo.bar, for instance "
           "KAFKA_SECURITY_PROTOCOL.\n"
           "Exit status: 0 done, 64 bad usage, 69 Kafka cannot be reached or refused, 70 internal, 78 bad "
           "configuration.\n");
}

/* What getopt_long takes, made from the command's list and the standard one. An option's val is its index +
 * LONG_BASE. */
#define LONG_BASE 256

struct option_table {
    const struct command_option *options[COMMAND_OPTIONS_MAX];
    struct option long_options[COMMAND_OPTIONS_MAX + 1];
    char letters[COMMAND_OPTIONS_MAX * 2 + 2];
    int count;
};

static void add_options(struct option_table *table, const struct command_option *options) {
    for (; options->name != NULL && table->count < COMMAND_OPTIONS_MAX; options++) {
        table->options[table->count] = options;
        table->long_options[table->count] = (struct option){
            .name = options->name,
            .has_arg = options->argument == NULL ? no_argument : required_argument,
            .val = LONG_BASE + table->count,
        };
        table->count++;
        if (options->letter != 0) {
            size_t used = strlen(table->letters);
            snprintf(table->letters + used, sizeof table->letters - used, "%c%s", options->letter,
                     options->argument == NULL ? "" : ":");
        }
    }
}

static const struct command_option *find_option(const struct option_table *table, int found) {
    if (found >= LONG_BASE)
        return table->options[found - LONG_BASE];
    for (int i = 0; i < table->count; i++) {
        if (table->options[i]->letter == found)
            return table->options[i];
    }
    return NULL;
}

static enum command_line_result usage(const struct command *command, const char *problem) {
    fprintf(stderr, "notifyctl %s: %s\nTry 'notifyctl %s --help'.\n", command->name, problem, command->name);
    return COMMAND_LINE_USAGE;
}

enum command_line_result command_line_parse(struct command_line *line, const struct command *command,
                                            int argc, char **argv) {
    *line = (struct command_line){.command = command};
    struct option_table table = {0};
    add_options(&table, command->options);
    add_options(&table, command_standard_options);
    line->given = calloc((size_t)argc, sizeof *line->given);
    if (line->given == NULL)
        return usage(command, "out of memory");

    char name[64];
    snprintf(name, sizeof name, "notifyctl %s", command->name);
    argv[0] = name; /* getopt's own messages begin with it */
    optind = 0;     /* 0, not 1: glibc then forgets an earlier scan */
    int found;
    while ((found = getopt_long(argc, argv, table.letters, table.long_options, NULL)) != -1) {
        const struct command_option *option = find_option(&table, found);
        if (option == NULL) {
            fprintf(stderr, "Try 'notifyctl %s --help'.\n", command->name);
            return COMMAND_LINE_USAGE;
        }
        if (strcmp(option->name, "help") == 0) {
            print_help(command);
            return COMMAND_LINE_DONE;
        }
        if (strcmp(option->name, "version") == 0) {
            printf("notifyctl %s\n", NOTIFY_VERSION);
            return COMMAND_LINE_DONE;
        }
        line->given[line->given_count++] = (struct given_option){option, optarg};
    }
    if (argc - optind < command->operand_count) {
        char problem[96];
        snprintf(problem, sizeof problem, "%s is missing", command->operands);
        return usage(command, problem);
    }
    if (argc - optind > command->operand_count) {
        char problem[256];
        snprintf(problem, sizeof problem, "unexpected argument '%.200s'",
                 argv[optind + command->operand_count]);
        return usage(command, problem);
    }
    line->operands = argv + optind;
    return COMMAND_LINE_RUN;
}

void command_line_free(struct command_line *line) {
    free(line->given);
    *line = (struct command_line){0};
}

static const struct given_option *find_given(const struct command_line *line, const char *name) {
    for (size_t i = line->given_count; i > 0; i--) {
        if (strcmp(line->given[i - 1].option->name, name) == 0)
            return &line->given[i - 1];
    }
    return NULL;
}

const char *option_value(const struct command_line *line, const char *name) {
    const struct given_option *given = find_given(line, name);
    return given == NULL ? NULL : given->value;
}

bool option_given(const struct command_line *line, const char *name) {
    return find_given(line, name) != NULL;
}

bool option_integer(const struct command_line *line, const char *name, int64_t minimum, int64_t maximum,
                    int64_t default_value, int64_t *value_out, struct error *error) {
    const char *text = option_value(line, name);
    *value_out = default_value;
    if (text == NULL)
        return true;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < minimum || value > maximum)
        return error_set_status(error, EXIT_STATUS_USAGE, "--%s %s: not a whole number from %lld to %lld",
                                name, text, (long long)minimum, (long long)maximum);
    *value_out = value;
    return true;
}
