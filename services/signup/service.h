/* SPDX-License-Identifier: Apache-2.0 */
/* What signup's request handlers work with; there is one, in main.c. */
#ifndef NOTIFY_SIGNUP_SERVICE_H
#define NOTIFY_SIGNUP_SERVICE_H

#include "events.h"
#include "http/client_rate.h"
#include "settings.h"
#include "web/web_parts.h"

struct signup_service {
    struct web_parts parts; /* first: the handlers' context is cast back to this */
    const struct signup_settings *settings;
    struct event_settings events;
    struct client_rate *client_rate;
};

#endif
