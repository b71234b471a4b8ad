/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "policy/rate_limit.h"
#include "settings_derived.h"
#include "settings_smtp.h"
#include <string.h>

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
    {.name = "SMTP_HELO_NAME",
     .parse = setting_parse_text,
     TARGET(smtp_helo_name),
     .help = "Name for EHLO: a domain name or an address literal; default: the host's, without domain"},
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
    return settings_load(table, settings, error) && settings_derive(settings, error);
}

bool email_settings_load(struct email_settings *settings, struct error *error) {
    return load_by(&email_settings_table, settings, error) && settings_smtp_check(settings, error);
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
    settings_derived_free(settings);
    settings_free(&email_settings_table, settings);
}
