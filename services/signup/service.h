/* SPDX-License-Identifier: Apache-2.0 */
/* What the request handlers work with; made once in main.c. */
#ifndef NOTIFY_SIGNUP_SERVICE_H
#define NOTIFY_SIGNUP_SERVICE_H

#include "database.h"
#include "http/client_rate.h"
#include "settings.h"
#include <notify-outbox.h>

struct signup_service {
    const struct signup_settings *settings;
    struct event_settings events;
    struct database *database;
    notify_outbox *outbox;
    struct client_rate *client_rate;
};

/* Whether OUTBOX_MAX_ROWS events wait for Kafka: then nothing may be accepted. */
bool signup_service_outbox_is_full(const struct signup_service *service);

#endif
