/* SPDX-License-Identifier: Apache-2.0 */
#include "documents.h"

#include <string.h>

/* --- the man page (man(7)) --- */

/* Text of a line of its own: a first dot or quote would be a request, a dash would become a hyphen. */
static void print_roff(const char *text, FILE *out) {
    bool line_begins = true;
    for (; *text != '\0'; text++) {
        if (line_begins && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else
            putc(*text, out);
        line_begins = *text == '\n';
    }
}

static void print_roff_option(const struct command_option *option, FILE *out) {
    fputs(".TP\n\\fB", out);
    if (option->letter != 0)
        fprintf(out, "\\-%c\\fR, \\fB", option->letter);
    fputs("\\-\\-", out);
    print_roff(option->name, out);
    fputs("\\fR", out);
    if (option->argument != NULL)
        fprintf(out, "=\\fI%s\\fR", option->argument);
    putc('\n', out);
    print_roff(option->help, out);
    putc('\n', out);
}

static void print_roff_command(const struct command *command, FILE *out) {
    fputs(".SS notifyctl ", out);
    fprintf(out, "%s [OPTION]... %s\n", command->name, command->operands);
    print_roff(command->summary, out);
    fputs(".\n", out);
    if (*command->details != '\0') {
        fputs(".PP\n.nf\n", out); /* as it stands: it may hold examples */
        print_roff(command->details, out);
        fputs("\n.fi\n", out);
    }
    for (const struct command_option *option = command->options; option->name != NULL; option++)
        print_roff_option(option, out);
}

void documents_print_man_page(const struct command *const *commands, size_t count, FILE *out) {
    fputs(".TH NOTIFYCTL 1 \"\" \"notify " NOTIFY_VERSION "\"\n"
          ".SH NAME\nnotifyctl \\- look into, feed and mend e\\-mail notifications over Kafka\n"
          ".SH SYNOPSIS\n.B notifyctl\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
          ".SH COMMANDS\nEvery command has these options, too:\n",
          out);
    for (const struct command_option *option = command_standard_options; option->name != NULL; option++)
        print_roff_option(option, out);
    for (size_t i = 0; i < count; i++)
        print_roff_command(commands[i], out);
    fputs(".SH ENVIRONMENT\n"
          "Any KAFKA_FOO_BAR is librdkafka's foo.bar, for instance KAFKA_SECURITY_PROTOCOL.\n"
          "The email worker's EMAIL_ and KAFKA_GROUP_ID say what \\fBdlq\\fR, \\fBtail\\fR, \\fBrender\\fR "
          "and\n"
          "\\fBroutes check\\fR work on. With NO_COLOR nothing is styled.\n"
          ".SH EXIT STATUS\n"
          "0 done, 64 bad usage, 69 Kafka cannot be reached or refused, 70 internal error, 78 bad\n"
          "configuration.\n",
          out);
}

/* --- the completion --- */

static void print_words(const struct command *command, FILE *out) {
    fprintf(out, "        '%s') words='", command->name);
    for (const struct command_option *option = command->options; option->name != NULL; option++)
        fprintf(out, "--%s ", option->name);
    for (const struct command_option *option = command_standard_options; option->name != NULL; option++)
        fprintf(out, "--%s%s", option->name, option[1].name == NULL ? "" : " ");
    fputs("' ;;\n", out);
}

/* The second words of the commands that begin with a first one, once for each first one. */
static void print_second_words(const struct command *const *commands, size_t count, size_t at, FILE *out) {
    size_t size = strcspn(commands[at]->name, " ");
    if (commands[at]->name[size] == '\0')
        return;
    for (size_t i = 0; i < at; i++)
        if (strncmp(commands[i]->name, commands[at]->name, size + 1) == 0)
            return;
    fprintf(out, "        '%.*s') words='", (int)size, commands[at]->name);
    for (size_t i = at; i < count; i++)
        if (strncmp(commands[i]->name, commands[at]->name, size + 1) == 0)
            fprintf(out, "%s%s", i == at ? "" : " ", commands[i]->name + size + 1);
    fputs("' ;;\n", out);
}

static void print_first_words(const struct command *const *commands, size_t count, FILE *out) {
    fputs("        '') words='--help --version", out);
    for (size_t i = 0; i < count; i++) {
        size_t size = strcspn(commands[i]->name, " ");
        bool is_new = i == 0 || strncmp(commands[i - 1]->name, commands[i]->name, size) != 0 ||
                      commands[i]->name[size] == '\0';
        if (is_new)
            fprintf(out, " %.*s", (int)size, commands[i]->name);
    }
    fputs("' ;;\n", out);
}

void documents_print_bash_completion(const struct command *const *commands, size_t count, FILE *out) {
    fputs("# bash completion for notifyctl; made from its commands.\n"
          "_notifyctl() {\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} name='' words='' i\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        [[ ${COMP_WORDS[i]} == -* ]] && break\n"
          "        name+=${name:+ }${COMP_WORDS[i]}\n"
          "        ((i == 2)) && break\n"
          "    done\n"
          "    case $name in\n",
          out);
    print_first_words(commands, count, out);
    for (size_t i = 0; i < count; i++)
        print_second_words(commands, count, i, out);
    for (size_t i = 0; i < count; i++)
        print_words(commands[i], out);
    fputs("    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
          "}\n"
          "complete -o default -F _notifyctl notifyctl\n",
          out);
}
