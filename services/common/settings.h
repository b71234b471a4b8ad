/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service's configuration: a table of settings read from the environment. X_FILE names a file
 * that holds the value of X. Unknown variables of the service's own prefixes are refused, naming the nearest
 * known one; those that Kubernetes injects for services are passed over. KAFKA_* that are not in the table
 * are librdkafka's (kafka_properties.h).
 *
 * An empty value counts as not set (compose files pass empty strings for variables that nobody gave); an
 * empty file does not: who names a file means a value. A file's value ends before its trailing newline. X and
 * X_FILE both set is an error.
 */
#ifndef NOTIFY_COMMON_SETTINGS_H
#define NOTIFY_COMMON_SETTINGS_H

#include "error.h"
#include "text_list.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct setting;

/* Reads value into target; on failure says what is wrong with it, without the setting's name (the caller adds
 * it) and, for a SETTING_SECRET, without the value. */
typedef bool (*setting_parser)(const struct setting *setting, const char *value, void *target,
                               struct error *error);

enum setting_flags {
    SETTING_REQUIRED = 1,   /* no default, and must be given */
    SETTING_SECRET = 2,     /* masked by --print-config */
    SETTING_MAY_BE_OFF = 4, /* a host_port that may be "off" (as one whose default is "off" may) */
};

struct setting {
    const char *name;
    const char *default_value; /* NULL: none; the target keeps its zero */
    setting_parser parse;
    size_t offset; /* of the target in the service's settings struct */
    unsigned flags;
    const char *help; /* one line, for --help */
    const char *const
        *choices;             /* for setting_parse_choice: NULL-terminated; the target is an int, the index */
    int64_t minimum, maximum; /* for integers (and durations, in ms); both 0: any from 0 on */
};

/* Targets: char* (allocated, freed by settings_free), int64_t, int64_t in ms ("250ms", "10s", "1m", "24h",
 * "7d"), int. */
bool setting_parse_text(const struct setting *, const char *value, void *target, struct error *);
bool setting_parse_integer(const struct setting *, const char *value, void *target, struct error *);
bool setting_parse_duration(const struct setting *, const char *value, void *target, struct error *);
bool setting_parse_choice(const struct setting *, const char *value, void *target, struct error *);

/* Target struct host_port: "0.0.0.0:8080", "[::1]:9090", ":8080" (every address), "off" where it may be. Port
 * 0: any free. */
struct host_port {
    char host[256]; /* "" every address */
    uint16_t port;
    bool off;
};
bool setting_parse_host_port(const struct setting *, const char *value, void *target, struct error *);

/* Target struct text_list: "a,b,c", blanks around items dropped, an empty item is refused. Freed by
 * settings_free. */
bool setting_parse_list(const struct setting *, const char *value, void *target, struct error *);

/* Target struct duration_list: "10s,1m,10m", each > 0. Freed by settings_free. */
struct duration_list {
    int64_t *items_ms;
    size_t count;
};
bool setting_parse_duration_list(const struct setting *, const char *value, void *target, struct error *);

struct settings_table {
    const char *service;            /* "signup" */
    const char *summary;            /* for --help, one sentence */
    const struct setting *settings; /* ends with a NULL name */
    const char *const *prefixes; /* of the service's own variables: {"SIGNUP_", "HTTP_", NULL}; NULL: none */
    const char *const *
        open_prefixes; /* {"MAIL_VAR_", NULL}: any name is taken, the service reads them itself; NULL: none */
};

/* Reads every setting of the table into target (zeroed by the caller). The error has every sentence that is
 * to be said, one a line (log_lines prints them), and exit status 78; the good settings are in target all the
 * same, so that the log may be configured before the error is told, and settings_free is due. */
bool settings_load(const struct settings_table *table, void *target, struct error *error);
/* A line for each: NAME=value, a tab, "# default", "# environment", "# file PATH" or "# not set". Secrets are
 * masked. The open prefixes' variables and librdkafka's KAFKA_* too. */
void settings_print(const struct settings_table *table, FILE *out);
/* Frees what the built-in parsers allocated, and clears it. */
void settings_free(const struct settings_table *table, void *target);

/* The settings every service has; services begin their struct with it and their table with SETTINGS_COMMON.
 */
struct common_settings {
    char *kafka_bootstrap_servers;
    int log_level_choice;
    int log_format_choice;
    struct host_port admin_listen;
};
extern const char *const settings_log_level_choices[];
extern const char *const settings_log_format_choices[];
#define SETTINGS_COMMON(type, member)                                                                        \
    {.name = "KAFKA_BOOTSTRAP_SERVERS",                                                                      \
     .default_value = "localhost:9092",                                                                      \
     .parse = setting_parse_text,                                                                            \
     .offset = offsetof(type, member.kafka_bootstrap_servers),                                               \
     .help = "Kafka brokers to start from, host:port,..."},                                                  \
        {.name = "LOG_LEVEL",                                                                                \
         .default_value = "info",                                                                            \
         .parse = setting_parse_choice,                                                                      \
         .choices = settings_log_level_choices,                                                              \
         .offset = offsetof(type, member.log_level_choice),                                                  \
         .help = "error, warning, info or debug"},                                                           \
        {.name = "LOG_FORMAT",                                                                               \
         .default_value = "json",                                                                            \
         .parse = setting_parse_choice,                                                                      \
         .choices = settings_log_format_choices,                                                             \
         .offset = offsetof(type, member.log_format_choice),                                                 \
         .help = "json or text"},                                                                            \
    {                                                                                                        \
        .name = "ADMIN_LISTEN", .default_value = ":9090", .parse = setting_parse_host_port,                  \
        .offset = offsetof(type, member.admin_listen), .flags = SETTING_MAY_BE_OFF,                          \
        .help = "host:port of /healthz, /readyz and /metrics; off for none"                                  \
    }
void settings_configure_log(const char *service, const struct common_settings *settings);

#endif
