/* SPDX-License-Identifier: Apache-2.0 */
#include "dead_letter_filter.h"
#include "common/settings.h"

#include <string.h>

static const char *const names[DEAD_LETTER_FIELDS] = {
    [DEAD_LETTER_REASON] = "reason",
    [DEAD_LETTER_TEMPLATE] = "template",
    [DEAD_LETTER_MAIL] = "mail",
    [DEAD_LETTER_TOPIC] = "topic",
    [DEAD_LETTER_TYPE] = "type",
    [DEAD_LETTER_EVENT] = "event",
    [DEAD_LETTER_OLDER_THAN] = "older-than",
    [DEAD_LETTER_YOUNGER_THAN] = "younger-than",
};

static bool is_age(enum dead_letter_field field) {
    return field == DEAD_LETTER_OLDER_THAN || field == DEAD_LETTER_YOUNGER_THAN;
}

static enum dead_letter_field find_field(const char *text, size_t size) {
    int field = 0;
    while (field < DEAD_LETTER_FIELDS &&
           (strlen(names[field]) != size || strncmp(names[field], text, size) != 0))
        field++;
    return (enum dead_letter_field)field;
}

static bool read_age(const char *filter, const char *text, int64_t *age_ms, struct error *error) {
    static const struct setting age = {.name = "age", .minimum = 1, .maximum = INT64_MAX};
    struct error trouble = {0};
    if (setting_parse_duration(&age, text, age_ms, &trouble))
        return true;
    return error_set_status(error, EXIT_STATUS_USAGE, "--filter %s: %s: %s", filter, text, trouble.text);
}

bool dead_letter_filter_add(struct dead_letter_filter *filter, const char *text, struct error *error) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0')
        return error_set_status(error, EXIT_STATUS_USAGE, "--filter %s: not NAME=VALUE", text);
    enum dead_letter_field field = find_field(text, (size_t)(equals - text));
    if (field == DEAD_LETTER_FIELDS)
        return error_set_status(error, EXIT_STATUS_USAGE, "--filter %s: the names are %s", text,
                                DEAD_LETTER_FILTER_NAMES);
    if (filter->count == DEAD_LETTER_FILTERS_MAX)
        return error_set_status(error, EXIT_STATUS_USAGE, "--filter: %d at most", DEAD_LETTER_FILTERS_MAX);
    int64_t age_ms = 0;
    if (is_age(field) && !read_age(text, equals + 1, &age_ms, error))
        return false;
    filter->conditions[filter->count].field = field;
    filter->conditions[filter->count].text = equals + 1;
    filter->conditions[filter->count++].age_ms = age_ms;
    return true;
}

static const char *value_of(const struct dead_letter_view *view, enum dead_letter_field field) {
    switch (field) {
    case DEAD_LETTER_REASON:
        return view->reason;
    case DEAD_LETTER_TEMPLATE:
        return view->template_name;
    case DEAD_LETTER_MAIL:
        return view->mail;
    case DEAD_LETTER_TOPIC:
        return view->original_topic;
    case DEAD_LETTER_TYPE:
        return view->event.type;
    case DEAD_LETTER_EVENT:
        return view->event.id;
    default:
        return NULL;
    }
}

static bool has_age(const struct dead_letter_view *view, enum dead_letter_field field, int64_t age_ms,
                    int64_t now_unix_ms) {
    int64_t age = now_unix_ms - view->died_unix_ms;
    if (view->died_unix_ms < 0)
        return false;
    return field == DEAD_LETTER_OLDER_THAN ? age > age_ms : age < age_ms;
}

bool dead_letter_filter_matches(const struct dead_letter_filter *filter, const struct dead_letter_view *view,
                                int64_t now_unix_ms) {
    unsigned asked = 0, met = 0; /* a bit for each field */
    for (size_t i = 0; i < filter->count; i++) {
        enum dead_letter_field field = filter->conditions[i].field;
        if (is_age(field)) {
            if (!has_age(view, field, filter->conditions[i].age_ms, now_unix_ms))
                return false;
            continue;
        }
        const char *value = value_of(view, field);
        asked |= 1U << field;
        if (value != NULL && strcmp(value, filter->conditions[i].text) == 0)
            met |= 1U << field;
    }
    return asked == met;
}
