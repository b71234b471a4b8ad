/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "compose/message.h"
#include "policy/rate_limit.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

#define MAIL_VARIABLE_PREFIX "MAIL_VAR_"

static const char *const tls_choices[] = {"required", "opportunistic", "none", NULL};
static const char *const order_choices[] = {"key", "none", NULL};
static const char *const ambiguous_choices[] = {"retry", "fail", NULL};

#define TARGET(member) .offset = offsetof(struct email_settings, member)

static bool parse_rate_limit(const struct setting *setting, const char *value, void *target,
                             struct error *error) {
    (void)setting;
    return rate_limit_parse(value, target)
               ? true
               : error_set(error, "\"%s\" is no rate like 100/s, 600/min or 10000/h (from 1 to 1000000)",
                           value);
}

/* RFC 5321 §4.5.3.2 has the defaults; an hour is more than any of them. */
#define TIMEOUT(suffix, member, time, text)                                                                  \
    {                                                                                                        \
        .name = "SMTP_TIMEOUT_" suffix, .default_value = time, .parse = setting_parse_duration,              \
        .minimum = 100, .maximum = INT64_C(3600000), TARGET(smtp_timeouts.member), .help = text              \
    }

static const struct setting settings_rows[] = {
    SETTINGS_COMMON(struct email_settings, common),
    {.name = "KAFKA_GROUP_ID",
     .default_value = "email",
     .parse = setting_parse_text,
     TARGET(group_id),
     .help = "The consumer group; its retry topics and dead letters carry its name"},
    {.name = "KAFKA_GROUP_INSTANCE_ID",
     .parse = setting_parse_text,
     TARGET(group_instance_id),
     .help = "Makes this a static member of the group: unique for each worker"},
    {.name = "EMAIL_TOPICS",
     .default_value = "users,orders,notifications",
     .parse = setting_parse_list,
     TARGET(topics),
     .help = "Topics with events to mail"},
    {.name = "SMTP_URL",
     .parse = setting_parse_text,
     TARGET(smtp_url),
     .flags = SETTING_REQUIRED,
     .help = "smtp://host:port or smtps://host:port"},
    {.name = "SMTP_USERNAME", .parse = setting_parse_text, TARGET(smtp_username), .help = "User for AUTH"},
    {.name = "SMTP_PASSWORD",
     .parse = setting_parse_text,
     TARGET(smtp_password),
     .flags = SETTING_SECRET,
     .help = "Password for AUTH; never sent in clear"},
    {.name = "SMTP_OAUTH_TOKEN_FILE",
     .parse = setting_parse_text,
     TARGET(smtp_oauth_token_file),
     .help =
         "File with the token for AUTH OAUTHBEARER or XOAUTH2, read for each session; instead of a password"},
    {.name = "SMTP_TLS",
     .default_value = "required",
     .parse = setting_parse_choice,
     .choices = tls_choices,
     TARGET(smtp_tls),
     .help = "required, opportunistic (in clear where the server does not offer STARTTLS, or refuses it) or "
             "none"},
    {.name = "SMTP_CONNECTIONS",
     .default_value = "16",
     .parse = setting_parse_integer,
     .minimum = 1,
     .maximum = 1000,
     TARGET(smtp_connections),
     .help = "Most SMTP sessions at once"},
    {.name = "SMTP_CA_LOCATION",
     .parse = setting_parse_text,
     TARGET(smtp_ca_location),
     .help = "PEM file of certificate authorities instead of the system's"},
    TIMEOUT("CONNECT", connect, "30s", "For the name lookup and TCP"),
    TIMEOUT("GREETING", greeting, "5m", "From there to the end of TLS, EHLO and AUTH"),
    TIMEOUT("MAIL", mail, "5m", "For the reply to MAIL"),
    TIMEOUT("RCPT", rcpt, "5m", "For the reply to RCPT"),
    TIMEOUT("DATA", data, "2m", "For the reply to DATA"),
    TIMEOUT("BLOCK", block, "3m", "While the server takes nothing of a mail's body"),
    TIMEOUT("DOT", dot, "10m", "For the reply to a whole mail; after it the mail is ambiguous"),
    TIMEOUT("IDLE", idle, "30s", "Until a session without a mail is closed; keep it below the server's"),
    {.name = "MAIL_FROM",
     .parse = setting_parse_text,
     TARGET(mail_from),
     .flags = SETTING_REQUIRED,
     .help = "Sender: noreply@example.org or Shop <noreply@example.org>"},
    {.name = "MAIL_RETURN_PATH",
     .parse = setting_parse_text,
     TARGET(mail_return_path),
     .help = "Envelope sender; default: the address of MAIL_FROM"},
    {.name = "EMAIL_TEMPLATES",
     .default_value = "templates",
     .parse = setting_parse_text,
     TARGET(templates_folder),
     .help = "Folder of mail templates"},
    {.name = "EMAIL_SCHEMAS",
     .default_value = "schemas",
     .parse = setting_parse_text,
     TARGET(schemas_folder),
     .help = "Folder of the events' JSON Schemas, TYPE.json"},
    {.name = "EMAIL_ROUTES",
     .default_value = "deploy/routes.json",
     .parse = setting_parse_text,
     TARGET(routes_file),
     .help = "File that says which mails an event causes; SIGHUP reads it, templates and schemas again"},
    {.name = "EMAIL_DECLARED_TOPICS",
     .default_value = "deploy/topics.json",
     .parse = setting_parse_text,
     TARGET(declared_topics),
     .help = "File of topics that --check-config looks for the worker's in"},
    {.name = "EMAIL_ORDER",
     .default_value = "key",
     .parse = setting_parse_choice,
     .choices = order_choices,
     TARGET(order),
     .help = "key: mails of one Kafka key keep their order; none"},
    {.name = "EMAIL_RETRY_DELAYS",
     .default_value = "10s,1m,10m,1h,6h",
     .parse = setting_parse_list,
     TARGET(retry_delay_names),
     .help = "One retry topic each; the last repeats"},
    {.name = "EMAIL_GIVE_UP_AFTER",
     .default_value = "24h",
     .parse = setting_parse_duration,
     .minimum = 1000,
     .maximum = INT64_MAX,
     TARGET(give_up_after_ms),
     .help = "From the first attempt until a mail is dead-lettered"},
    {.name = "EMAIL_MAX_AGE",
     .default_value = "72h",
     .parse = setting_parse_duration,
     .minimum = 1000,
     .maximum = INT64_MAX,
     TARGET(max_age_ms),
     .help = "Older events, never attempted, are dead-lettered"},
    {.name = "EMAIL_AMBIGUOUS",
     .default_value = "retry",
     .parse = setting_parse_choice,
     .choices = ambiguous_choices,
     TARGET(ambiguous),
     .help = "When the reply to a whole mail was lost: retry or fail"},
    {.name = "EMAIL_DEDUPE_WINDOW",
     .default_value = "10000",
     .parse = setting_parse_integer,
     .minimum = 0,
     .maximum = 100000,
     TARGET(dedupe_window),
     .help = "An event that comes again within so many records of its partition is mailed once; 0: off"},
    {.name = "EMAIL_MAX_IN_FLIGHT",
     .default_value = "1000",
     .parse = setting_parse_integer,
     .minimum = 1,
     .maximum = 100000,
     TARGET(max_in_flight),
     .help = "Records taken and not yet covered by a commit"},
    {.name = "EMAIL_RATE_LIMIT",
     .parse = parse_rate_limit,
     TARGET(rate_limit),
     .help = "Most mails of the whole group: 100/s, 600/min, 10000/h; none unless set"},
    {.name = NULL},
};

