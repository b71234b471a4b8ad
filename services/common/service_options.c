/* SPDX-License-Identifier: Apache-2.0 */
#include "service_options.h"
#include <errno.h>
#include <getopt.h>
#include <string.h>

static void print_setting(const struct setting *setting) {
    printf("  %s\n      %s", setting->name, setting->help);
    if ((setting->flags & SETTING_REQUIRED) != 0)
        printf(" (required)\n");
    else if (setting->default_value != NULL && *setting->default_value != '\0')
        printf(" (default %s)\n", setting->default_value);
    else
        printf(" (optional)\n");
}

/* The word before the first "_": settings that share it stand together. */
static size_t group_size(const char *name) {
    return strcspn(name, "_");
}

static void print_settings(const struct settings_table *table) {
    const char *previous = NULL;
    for (const struct setting *setting = table->settings; setting->name != NULL; setting++) {
        size_t size = group_size(setting->name);
        if (previous == NULL || group_size(previous) != size || strncmp(previous, setting->name, size) != 0)
            printf("\n");
        print_setting(setting);
        previous = setting->name;
    }
}

static void print_help(const struct settings_table *table) {
    printf("Usage: notify-%s [OPTION]\n%s\n\n", table->service, table->summary);
    printf("  --check-config  check the configuration and end\n"
           "  --print-config  print every setting and where it comes from, secrets masked, and end\n"
           "  --help          print this and end\n"
           "  --version       print the version and end\n"
           "\n"
           "Everything is configured by environment variables. NAME_FILE reads the value of NAME from\n"
           "a file. KAFKA_FOO_BAR is librdkafka's foo.bar.\n");
    print_settings(table);
    for (const char *const *prefix = table->open_prefixes; prefix != NULL && *prefix != NULL; prefix++)
        printf("\n  %s*\n      any name\n", *prefix);
    printf("\nExit status: 0 clean stop, 64 bad usage, 78 bad configuration, 69 a dependency refuses for\n"
           "good, 70 internal error.\n");
}

/* What was printed counts only when it has left the process. */
static enum service_action printed(const char *program) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return SERVICE_DONE;
    fprintf(stderr, "%s: cannot write to standard output: %s\n", program, strerror(errno));
    return SERVICE_USAGE;
}

enum service_action service_options_parse(int argc, char **argv, const struct settings_table *table) {
    enum { OPTION_HELP = 256, OPTION_VERSION, OPTION_CHECK_CONFIG, OPTION_PRINT_CONFIG };
    static const struct option options[] = {
        {"help", no_argument, NULL, OPTION_HELP},
        {"version", no_argument, NULL, OPTION_VERSION},
        {"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
        {"print-config", no_argument, NULL, OPTION_PRINT_CONFIG},
        {NULL, 0, NULL, 0},
    };
    const char *program = argc > 0 ? argv[0] : table->service;
    enum service_action action = SERVICE_RUN;
    optind = 0; /* glibc: begin anew, for a second call in a test */
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case OPTION_HELP:
            print_help(table);
            return printed(program);
        case OPTION_VERSION:
            printf("notify-%s %s\n", table->service, NOTIFY_VERSION);
            return printed(program);
        case OPTION_PRINT_CONFIG:
            settings_print(table, stdout);
            return printed(program);
        case OPTION_CHECK_CONFIG:
            action = SERVICE_CHECK_CONFIG;
            break;
        default: /* getopt_long has said what is wrong */
            fprintf(stderr, "Try '%s --help'.\n", program);
            return SERVICE_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'\nTry '%s --help'.\n", program, argv[optind], program);
        return SERVICE_USAGE;
    }
    return action;
}
