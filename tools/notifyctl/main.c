/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl: the operator's tool. Each command is a file of its own; this finds it and runs it. */
#include "command.h"
#include "documents.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_topics_apply,
    &command_topics_list,
    &command_publish,
    &command_lag,
    &command_tail,
    &command_dlq_list,
    &command_dlq_show,
    &command_dlq_redrive,
    &command_render,
    &command_routes_check,
    &command_suppression_list,
    &command_suppression_add,
    &command_suppression_remove,
    &command_suppression_check,
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_help(FILE *out) {
    fprintf(out, "Usage: notifyctl COMMAND [OPTION]... [ARGUMENT]...\n"
                 "Set up, look into and feed the topics that e-mail notifications travel on.\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char synopsis[64];
        snprintf(synopsis, sizeof synopsis, "%s %s", commands[i]->name, commands[i]->operands);
        fprintf(out, "  %-26s %s\n", synopsis, commands[i]->summary);
    }
    fprintf(out, "\n'notifyctl COMMAND --help' tells more of each.\n");
}

/* The words of a name ("topics apply" has two) that argv begins with; 0: it is another command. */
static int matching_words(const char *name, int argc, char **argv) {
    int words = 0;
    for (const char *word = name; *word != '\0'; words++) {
        size_t size = strcspn(word, " ");
        if (words >= argc || strlen(argv[words]) != size || strncmp(argv[words], word, size) != 0)
            return 0;
        word += size + (word[size] == ' ');
    }
    return words;
}

/* Names the commands that begin with a first word that was given alone or with a wrong second one. */
static int unknown_command(int argc, char **argv) {
    bool is_group = false;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        size_t size = strlen(argv[0]);
        is_group =
            is_group || (strncmp(commands[i]->name, argv[0], size) == 0 && commands[i]->name[size] == ' ');
    }
    if (!is_group)
        fprintf(stderr, "notifyctl: there is no command '%s'\n", argv[0]);
    else if (argc < 2)
        fprintf(stderr, "notifyctl: '%s' needs a second word\n", argv[0]);
    else
        fprintf(stderr, "notifyctl: there is no command '%s %s'\n", argv[0], argv[1]);
    fprintf(stderr, "Try 'notifyctl --help'.\n");
    return EXIT_STATUS_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv) {
    struct command_line line;
    struct error error = {.exit_status = EXIT_STATUS_INTERNAL};
    int status = EXIT_STATUS_OK;
    switch (command_line_parse(&line, command, argc, argv)) {
    case COMMAND_LINE_RUN:
        if (!command->run(&line, &error)) {
            if (*error.text != '\0') /* else the answer was no, and is printed */
                fprintf(stderr, "notifyctl %s: %s\n", command->name, error.text);
            status = (int)error.exit_status;
        }
        break;
    case COMMAND_LINE_DONE:
        break;
    case COMMAND_LINE_USAGE:
        status = EXIT_STATUS_USAGE;
        break;
    }
    command_line_free(&line);
    return status;
}

static int find_and_run(int argc, char **argv) {
    if (argc == 0) {
        print_help(stderr);
        return EXIT_STATUS_USAGE;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "help") == 0) {
        print_help(stdout);
        return EXIT_STATUS_OK;
    }
    if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0) {
        printf("notifyctl %s\n", NOTIFY_VERSION);
        return EXIT_STATUS_OK;
    }
    if (strcmp(argv[0], "--man-page") == 0 || strcmp(argv[0], "--bash-completion") == 0) {
        /* For the build. */
        (strcmp(argv[0], "--man-page") == 0 ? documents_print_man_page : documents_print_bash_completion)(
            commands, COMMAND_COUNT, stdout);
        return EXIT_STATUS_OK;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        int words = matching_words(commands[i]->name, argc, argv);
        if (words > 0) /* argv[0] becomes the command's last word */
            return run_command(commands[i], argc - words + 1, argv + words - 1);
    }
    return unknown_command(argc, argv);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN); /* `notifyctl lag | head` ends by a write error, told below, not by a signal */
    int status = find_and_run(argc > 0 ? argc - 1 : 0, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("notifyctl: standard output");
        if (status == EXIT_STATUS_OK)
            status = EXIT_STATUS_INTERNAL;
    }
    return status;
}
