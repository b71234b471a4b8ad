/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"
#include <stdlib.h>

#define FIELD(member) offsetof(struct order_settings, member)

static const struct setting settings[] = {
    SETTINGS_WEB(struct order_settings, web, ":8081", "sqlite:order.db", "http://localhost:8081", "/order"),
    {.name = "ORDER_TOPIC",
     .default_value = "orders",
     .parse = setting_parse_topic,
     .offset = FIELD(order_topic),
     .help = "topic of order.placed"},
    {.name = "ORDER_MAILS",
     .default_value = "order-confirmation",
     .parse = setting_parse_list,
     .offset = FIELD(mails),
     .help = "templates of the mails that every order causes: it is pending until these were heard of"},
    {.name = NULL},
};

static const char *const prefixes[] = {SETTINGS_WEB_PREFIXES, "ORDER_", NULL};

const struct settings_table order_settings_table = {
    .service = "order",
    .summary = "Takes orders over HTTP, stores them, and emits their events to Kafka through an outbox.",
    .settings = settings,
    .prefixes = prefixes,
};

void order_settings_finish(struct order_settings *loaded) {
    free(loaded->order_topic);
    loaded->order_topic = NULL;
}
