/* SPDX-License-Identifier: Apache-2.0 */
#include "settings_names.h"
#include "kafka_environment.h"
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_SIZE = 128 };

/* The common settings' words are short and generic, so that others' variables may begin with them too
 * (LOG_DIR). They are refused only where they are so near to a known name that nothing else can be meant. */
static const char *const shared_prefixes[] = {"LOG_", "ADMIN_", NULL};
enum { SLIP = 2 };

static bool ends_with(const char *text, const char *end) {
    size_t text_size = strlen(text), end_size = strlen(end);
    return text_size >= end_size && strcmp(text + text_size - end_size, end) == 0;
}

bool settings_has_prefix(const char *const *prefixes, const char *variable) {
    for (; prefixes != NULL && *prefixes != NULL; prefixes++) {
        if (strncmp(variable, *prefixes, strlen(*prefixes)) == 0)
            return true;
    }
    return false;
}

const struct setting *settings_find(const struct settings_table *table, const char *variable,
                                    bool *is_file_out) {
    for (const struct setting *setting = table->settings; setting->name != NULL; setting++) {
        size_t size = strlen(setting->name);
        if (strncmp(variable, setting->name, size) != 0)
            continue;
        bool is_file = strcmp(variable + size, "_FILE") == 0;
        if (variable[size] != '\0' && !is_file)
            continue;
        if (is_file_out != NULL)
            *is_file_out = is_file;
        return setting;
    }
    return NULL;
}

bool settings_is_injected(const char *variable, const char *value) {
    return environment_is_from_kubernetes(variable, value) || strcmp(variable, "HTTP_PROXY") == 0;
}

const char **settings_kafka_names(const struct settings_table *table) {
    size_t count = 0;
    while (table->settings[count].name != NULL)
        count++;
    const char **names = calloc(count + 1, sizeof *names);
    size_t taken = 0;
    for (size_t i = 0; names != NULL && i < count; i++) {
        if (strncmp(table->settings[i].name, "KAFKA_", strlen("KAFKA_")) == 0)
            names[taken++] = table->settings[i].name;
    }
    return names;
}

size_t settings_edit_distance(const char *one, const char *other) {
    /* Rows of the usual table (optimal string alignment); names past the bound are as good as unlike. */
    size_t rows[3][NAME_MAX_SIZE + 1];
    size_t one_size = strlen(one), other_size = strlen(other);
    if (one_size > NAME_MAX_SIZE || other_size > NAME_MAX_SIZE)
        return one_size + other_size;
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];
    for (size_t j = 0; j <= other_size; j++)
        previous[j] = j;
    for (size_t i = 1; i <= one_size; i++) {
        current[0] = i;
        for (size_t j = 1; j <= other_size; j++) {
            size_t best = previous[j - 1] + (one[i - 1] != other[j - 1]);
            if (previous[j] + 1 < best)
                best = previous[j] + 1;
            if (current[j - 1] + 1 < best)
                best = current[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            if (swapped && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            current[j] = best;
        }
        size_t *spare = before;
        before = previous;
        previous = current;
        current = spare;
    }
    return previous[other_size];
}

static size_t find_nearest(const struct settings_table *table, const char *variable, char *nearest,
                           size_t nearest_size) {
    char name[NAME_MAX_SIZE + 1];
    bool is_file = ends_with(variable, "_FILE");
    size_t size = strlen(variable) - (is_file ? strlen("_FILE") : 0);
    snprintf(name, sizeof name, "%.*s", (int)(size > NAME_MAX_SIZE ? NAME_MAX_SIZE : size), variable);
    size_t smallest = SIZE_MAX;
    snprintf(nearest, nearest_size, "none");
    for (const struct setting *setting = table->settings; setting->name != NULL; setting++) {
        size_t distance = settings_edit_distance(name, setting->name);
        if (distance < smallest) {
            smallest = distance;
            snprintf(nearest, nearest_size, "%s%s", setting->name, is_file ? "_FILE" : "");
        }
    }
    return smallest;
}

bool settings_is_unknown(const struct settings_table *table, const char *variable, const char *value,
                         char *nearest, size_t nearest_size) {
    bool own = settings_has_prefix(table->prefixes, variable);
    if (!own && !settings_has_prefix(shared_prefixes, variable))
        return false;
    if (settings_find(table, variable, NULL) != NULL || settings_has_prefix(table->open_prefixes, variable) ||
        settings_is_injected(variable, value))
        return false;
    size_t distance = find_nearest(table, variable, nearest, nearest_size);
    return own || distance <= SLIP;
}
