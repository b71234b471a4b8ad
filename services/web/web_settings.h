/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration that signup and order share. */
#ifndef NOTIFY_WEB_SETTINGS_H
#define NOTIFY_WEB_SETTINGS_H

#include "common/settings.h"
#include "http/trusted_proxies.h"

/* A service's struct begins with it, and its table with SETTINGS_WEB. */
struct web_settings {
    struct common_settings common;
    struct host_port http_listen;
    char *database_url;
    char *public_url; /* without a slash at its end */
    char *event_source;
    char *status_topic;
    int64_t outbox_max_rows;
    struct text_list trusted_proxy_list;
    struct trusted_proxies trusted_proxies; /* from the list, by web_settings_load() */
    const char *database_path;              /* in database_url */
};

/* As settings_load(): on failure too the good settings are there, and web_settings_free() is due. settings
 * points at the struct that begins with a struct web_settings. */
bool web_settings_load(const struct settings_table *table, struct web_settings *settings,
                       struct error *error);
void web_settings_free(const struct settings_table *table, struct web_settings *settings);

/* Target char*, which settings_free() does not free, since it knows the built-in parsers only. */
bool setting_parse_topic(const struct setting *setting, const char *value, void *target, struct error *error);
bool setting_parse_database_url(const struct setting *setting, const char *value, void *target,
                                struct error *error);
bool setting_parse_public_url(const struct setting *setting, const char *value, void *target,
                              struct error *error);

#define WEB_FIELD(type, member, field) .offset = offsetof(type, member) + offsetof(struct web_settings, field)
#define SETTINGS_WEB(type, member, listen, database, url, event_source_path)                                 \
    SETTINGS_COMMON(type, member.common),                                                                    \
        {.name = "HTTP_LISTEN",                                                                              \
         .default_value = (listen),                                                                          \
         .parse = setting_parse_host_port,                                                                   \
         WEB_FIELD(type, member, http_listen),                                                               \
         .help = "host:port of the pages and the API"},                                                      \
        {.name = "DATABASE_URL",                                                                             \
         .default_value = (database),                                                                        \
         .parse = setting_parse_database_url,                                                                \
         WEB_FIELD(type, member, database_url),                                                              \
         .help = "sqlite:PATH, the file with what was accepted and the outbox"},                             \
        {.name = "PUBLIC_URL",                                                                               \
         .default_value = (url),                                                                             \
         .parse = setting_parse_public_url,                                                                  \
         WEB_FIELD(type, member, public_url),                                                                \
         .help = "what links in answers and mails begin with"},                                              \
        {.name = "EVENT_SOURCE",                                                                             \
         .default_value = (event_source_path),                                                               \
         .parse = setting_parse_text,                                                                        \
         WEB_FIELD(type, member, event_source),                                                              \
         .help = "source of the events, a URI reference"},                                                   \
        {.name = "STATUS_TOPIC",                                                                             \
         .default_value = "notifications.status",                                                            \
         .parse = setting_parse_topic,                                                                       \
         WEB_FIELD(type, member, status_topic),                                                              \
         .help = "topic that tells what became of the mails"},                                               \
        {.name = "OUTBOX_MAX_ROWS",                                                                          \
         .default_value = "10000000",                                                                        \
         .parse = setting_parse_integer,                                                                     \
         .minimum = 1,                                                                                       \
         .maximum = INT64_MAX,                                                                               \
         WEB_FIELD(type, member, outbox_max_rows),                                                           \
         .help = "events that may wait for Kafka before requests are answered 503"},                         \
    {                                                                                                        \
        .name = "HTTP_TRUSTED_PROXIES", .parse = setting_parse_list,                                         \
        WEB_FIELD(type, member, trusted_proxy_list),                                                         \
        .help = "networks whose X-Forwarded-For is believed: 10.0.0.0/8,fd00::/8"                            \
    }

/* The prefixes of these settings, for settings_table.prefixes. */
#define SETTINGS_WEB_PREFIXES "HTTP_", "OUTBOX_", "STATUS_"

#endif
