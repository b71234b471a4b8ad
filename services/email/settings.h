/* SPDX-License-Identifier: Apache-2.0 */
/* The email worker's configuration; every default is in the table of settings.c and in the
 * README. */
#ifndef NOTIFY_EMAIL_SETTINGS_H
#define NOTIFY_EMAIL_SETTINGS_H

#include "common/settings.h"
#include "routing/mail_catalog.h"
#include "smtp/smtp_timeouts.h"
#include <jansson.h>

struct email_settings {
    struct common_settings common;
    char *group_id, *group_instance_id;
    struct text_list topics;
    char *smtp_url, *smtp_username, *smtp_password, *smtp_oauth_token_file, *smtp_ca_location,
        *smtp_helo_name;
    int smtp_tls; /* enum smtp_tls */
    int64_t smtp_connections;
    struct smtp_timeouts smtp_timeouts;
    char *mail_from, *mail_return_path;
    char *templates_folder, *schemas_folder, *routes_file;
    char *declared_topics;              /* for --check-config only */
    int order;                          /* enum email_order */
    struct text_list retry_delay_names; /* "10s": as in the retry topics' names */
    int64_t give_up_after_ms, max_age_ms;
    int ambiguous;         /* enum email_ambiguous */
    int64_t dedupe_window; /* 0: off */
    int64_t max_in_flight;
    double rate_limit; /* mails a second, of the whole group; 0: none */

    /* Made from these by email_settings_load. */
    char *return_path;       /* MAIL_RETURN_PATH, or MAIL_FROM's address */
    char *message_id_domain; /* of MAIL_FROM */
    struct duration_list retry_delays;
    struct text_list retry_topics; /* "<group>.retry.10s" */
    struct text_list subscription; /* topics and retry topics */
    char *dead_letter_topic;       /* "<group>.dlq" */
    char *suppression_topic;       /* "<group>.suppression" */
    char *event_source;            /* of statuses: "/<group>" */
    json_t *mail_variables;        /* MAIL_VAR_DEPARTMENT_HEAD → "department_head" */
};

enum email_order { EMAIL_ORDER_KEY, EMAIL_ORDER_NONE };
enum email_ambiguous { EMAIL_AMBIGUOUS_RETRY, EMAIL_AMBIGUOUS_FAIL };

/* Where routes, templates and schemas come from; borrows from the settings. */
struct mail_catalog_source email_settings_catalog_source(const struct email_settings *settings);

extern const struct settings_table email_settings_table;
/* The table's KAFKA_* names, for kafka_properties.h. */
extern const char *const email_settings_kafka_names[];

/* Exit status 78 in error. settings is zeroed by the caller. */
bool email_settings_load(struct email_settings *settings, struct error *error);
/* For tools that make or check mails and send none: nothing is required, and MAIL_FROM has a stand-in. */
bool email_settings_load_for_tools(struct email_settings *settings, struct error *error);
void email_settings_free(struct email_settings *settings);

#endif
