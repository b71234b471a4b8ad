/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"
#include "common/service_options.h"
#include "suite.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct setting settings[] = {
    {.name = "SHOP_URL",
     .default_value = "http://localhost",
     .parse = setting_parse_text,
     .help = "where the shop is"},
    {.name = "SHOP_KEY", .parse = setting_parse_text, .flags = SETTING_REQUIRED, .help = "opens the shop"},
    {.name = NULL},
};
static const char *const prefixes[] = {"SHOP_", NULL};
static const char *const open_prefixes[] = {"SHOP_VAR_", NULL};
static const struct settings_table table = {.service = "shop",
                                            .summary = "Sells things.",
                                            .settings = settings,
                                            .prefixes = prefixes,
                                            .open_prefixes = open_prefixes};

/* What was printed to target comes back in *printed_out, to be freed. */
static enum service_action parse(const char *option, const char *second, int target, char **printed_out) {
    char program[] = "notify-shop", one[64] = "", two[64] = "";
    char *arguments[] = {program, NULL, NULL, NULL};
    int count = 1;
    if (option != NULL)
        arguments[count++] = strncpy(one, option, sizeof one - 1);
    if (second != NULL)
        arguments[count++] = strncpy(two, second, sizeof two - 1);
    struct capture capture;
    capture_begin(&capture, target);
    enum service_action action = service_options_parse(count, arguments, &table);
    *printed_out = capture_end(&capture);
    return action;
}

START_TEST(without_options_the_service_runs) {
    char *printed;
    ck_assert_int_eq(parse(NULL, NULL, STDOUT_FILENO, &printed), SERVICE_RUN);
    ck_assert_str_eq(printed, "");
    free(printed);
}
END_TEST

START_TEST(check_config_is_told_to_the_service) {
    char *printed;
    ck_assert_int_eq(parse("--check-config", NULL, STDOUT_FILENO, &printed), SERVICE_CHECK_CONFIG);
    ck_assert_str_eq(printed, "");
    free(printed);
}
END_TEST

START_TEST(version_prints_name_and_version) {
    char *printed;
    ck_assert_int_eq(parse("--version", NULL, STDOUT_FILENO, &printed), SERVICE_DONE);
    ck_assert_str_eq(printed, "notify-shop " NOTIFY_VERSION "\n");
    free(printed);
}
END_TEST

START_TEST(help_names_every_option_and_setting) {
    static const char *const parts[] = {"Usage: notify-shop [OPTION]\nSells things.\n",
                                        "--check-config",
                                        "--print-config",
                                        "--help",
                                        "--version",
                                        "  SHOP_URL\n      where the shop is (default http://localhost)\n",
                                        "  SHOP_KEY\n      opens the shop (required)\n",
                                        "  SHOP_VAR_*\n"};
    char *printed;
    ck_assert_int_eq(parse("--help", NULL, STDOUT_FILENO, &printed), SERVICE_DONE);
    for (size_t i = 0; i < SUITE_COUNT(parts); i++)
        ck_assert_msg(strstr(printed, parts[i]) != NULL, "no %s in:\n%s", parts[i], printed);
    free(printed);
}
END_TEST

START_TEST(print_config_prints_the_settings) {
    char *printed;
    ck_assert_int_eq(clearenv(), 0);
    ck_assert_int_eq(setenv("SHOP_KEY", "k", 1), 0);
    ck_assert_int_eq(parse("--print-config", NULL, STDOUT_FILENO, &printed), SERVICE_DONE);
    ck_assert_str_eq(printed, "SHOP_URL=http://localhost\t# default\nSHOP_KEY=k\t# environment\n");
    free(printed);
}
END_TEST

START_TEST(what_is_no_option_is_bad_usage) {
    static const char *const wrong[] = {"--port", "-h", "--help=x", "run", "-"};
    for (size_t i = 0; i < SUITE_COUNT(wrong); i++) {
        char *printed;
        ck_assert_int_eq(parse(wrong[i], NULL, STDERR_FILENO, &printed), SERVICE_USAGE);
        ck_assert_msg(strncmp(printed, "notify-shop: ", 13) == 0, "%s", printed);
        ck_assert_msg(strstr(printed, "Try 'notify-shop --help'.\n") != NULL, "%s", printed);
        free(printed);
    }
    char *printed;
    ck_assert_int_eq(parse("--check-config", "now", STDERR_FILENO, &printed), SERVICE_USAGE);
    ck_assert_str_eq(printed, "notify-shop: unexpected argument 'now'\nTry 'notify-shop --help'.\n");
    free(printed);
}
END_TEST

START_TEST(output_that_cannot_be_written_is_no_success) {
    int saved = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(full, 0);
    fflush(stdout);
    ck_assert_int_ge(dup2(full, STDOUT_FILENO), 0);
    char *printed;
    enum service_action action = parse("--help", NULL, STDERR_FILENO, &printed);
    clearerr(stdout);
    ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
    close(full);
    close(saved);
    ck_assert_int_eq(action, SERVICE_USAGE);
    ck_assert_str_eq(printed, "notify-shop: cannot write to standard output: No space left on device\n");
    free(printed);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        without_options_the_service_runs,
        check_config_is_told_to_the_service,
        version_prints_name_and_version,
        help_names_every_option_and_setting,
        print_config_prints_the_settings,
        what_is_no_option_is_bad_usage,
        output_that_cannot_be_written_is_no_success,
    };
    return suite_run("service_options", tests, SUITE_COUNT(tests));
}
