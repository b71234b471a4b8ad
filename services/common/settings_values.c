/* SPDX-License-Identifier: Apache-2.0 */
/* The parsers of single values, and what frees them. */
#include "settings.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX_COUNT = 1000 };

/* For error sentences: enough of a value to recognise it by; none of a secret. */
#define SHOWN_FORMAT "\"%.60s\""
static const char *shown(const struct setting *setting, const char *value) {
    return (setting->flags & SETTING_SECRET) != 0 ? "********" : value;
}

static bool check_range(const struct setting *setting, int64_t number, const char *unit,
                        struct error *error) {
    bool any = setting->minimum == 0 && setting->maximum == 0;
    int64_t maximum = any ? INT64_MAX : setting->maximum;
    if (number < setting->minimum)
        return error_set_status(error, EXIT_STATUS_CONFIG,
                                "%" PRId64 "%s is less than the smallest allowed, %" PRId64 "%s", number,
                                unit, setting->minimum, unit);
    if (number > maximum)
        return error_set_status(error, EXIT_STATUS_CONFIG,
                                "%" PRId64 "%s is more than the largest allowed, %" PRId64 "%s", number, unit,
                                maximum, unit);
    return true;
}

bool setting_parse_text(const struct setting *setting, const char *value, void *target, struct error *error) {
    (void)setting;
    char *copy = strdup(value);
    if (copy == NULL)
        return error_set(error, "no memory");
    *(char **)target = copy;
    return true;
}

bool setting_parse_integer(const struct setting *setting, const char *value, void *target,
                           struct error *error) {
    size_t digits = strspn(value + (*value == '-'), "0123456789");
    if (digits == 0 || value[(*value == '-') + digits] != '\0')
        return error_set_status(error, EXIT_STATUS_CONFIG, SHOWN_FORMAT " is not a whole number",
                                shown(setting, value));
    errno = 0;
    long long number = strtoll(value, NULL, 10);
    if (errno == ERANGE)
        return error_set_status(error, EXIT_STATUS_CONFIG, SHOWN_FORMAT " is out of range",
                                shown(setting, value));
    if (!check_range(setting, number, "", error))
        return false;
    *(int64_t *)target = number;
    return true;
}

static bool parse_one_duration(const struct setting *setting, const char *value, int64_t *ms_out,
                               struct error *error) {
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {"d", 24 * 60 * 60 * 1000}};
    size_t digits = strspn(value, "0123456789");
    errno = 0;
    long long number = strtoll(value, NULL, 10);
    for (size_t i = 0; digits > 0 && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(value + digits, units[i].name) != 0)
            continue;
        if (errno == ERANGE || number > INT64_MAX / units[i].ms)
            return error_set_status(error, EXIT_STATUS_CONFIG, SHOWN_FORMAT " is out of range",
                                    shown(setting, value));
        *ms_out = number * units[i].ms;
        return check_range(setting, *ms_out, "ms", error);
    }
    if (strcmp(value, "0") == 0) {
        *ms_out = 0;
        return check_range(setting, 0, "ms", error);
    }
    return error_set_status(error, EXIT_STATUS_CONFIG,
                            SHOWN_FORMAT " is not a duration such as 250ms, 10s, 1m, 24h or 7d",
                            shown(setting, value));
}

bool setting_parse_duration(const struct setting *setting, const char *value, void *target,
                            struct error *error) {
    int64_t ms;
    if (!parse_one_duration(setting, value, &ms, error))
        return false;
    *(int64_t *)target = ms;
    return true;
}

bool setting_parse_choice(const struct setting *setting, const char *value, void *target,
                          struct error *error) {
    char choices[200] = "";
    size_t used = 0;
    for (int i = 0; setting->choices[i] != NULL; i++) {
        if (strcmp(value, setting->choices[i]) == 0) {
            *(int *)target = i;
            return true;
        }
        const char *separator = i == 0 ? "" : setting->choices[i + 1] == NULL ? " or " : ", ";
        int length = snprintf(choices + used, sizeof choices - used, "%s%s", separator, setting->choices[i]);
        if (length > 0 && (size_t)length < sizeof choices - used)
            used += (size_t)length;
    }
    return error_set_status(error, EXIT_STATUS_CONFIG, SHOWN_FORMAT " is not one of %s",
                            shown(setting, value), choices);
}

static bool parse_port(const char *text, uint16_t *port_out) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    long port = strtol(text, NULL, 10);
    if (port > 65535)
        return false;
    *port_out = (uint16_t)port;
    return true;
}

