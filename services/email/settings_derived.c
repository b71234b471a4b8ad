/* SPDX-License-Identifier: Apache-2.0 */
#include "settings_derived.h"

#include "common/topic_name.h"
#include "compose/message.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static char *joined(const char *first, const char *middle, const char *last) {
    char *text = NULL;
    return asprintf(&text, "%s%s%s", first, middle, last) < 0 ? NULL : text;
}

static bool make_retry_delays(struct email_settings *settings, struct error *error) {
    const struct text_list *names = &settings->retry_delay_names;
    settings->retry_delays.items_ms = calloc(names->count + 1, sizeof(int64_t));
    if (settings->retry_delays.items_ms == NULL)
        return error_set(error, "no memory for the settings");
    static const struct setting delay = {.name = "EMAIL_RETRY_DELAYS", .minimum = 1, .maximum = INT64_MAX};
    for (size_t i = 0; i < names->count; i++) {
        if (!setting_parse_duration(&delay, names->items[i], &settings->retry_delays.items_ms[i], error)) {
            error_prefix(error, "EMAIL_RETRY_DELAYS: %s", names->items[i]);
            error->exit_status = EXIT_STATUS_CONFIG;
            return false;
        }
    }
    settings->retry_delays.count = names->count;
    return true;
}

/* Those that are named after the group; ".suppression" is longer than ".dlq". */
static bool check_own_topics(const struct email_settings *settings, struct error *error) {
    const struct text_list *topics = &settings->retry_topics;
    bool is_legal = topic_name_is_legal(settings->suppression_topic);
    for (size_t i = 0; i < topics->count; i++)
        is_legal = is_legal && topic_name_is_legal(topics->items[i]);
    return is_legal ||
           error_set_status(error, EXIT_STATUS_CONFIG,
                            "KAFKA_GROUP_ID: \"%s.suppression\" and the like are no topics' names: %s",
                            settings->group_id, TOPIC_NAME_RULE);
}

/* Kafka refuses a subscription that names a topic twice, and a worker that took for events what it writes
 * itself would never come to an end. */
static bool check_topics(const struct email_settings *settings, struct error *error) {
    const struct text_list *topics = &settings->topics, *delays = &settings->retry_delay_names;
    for (size_t i = 0; i < delays->count; i++) {
        if (text_list_find(delays, delays->items[i]) < i)
            return error_set_status(error, EXIT_STATUS_CONFIG, "EMAIL_RETRY_DELAYS: %s is there twice",
                                    delays->items[i]);
    }
    for (size_t i = 0; i < topics->count; i++) {
        const char *topic = topics->items[i];
        if (!topic_name_is_legal(topic))
            return error_set_status(error, EXIT_STATUS_CONFIG, "EMAIL_TOPICS: \"%s\" is no topic's name: %s",
                                    topic, TOPIC_NAME_RULE);
        if (text_list_find(topics, topic) < i)
            return error_set_status(error, EXIT_STATUS_CONFIG, "EMAIL_TOPICS: %s is there twice", topic);
        if (strcmp(topic, settings->dead_letter_topic) == 0 ||
            strcmp(topic, settings->suppression_topic) == 0 || text_list_has(&settings->retry_topics, topic))
            return error_set_status(error, EXIT_STATUS_CONFIG,
                                    "EMAIL_TOPICS: %s is the group's own, which its workers write", topic);
    }
    return check_own_topics(settings, error);
}

static bool make_topics(struct email_settings *settings, struct error *error) {
    bool made = true;
    for (size_t i = 0; i < settings->topics.count; i++)
        made = made && text_list_add(&settings->subscription, settings->topics.items[i]);
    for (size_t i = 0; i < settings->retry_delay_names.count; i++) {
        const char *name = settings->retry_delay_names.items[i];
        made = made && text_list_take(&settings->retry_topics, joined(settings->group_id, ".retry.", name)) &&
               text_list_take(&settings->subscription, joined(settings->group_id, ".retry.", name));
    }
    settings->dead_letter_topic = joined(settings->group_id, ".", "dlq");
    settings->suppression_topic = joined(settings->group_id, ".", "suppression");
    settings->event_source = joined("/", settings->group_id, "");
    made = made && settings->dead_letter_topic != NULL && settings->suppression_topic != NULL;
    if (!made || settings->event_source == NULL)
        return error_set(error, "no memory for the settings");
    return check_topics(settings, error);
}

static bool make_sender(struct email_settings *settings, struct error *error) {
    char address[256];
    if (!message_mailbox_address(settings->mail_from, address, error)) {
        error_prefix(error, "MAIL_FROM");
        error->exit_status = EXIT_STATUS_CONFIG;
        return false;
    }
    settings->message_id_domain = strdup(strrchr(address, '@') + 1);
    if (settings->mail_return_path != NULL &&
        !message_mailbox_address(settings->mail_return_path, address, error)) {
        error_prefix(error, "MAIL_RETURN_PATH");
        error->exit_status = EXIT_STATUS_CONFIG;
        return false;
    }
    settings->return_path = strdup(address);
    return settings->return_path != NULL && settings->message_id_domain != NULL
               ? true
               : error_set(error, "no memory for the settings");
}

/* MAIL_VAR_DEPARTMENT_HEAD=head@example.org → {"department_head": "head@example.org"} */
static bool make_mail_variables(struct email_settings *settings, struct error *error) {
    settings->mail_variables = json_object();
    bool made = settings->mail_variables != NULL;
    for (char **entry = environ; made && *entry != NULL; entry++) {
        const char *equals = strchr(*entry, '=');
        if (equals == NULL || strncmp(*entry, MAIL_VARIABLE_PREFIX, strlen(MAIL_VARIABLE_PREFIX)) != 0 ||
            equals[1] == '\0') /* as any empty variable: not set */
            continue;
        const char *start = *entry + strlen(MAIL_VARIABLE_PREFIX);
        char *name = strndup(start, (size_t)(equals - start));
        for (char *next = name; next != NULL && *next != '\0'; next++)
            *next = (char)tolower((unsigned char)*next);
        json_t *value = json_string(equals + 1);
        if (name != NULL && value == NULL) {
            error_set_status(error, EXIT_STATUS_CONFIG, "%.*s is not UTF-8", (int)(equals - *entry), *entry);
            free(name);
            return false;
        }
        made = name != NULL && json_object_set_new(settings->mail_variables, name, value) == 0;
        free(name);
    }
    return made ? true : error_set(error, "no memory for the settings");
}

bool settings_derive(struct email_settings *settings, struct error *error) {
    return make_retry_delays(settings, error) && make_topics(settings, error) &&
           make_sender(settings, error) && make_mail_variables(settings, error);
}

void settings_derived_free(struct email_settings *settings) {
    free(settings->return_path);
    free(settings->message_id_domain);
    free(settings->retry_delays.items_ms);
    free(settings->dead_letter_topic);
    free(settings->suppression_topic);
    free(settings->event_source);
    text_list_free(&settings->retry_topics);
    text_list_free(&settings->subscription);
    json_decref(settings->mail_variables);
}
