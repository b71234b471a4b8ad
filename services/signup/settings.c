/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"
#include <stdlib.h>

#define FIELD(member) offsetof(struct signup_settings, member)

static const struct setting settings[] = {
    SETTINGS_WEB(struct signup_settings, web, ":8080", "sqlite:signup.db", "http://localhost:8080",
                 "/signup"),
    {.name = "SIGNUP_TOPIC",
     .default_value = "users",
     .parse = setting_parse_topic,
     .offset = FIELD(signup_topic),
     .help = "topic of user.signed_up and user.confirmed"},
    {.name = "NOTIFICATION_TOPIC",
     .default_value = "notifications",
     .parse = setting_parse_topic,
     .offset = FIELD(notification_topic),
     .help = "topic of notification.requested"},
    {.name = "SIGNUP_COOLDOWN",
     .default_value = "60s",
     .parse = setting_parse_duration,
     .maximum = INT64_C(30) * 24 * 3600 * 1000,
     .offset = FIELD(cooldown_ms),
     .help = "time in which an address gets no second mail; 0s for none"},
    {.name = "SIGNUP_CLIENT_RATE",
     .default_value = "10/min,burst=20",
     .parse = setting_parse_rate_limit,
     .offset = FIELD(client_rate),
     .help = "sign-ups that one client may make, or off"},
    {.name = NULL},
};

static const char *const prefixes[] = {SETTINGS_WEB_PREFIXES, "SIGNUP_", "NOTIFICATION_", NULL};

const struct settings_table signup_settings_table = {
    .service = "signup",
    .summary = "Takes sign-ups over HTTP, stores them, and emits their events to Kafka through an outbox.",
    .settings = settings,
    .prefixes = prefixes,
};

void signup_settings_finish(struct signup_settings *loaded) {
    free(loaded->signup_topic);
    free(loaded->notification_topic);
    loaded->signup_topic = loaded->notification_topic = NULL;
}
