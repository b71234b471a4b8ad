/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command of notifyctl is, and its command line once it was read. A command says here what it takes,
 * and gets --help, --version, every check of its options, the shell completion and the man page from that.
 */
#ifndef NOTIFYCTL_COMMAND_H
#define NOTIFYCTL_COMMAND_H

#include "common/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMAND_OPTIONS_MAX 24

struct command_option {
    const char *name;     /* "group"; NULL ends a list */
    char letter;          /* 'g', or 0 */
    const char *argument; /* "GROUP"; NULL: the option takes none */
    const char *help;
};

struct command_line;

struct command {
    const char *name;     /* "topics apply" */
    const char *operands; /* "FILE", or "" */
    int operand_count;
    const char *summary; /* a line of the list of commands, and the first of --help */
    const char *details; /* the rest of --help; "" for none */
    const struct command_option *options;
    /* On failure error->exit_status becomes the program's. */
    bool (*run)(const struct command_line *line, struct error *error);
};

/* Every command has these: --json, --help and --version; one that talks to Kafka begins its list with the
 * other. */
#define OPTION_BOOTSTRAP_SERVER                                                                              \
    {                                                                                                        \
        "bootstrap-server", 'b', "HOST:PORT,...",                                                            \
            "Kafka brokers (default: KAFKA_BOOTSTRAP_SERVERS, else localhost:9092)"                          \
    }
#define OPTION_JSON                                                                                          \
    { "json", 'j', NULL, "print JSON instead of a table" }

struct given_option {
    const struct command_option *option;
    const char *value; /* NULL: it takes none */
};

struct command_line {
    const struct command *command;
    struct given_option *given;
    size_t given_count;
    char **operands;
};

enum command_line_result {
    COMMAND_LINE_RUN,
    COMMAND_LINE_DONE,  /* --help or --version was printed */
    COMMAND_LINE_USAGE, /* what is wrong was printed to standard error */
};

/* argv[0] is the command itself. Free with command_line_free(), whatever the result. */
enum command_line_result command_line_parse(struct command_line *line, const struct command *command,
                                            int argc, char **argv);
void command_line_free(struct command_line *line);

/* The last value given; NULL: none. */
const char *option_value(const struct command_line *line, const char *name);
bool option_given(const struct command_line *line, const char *name);
/* The option's value as a whole number from minimum to maximum, or default_value. */
bool option_integer(const struct command_line *line, const char *name, int64_t minimum, int64_t maximum,
                    int64_t default_value, int64_t *value_out, struct error *error);

/* For the end of run(): the command's answer is no, it is printed, and no error. Exit status 1. */
static inline bool command_answers_no(struct error *error) {
    *error = (struct error){.exit_status = (enum exit_status)1};
    return false;
}

extern const struct command command_topics_apply;
extern const struct command command_topics_list;
extern const struct command command_publish;
extern const struct command command_lag;
extern const struct command command_tail;
extern const struct command command_dlq_list;
extern const struct command command_dlq_show;
extern const struct command command_dlq_redrive;
extern const struct command command_render;
extern const struct command command_routes_check;
extern const struct command command_suppression_list;
extern const struct command command_suppression_add;
extern const struct command command_suppression_remove;
extern const struct command command_suppression_check;

#endif
