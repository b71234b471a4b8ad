/* SPDX-License-Identifier: Apache-2.0 */
/* What order's request handlers work with; there is one, in main.c. */
#ifndef NOTIFY_ORDER_SERVICE_H
#define NOTIFY_ORDER_SERVICE_H

#include "in_flight.h"
#include "settings.h"
#include "web/web_parts.h"

struct order_service {
    struct web_parts parts; /* first: the handlers' context is cast back to this */
    const struct order_settings *settings;
    struct in_flight in_flight;
};

#endif