bool setting_parse_host_port(const struct setting *setting, const char *value, void *target,
                             struct error *error) {
    struct host_port parsed = {.off = false};
    bool may_be_off = (setting->flags & SETTING_MAY_BE_OFF) != 0 ||
                      (setting->default_value != NULL && strcmp(setting->default_value, "off") == 0);
    if (may_be_off && strcmp(value, "off") == 0) {
        parsed.off = true;
        *(struct host_port *)target = parsed;
        return true;
    }
    const char *colon = strrchr(value, ':');
    if (colon == NULL || !parse_port(colon + 1, &parsed.port))
        return error_set_status(error, EXIT_STATUS_CONFIG,
                                SHOWN_FORMAT
                                " is not host:port, such as 127.0.0.1:8080, [::1]:8080 or :8080%s",
                                value, may_be_off ? ", nor off" : "");
    const char *host = value;
    size_t host_size = (size_t)(colon - value);
    if (host_size >= 2 && host[0] == '[' && host[host_size - 1] == ']') {
        host++;
        host_size -= 2;
    } else if (memchr(host, ':', host_size) != NULL) {
        return error_set_status(error, EXIT_STATUS_CONFIG,
                                SHOWN_FORMAT ": write an IPv6 address in brackets, [::1]:8080", value);
    }
    if (host_size >= sizeof parsed.host)
        return error_set_status(error, EXIT_STATUS_CONFIG, "the host has more than %zu characters",
                                sizeof parsed.host - 1);
    memcpy(parsed.host, host, host_size);
    parsed.host[host_size] = '\0';
    if (strpbrk(parsed.host, " \t\r\n[]/@") != NULL)
        return error_set_status(error, EXIT_STATUS_CONFIG, SHOWN_FORMAT " is not a host name or address",
                                parsed.host);
    *(struct host_port *)target = parsed;
    return true;
}

static bool fill_list(const struct setting *setting, const char *value, struct text_list *list,
                      struct error *error) {
    static const char blanks[] = " \t\r\n";
    for (const char *at = value;;) {
        at += strspn(at, blanks);
        const char *end = at + strcspn(at, ",");
        size_t size = (size_t)(end - at);
        while (size > 0 && strchr(blanks, at[size - 1]) != NULL)
            size--;
        if (size == 0)
            return error_set_status(error, EXIT_STATUS_CONFIG, SHOWN_FORMAT " has an empty item",
                                    shown(setting, value));
        list->items[list->count] = strndup(at, size);
        if (list->items[list->count] == NULL)
            return error_set(error, "no memory");
        list->count++;
        if (*end == '\0')
            return true;
        at = end + 1;
    }
}

bool setting_parse_list(const struct setting *setting, const char *value, void *target, struct error *error) {
    size_t most = 1;
    for (const char *at = value; *at != '\0'; at++)
        most += *at == ',';
    if (most > LIST_MAX_COUNT)
        return error_set_status(error, EXIT_STATUS_CONFIG, "the list has more than %d items", LIST_MAX_COUNT);
    struct text_list list = {.items = calloc(most, sizeof *list.items)};
    if (list.items == NULL)
        return error_set(error, "no memory");
    if (!fill_list(setting, value, &list, error)) {
        text_list_free(&list);
        return false;
    }
    *(struct text_list *)target = list;
    return true;
}

static bool fill_durations(const struct setting *setting, const struct text_list *texts,
                           struct duration_list *list, struct error *error) {
    for (size_t i = 0; i < texts->count; i++) {
        if (!parse_one_duration(setting, texts->items[i], &list->items_ms[i], error))
            return false;
        if (list->items_ms[i] == 0)
            return error_set_status(error, EXIT_STATUS_CONFIG, "a delay of 0 is too short");
        list->count++;
    }
    return true;
}

bool setting_parse_duration_list(const struct setting *setting, const char *value, void *target,
                                 struct error *error) {
    struct text_list texts = {0};
    if (!setting_parse_list(setting, value, &texts, error))
        return false;
    struct duration_list list = {.items_ms = calloc(texts.count, sizeof *list.items_ms)};
    bool done =
        list.items_ms != NULL ? fill_durations(setting, &texts, &list, error) : error_set(error, "no memory");
    text_list_free(&texts);
    if (!done) {
        free(list.items_ms);
        return false;
    }
    *(struct duration_list *)target = list;
    return true;
}

void settings_free(const struct settings_table *table, void *target) {
    for (const struct setting *setting = table->settings; setting->name != NULL; setting++) {
        void *member = (char *)target + setting->offset;
        if (setting->parse == setting_parse_text) {
            free(*(char **)member);
            *(char **)member = NULL;
        } else if (setting->parse == setting_parse_list) {
            text_list_free(member);
        } else if (setting->parse == setting_parse_duration_list) {
            free(((struct duration_list *)member)->items_ms);
            *(struct duration_list *)member = (struct duration_list){0};
        }
    }
}
