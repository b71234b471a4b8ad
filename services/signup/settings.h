/* SPDX-License-Identifier: Apache-2.0 */
/* signup's configuration. */
#ifndef NOTIFY_SIGNUP_SETTINGS_H
#define NOTIFY_SIGNUP_SETTINGS_H

#include "http/client_rate.h"
#include "web/web_settings.h"

struct signup_settings {
    struct web_settings web; /* first */
    char *signup_topic;
    char *notification_topic;
    int64_t cooldown_ms;
    struct rate_limit client_rate;
};

extern const struct settings_table signup_settings_table;

/* Frees the texts that settings_free() does not know of. */
void signup_settings_finish(struct signup_settings *settings);

#endif
