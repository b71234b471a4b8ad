/* SPDX-License-Identifier: Apache-2.0 */
/* signup's configuration. */
#ifndef NOTIFY_SIGNUP_SETTINGS_H
#define NOTIFY_SIGNUP_SETTINGS_H

#include "common/settings.h"
#include "http/client_rate.h"
#include "http/trusted_proxies.h"

struct signup_settings {
    struct common_settings common;
    struct host_port http_listen;
    char *database_url;
    char *public_url; /* without a slash at its end */
    char *event_source;
    char *signup_topic;
    char *notification_topic;
    int64_t outbox_max_rows;
    int64_t cooldown_ms;
    struct rate_limit client_rate;
    struct text_list trusted_proxy_list;
    struct trusted_proxies trusted_proxies; /* from the list, by signup_settings_load() */
    const char *database_path;              /* in database_url */
};

extern const struct settings_table signup_settings_table;

/* As settings_load(): on failure too the good settings are there, and signup_settings_free() is due. */
bool signup_settings_load(struct signup_settings *settings, struct error *error);
void signup_settings_free(struct signup_settings *settings);

#endif