static const char *const prefixes[] = {"EMAIL_", "SMTP_", "MAIL_", NULL};
static const char *const open_prefixes[] = {MAIL_VARIABLE_PREFIX, NULL};

const struct settings_table email_settings_table = {
    .service = "email",
    .summary = "Renders the events of Kafka topics to mails and hands them to an SMTP server.",
    .settings = settings_rows,
    .prefixes = prefixes,
    .open_prefixes = open_prefixes,
};

const char *const email_settings_kafka_names[] = {"KAFKA_GROUP_ID", "KAFKA_GROUP_INSTANCE_ID", NULL};

/* --- what follows from the settings --- */

static bool list_add(struct text_list *list, char *item) {
    char **grown = item == NULL ? NULL : realloc(list->items, (list->count + 1) * sizeof *grown);
    if (grown == NULL) {
        free(item);
        return false;
    }
    grown[list->count++] = item;
    list->items = grown;
    return true;
}

static void list_free(struct text_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}

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

static bool make_topics(struct email_settings *settings, struct error *error) {
    bool made = true;
    for (size_t i = 0; i < settings->topics.count; i++)
        made = made && list_add(&settings->subscription, strdup(settings->topics.items[i]));
    for (size_t i = 0; i < settings->retry_delay_names.count; i++) {
        const char *name = settings->retry_delay_names.items[i];
        made = made && list_add(&settings->retry_topics, joined(settings->group_id, ".retry.", name)) &&
               list_add(&settings->subscription, joined(settings->group_id, ".retry.", name));
    }
    settings->dead_letter_topic = joined(settings->group_id, ".", "dlq");
    settings->suppression_topic = joined(settings->group_id, ".", "suppression");
    settings->event_source = joined("/", settings->group_id, "");
    made = made && settings->dead_letter_topic != NULL && settings->suppression_topic != NULL;
    return made && settings->event_source != NULL ? true : error_set(error, "no memory for the settings");
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

/* Whose token or password it is, and which of the two. */
static bool check_credentials(const struct email_settings *settings, struct error *error) {
    if (settings->smtp_oauth_token_file == NULL)
        return true;
    if (settings->smtp_password != NULL)
        return error_set_status(
            error, EXIT_STATUS_CONFIG,
            "SMTP_PASSWORD and SMTP_OAUTH_TOKEN_FILE are both set: AUTH needs one of them");
    if (settings->smtp_username == NULL)
        return error_set_status(error, EXIT_STATUS_CONFIG,
                                "SMTP_OAUTH_TOKEN_FILE is set without SMTP_USERNAME: whose token is it?");
    return true;
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

struct mail_catalog_source email_settings_catalog_source(const struct email_settings *settings) {
    return (struct mail_catalog_source){
        .routes_file = settings->routes_file,
        .templates_folder = settings->templates_folder,
        .schemas_folder = settings->schemas_folder,
        .variables = settings->mail_variables,
    };
}

static bool load_by(const struct settings_table *table, struct email_settings *settings,
                    struct error *error) {
    return settings_load(table, settings, error) && make_retry_delays(settings, error) &&
           make_topics(settings, error) && make_sender(settings, error) &&
           check_credentials(settings, error) && make_mail_variables(settings, error);
}

bool email_settings_load(struct email_settings *settings, struct error *error) {
    return load_by(&email_settings_table, settings, error);
}

bool email_settings_load_for_tools(struct email_settings *settings, struct error *error) {
    struct setting rows[sizeof settings_rows / sizeof settings_rows[0]];
    struct settings_table table = email_settings_table;
    memcpy(rows, settings_rows, sizeof rows);
    for (struct setting *row = rows; row->name != NULL; row++) {
        row->flags &= ~(unsigned)SETTING_REQUIRED;
        if (strcmp(row->name, "MAIL_FROM") == 0)
            row->default_value = "noreply@example.org";
    }
    table.settings = rows;
    return load_by(&table, settings, error);
}

void email_settings_free(struct email_settings *settings) {
    free(settings->return_path);
    free(settings->message_id_domain);
    free(settings->retry_delays.items_ms);
    free(settings->dead_letter_topic);
    free(settings->suppression_topic);
    free(settings->event_source);
    list_free(&settings->retry_topics);
    list_free(&settings->subscription);
    json_decref(settings->mail_variables);
    settings_free(&email_settings_table, settings);
}
