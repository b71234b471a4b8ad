/* SPDX-License-Identifier: Apache-2.0 */
/* On commands that are made up; bash and the real ones are met in the integration tests. */
#include "documents.h"
#include "suite.h"

#include <string.h>

static const struct command_option options[] = {{"limit", 'n', "N", "-n\\at most"}, {NULL, 0, NULL, NULL}};
static const struct command first = {
    .name = "box open", .operands = "", .summary = "Open", .details = ".dot", .options = options};
static const struct command second = {
    .name = "box shut", .operands = "LID", .summary = "Shut", .details = "", .options = options};
static const struct command third = {
    .name = "look", .operands = "", .summary = "Look", .details = "", .options = options};
static const struct command *const commands[] = {&first, &second, &third};

static char *print(void (*printer)(const struct command *const *, size_t, FILE *)) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    printer(commands, SUITE_COUNT(commands), out);
    fclose(out);
    return text;
}

static void expect(const char *text, const char *part) {
    ck_assert_msg(strstr(text, part) != NULL, "no '%s' in:\n%s", part, text);
}

START_TEST(the_man_page_has_each_command_and_no_text_is_taken_for_a_request) {
    char *text = print(documents_print_man_page);
    expect(text, ".TH NOTIFYCTL 1");
    expect(text, ".SS notifyctl box shut [OPTION]... LID\n");
    expect(text, "\n\\&.dot\n");
    expect(text, "\\fB\\-n\\fR, \\fB\\-\\-limit\\fR=\\fIN\\fR\n\\-n\\eat most\n");
    free(text);
}
END_TEST

START_TEST(the_completion_knows_first_words_second_words_and_options) {
    char *text = print(documents_print_bash_completion);
    expect(text, "'') words='--help --version box look' ;;");
    expect(text, "'box') words='open shut' ;;");
    expect(text, "'box shut') words='--limit --help --version' ;;");
    expect(text, "'look') words='--limit --help --version' ;;");
    free(text);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_man_page_has_each_command_and_no_text_is_taken_for_a_request,
        the_completion_knows_first_words_second_words_and_options,
    };
    return suite_run("documents", tests, SUITE_COUNT(tests));
}
