/* SPDX-License-Identifier: Apache-2.0 */
/* What the request handlers of both services work with. A service's own context begins with it; web_process
 * fills it. */
#ifndef NOTIFY_WEB_PARTS_H
#define NOTIFY_WEB_PARTS_H

#include "database.h"
#include "web_settings.h"
#include <notify-outbox.h>

struct web_parts {
    const struct web_settings *settings;
    struct database *database;
    notify_outbox *outbox;
};

/* Whether OUTBOX_MAX_ROWS events wait for Kafka: then nothing may be accepted. */
bool web_outbox_is_full(const struct web_parts *parts);

/* What cannot be accepted now: 503 with Retry-After. */
void problem_unavailable(struct http_problem *problem);
void http_respond_unavailable(struct http_request *request, struct http_response *response);

#define ENTITY_ID_SIZE 37 /* a UUIDv7, as notify_event_new_id() makes them, and a NUL */

#endif
