/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"
#include "kafka_properties.h"
#include "log.h"
#include "settings_names.h"
#include "settings_source.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const settings_log_level_choices[] = {"error", "warning", "info", "debug", NULL};
const char *const settings_log_format_choices[] = {"json", "text", NULL};

enum { VARIABLE_MAX_SIZE = 256 };

/* The sentences of every bad setting, one a line. */
struct complaints {
    struct error *error;
    size_t used;
    unsigned unsaid;
};

static void complain(struct complaints *complaints, const struct error *sentence) {
    static const char more_format[] = "\nand %u more";
    size_t room = sizeof complaints->error->text - sizeof more_format - 10;
    size_t size = strlen(sentence->text);
    bool first = complaints->used == 0;
    if (complaints->used + !first + size > room && !first) {
        complaints->unsaid++;
        snprintf(complaints->error->text + complaints->used,
                 sizeof complaints->error->text - complaints->used, more_format, complaints->unsaid);
        return;
    }
    int length = snprintf(complaints->error->text + complaints->used, room - complaints->used, "%s%s",
                          first ? "" : "\n", sentence->text);
    if (length > 0)
        complaints->used +=
            (size_t)length < room - complaints->used ? (size_t)length : room - complaints->used - 1;
    if (first || sentence->exit_status == EXIT_STATUS_INTERNAL)
        complaints->error->exit_status = sentence->exit_status;
}

static bool load_setting(const struct setting *setting, void *target, struct error *error) {
    struct setting_value value;
    if (!setting_value_read(setting->name, setting->default_value, &value, error))
        return false;
    bool loaded = true;
    if (value.text != NULL) {
        loaded = setting->parse(setting, value.text, (char *)target + setting->offset, error);
        if (!loaded) /* whatever a parser of the service's own has set */
            error->exit_status = EXIT_STATUS_CONFIG;
        if (!loaded && value.origin == SETTING_FROM_FILE)
            error_prefix(error, "%s (from %s)", setting->name, value.path);
        else if (!loaded)
            error_prefix(error, "%s", setting->name);
    } else if ((setting->flags & SETTING_REQUIRED) != 0) {
        loaded =
            error_set_status(error, EXIT_STATUS_CONFIG, "%s must be set: %s", setting->name, setting->help);
    }
    setting_value_free(&value);
    return loaded;
}

/* The name before "=" and the value behind it. */
static bool split_variable(const char *entry, char name[VARIABLE_MAX_SIZE], const char **value_out) {
    const char *equals = strchr(entry, '=');
    if (equals == NULL || (size_t)(equals - entry) >= VARIABLE_MAX_SIZE)
        return false;
    memcpy(name, entry, (size_t)(equals - entry));
    name[equals - entry] = '\0';
    *value_out = equals + 1;
    return true;
}

static void check_names(const struct settings_table *table, struct complaints *complaints) {
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        char name[VARIABLE_MAX_SIZE], nearest[VARIABLE_MAX_SIZE];
        const char *value;
        if (!split_variable(*entry, name, &value) ||
            !settings_is_unknown(table, name, value, nearest, sizeof nearest))
            continue;
        struct error error;
        error_set_status(&error, EXIT_STATUS_CONFIG, "%s is not a setting of %s; the nearest one is %s", name,
                         table->service, nearest);
        complain(complaints, &error);
    }
}

static void check_kafka(const struct settings_table *table, struct complaints *complaints) {
    struct error error;
    const char **names = settings_kafka_names(table);
    if (names == NULL)
        error_set(&error, "no memory to check the KAFKA_* variables");
    if (names == NULL || !kafka_properties_check_environment(names, &error))
        complain(complaints, &error);
    free(names);
}

bool settings_load(const struct settings_table *table, void *target, struct error *error) {
    struct error unused;
    struct complaints complaints = {.error = error != NULL ? error : &unused};
    for (const struct setting *setting = table->settings; setting->name != NULL; setting++) {
        struct error sentence;
        if (!load_setting(setting, target, &sentence))
            complain(&complaints, &sentence);
    }
    check_names(table, &complaints);
    check_kafka(table, &complaints);
    return complaints.used == 0;
}

void settings_configure_log(const char *service, const struct common_settings *settings) {
    static const enum log_level levels[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
                                            LOG_LEVEL_DEBUG};
    static const enum log_format formats[] = {LOG_FORMAT_JSON, LOG_FORMAT_TEXT};
    log_configure(service, levels[settings->log_level_choice], formats[settings->log_format_choice]);
}
