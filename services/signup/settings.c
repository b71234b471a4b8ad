/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"
#include <stdlib.h>
#include <string.h>

#define FIELD(member) offsetof(struct signup_settings, member)

static bool parse_database_url(const struct setting *setting, const char *value, void *target,
                               struct error *error) {
    if (strncmp(value, "postgresql://", 13) == 0 || strncmp(value, "postgres://", 11) == 0)
        return error_set(error, "PostgreSQL is not supported yet, only sqlite:PATH");
    if (strncmp(value, "sqlite:", 7) != 0 || value[7] == '\0')
        return error_set(error, "\"%s\" is not of the form sqlite:PATH", value);
    return setting_parse_text(setting, value, target, error);
}

static bool parse_public_url(const struct setting *setting, const char *value, void *target,
                             struct error *error) {
    if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0)
        return error_set(error, "\"%s\" does not begin with http:// or https://", value);
    if (value[strcspn(value, "?#\"<> \t")] != '\0')
        return error_set(error, "\"%s\" holds a character that a link cannot go on from", value);
    if (strlen(value) > 1024)
        return error_set(error, "it is longer than 1,024 characters");
    if (!setting_parse_text(setting, value, target, error))
        return false;
    char *url = *(char **)target;
    for (size_t size = strlen(url); size > 8 && url[size - 1] == '/'; size--)
        url[size - 1] = '\0';
    return true;
}

static bool parse_topic(const struct setting *setting, const char *value, void *target, struct error *error) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t size = strlen(value);
    if (size == 0 || size > 249 || strspn(value, letters) != size)
        return error_set(error, "\"%s\" is no topic name: at most 249 of A-Z a-z 0-9 . _ -", value);
    return setting_parse_text(setting, value, target, error);
}

static const struct setting settings[] = {
    SETTINGS_COMMON(struct signup_settings, common),
    {.name = "HTTP_LISTEN",
     .default_value = ":8080",
     .parse = setting_parse_host_port,
     .offset = FIELD(http_listen),
     .help = "host:port of the sign-up page and its API"},
    {.name = "DATABASE_URL",
     .default_value = "sqlite:signup.db",
     .parse = parse_database_url,
     .offset = FIELD(database_url),
     .help = "sqlite:PATH, the file with sign-ups and outbox"},
    {.name = "PUBLIC_URL",
     .default_value = "http://localhost:8080",
     .parse = parse_public_url,
     .offset = FIELD(public_url),
     .help = "what links in mails begin with"},
    {.name = "EVENT_SOURCE",
     .default_value = "/signup",
     .parse = setting_parse_text,
     .offset = FIELD(event_source),
     .help = "source of the events, a URI reference"},
    {.name = "SIGNUP_TOPIC",
     .default_value = "users",
     .parse = parse_topic,
     .offset = FIELD(signup_topic),
     .help = "topic of user.signed_up and user.confirmed"},
    {.name = "NOTIFICATION_TOPIC",
     .default_value = "notifications",
     .parse = parse_topic,
     .offset = FIELD(notification_topic),
     .help = "topic of notification.requested"},
    {.name = "OUTBOX_MAX_ROWS",
     .default_value = "10000000",
     .parse = setting_parse_integer,
     .minimum = 1,
     .maximum = INT64_MAX,
     .offset = FIELD(outbox_max_rows),
     .help = "events that may wait for Kafka before sign-ups are answered 503"},
    {.name = "SIGNUP_COOLDOWN",
     .default_value = "60s",
     .parse = setting_parse_duration,
     .maximum = INT64_C(30) * 24 * 3600 * 1000,
     .offset = FIELD(cooldown_ms),
     .help = "time in which an address gets no second mail; 0s for none"},
    {.name = "SIGNUP_CLIENT_RATE",
     .default_value = "10/min,burst=20",
     .parse = setting_parse_rate_limit,
     .offset = FIELD(client_rate),
     .help = "sign-ups that one client may make, or off"},
    {.name = "HTTP_TRUSTED_PROXIES",
     .parse = setting_parse_list,
     .offset = FIELD(trusted_proxy_list),
     .help = "networks whose X-Forwarded-For is believed: 10.0.0.0/8,fd00::/8"},
    {.name = NULL},
};

static const char *const prefixes[] = {"SIGNUP_", "HTTP_", "OUTBOX_", "NOTIFICATION_", NULL};

const struct settings_table signup_settings_table = {
    .service = "signup",
    .summary = "Takes sign-ups over HTTP, stores them, and emits their events to Kafka through an outbox.",
    .settings = settings,
    .prefixes = prefixes,
};

bool signup_settings_load(struct signup_settings *loaded, struct error *error) {
    *loaded = (struct signup_settings){0};
    if (!settings_load(&signup_settings_table, loaded, error) ||
        !trusted_proxies_parse(&loaded->trusted_proxies, &loaded->trusted_proxy_list, error))
        return false;
    loaded->database_path = loaded->database_url + strlen("sqlite:");
    return true;
}

void signup_settings_free(struct signup_settings *loaded) {
    /* settings_free() knows the built-in parsers only. */
    char **const texts[] = {&loaded->database_url, &loaded->public_url, &loaded->signup_topic,
                            &loaded->notification_topic};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        free(*texts[i]);
        *texts[i] = NULL;
    }
    trusted_proxies_free(&loaded->trusted_proxies);
    settings_free(&signup_settings_table, loaded);
}
