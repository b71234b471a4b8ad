/* SPDX-License-Identifier: Apache-2.0 */
#include "web_settings.h"
#include "common/topic_name.h"
#include <stdlib.h>
#include <string.h>

#define PUBLIC_URL_MAX 1024

bool setting_parse_database_url(const struct setting *setting, const char *value, void *target,
                                struct error *error) {
    if (strncmp(value, "postgresql://", 13) == 0 || strncmp(value, "postgres://", 11) == 0)
        return error_set(error, "PostgreSQL is not supported yet, only sqlite:PATH");
    if (strncmp(value, "sqlite:", 7) != 0 || value[7] == '\0')
        return error_set(error, "\"%s\" is not of the form sqlite:PATH", value);
    return setting_parse_text(setting, value, target, error);
}

bool setting_parse_public_url(const struct setting *setting, const char *value, void *target,
                              struct error *error) {
    if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0)
        return error_set(error, "\"%s\" does not begin with http:// or https://", value);
    if (value[strcspn(value, "?#\"<> \t")] != '\0')
        return error_set(error, "\"%s\" holds a character that a link cannot go on from", value);
    if (strlen(value) > PUBLIC_URL_MAX)
        return error_set(error, "it is longer than 1,024 characters");
    if (!setting_parse_text(setting, value, target, error))
        return false;
    char *url = *(char **)target;
    for (size_t size = strlen(url); size > 8 && url[size - 1] == '/'; size--)
        url[size - 1] = '\0';
    return true;
}

bool setting_parse_topic(const struct setting *setting, const char *value, void *target,
                         struct error *error) {
    if (!topic_name_is_legal(value))
        return error_set(error, "\"%s\" is no topic's name: %s", value, TOPIC_NAME_RULE);
    return setting_parse_text(setting, value, target, error);
}

bool web_settings_load(const struct settings_table *table, struct web_settings *settings,
                       struct error *error) {
    if (!settings_load(table, settings, error) ||
        !trusted_proxies_parse(&settings->trusted_proxies, &settings->trusted_proxy_list, error))
        return false;
    settings->database_path = settings->database_url + strlen("sqlite:");
    const char *group = getenv("KAFKA_GROUP_ID");
    if (group != NULL && group[0] != '\0' && strcmp(group, table->service) != 0)
        return error_set_status(
            error, EXIT_STATUS_CONFIG,
            "KAFKA_GROUP_ID cannot be set here: %s reads the status topic as the group \"%s\"",
            table->service, table->service);
    return true;
}

void web_settings_free(const struct settings_table *table, struct web_settings *settings) {
    char **const texts[] = {&settings->database_url, &settings->public_url, &settings->status_topic};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        free(*texts[i]);
        *texts[i] = NULL;
    }
    trusted_proxies_free(&settings->trusted_proxies);
    settings_free(table, settings);
}
