/* SPDX-License-Identifier: Apache-2.0 */
/* What placing an order does to the database: order, event and idempotency key in one transaction, or the
 * answer that the key had before. */
#ifndef NOTIFY_ORDER_PLACE_ORDER_H
#define NOTIFY_ORDER_PLACE_ORDER_H

#include "store.h"
#include <jansson.h>

#define KEY_LIVES_MS (INT64_C(24) * 3600 * 1000)

/* What is the same in every order of this process. */
struct place_order_settings {
    const char *event_source;
    const char *topic;
    const char *public_url;
};

enum place_order_outcome {
    PLACE_ORDER_DONE,
    PLACE_ORDER_REPEATED,  /* key.order_id and key.answer are the first request's */
    PLACE_ORDER_KEY_TAKEN, /* by a request with another body */
    PLACE_ORDER_TOO_LARGE, /* for an event */
};

struct place_order {
    struct place_order_settings settings;
    struct key_record key;                /* key and fingerprint are set by the caller */
    const char *traceparent, *tracestate; /* NULL: none */
    int64_t now_ms;
    char order_id[ORDER_ID_SIZE];
    char answer[ORDER_ANSWER_SIZE]; /* to this request, if it is the first with its key */
    char *document;
    notify_event *event;
    enum place_order_outcome outcome; /* set by place_order_run() */
};

/* Takes an id and makes the event of an order that was checked; adds order_id and placed_at to data. */
bool place_order_prepare(struct place_order *order, json_t *data, struct error *error);
void place_order_finish(struct place_order *order);
/* Inside a transaction, and perhaps more than once. False: the database failed. */
bool place_order_run(struct place_order *order, struct store *store, struct error *error);

/* A status_applier. */
bool order_apply_status(struct store *store, const struct mail_status *status, bool *known,
                        struct error *error);

#endif
