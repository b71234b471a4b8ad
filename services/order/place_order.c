/* SPDX-License-Identifier: Apache-2.0 */
#include "place_order.h"
#include "common/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_PLACED "com.example.order.placed.v1"

static bool make_document(struct place_order *order, json_t *data) {
    char placed_at[RFC3339_SIZE];
    clock_format_rfc3339(order->now_ms, placed_at);
    if (json_object_set_new(data, "order_id", json_string(order->order_id)) != 0 ||
        json_object_set_new(data, "placed_at", json_string(placed_at)) != 0)
        return false;
    order->document = json_dumps(data, JSON_COMPACT);
    return order->document != NULL;
}

static bool make_event(struct place_order *order) {
    char id[ENTITY_ID_SIZE];
    return notify_event_new(&order->event, TYPE_PLACED) == NOTIFY_OK &&
           notify_event_new_id(id) == NOTIFY_OK && notify_event_set_id(order->event, id) == NOTIFY_OK &&
           notify_event_set_source(order->event, order->settings.event_source) == NOTIFY_OK &&
           notify_event_set_subject(order->event, order->order_id) == NOTIFY_OK &&
           notify_event_set_time(order->event, order->now_ms) == NOTIFY_OK &&
           notify_event_set_data_json(order->event, order->document, strlen(order->document)) == NOTIFY_OK &&
           (order->traceparent == NULL ||
            notify_event_set_trace(order->event, order->traceparent, order->tracestate) == NOTIFY_OK);
}

bool place_order_prepare(struct place_order *order, json_t *data, struct error *error) {
    if (notify_event_new_id(order->order_id) != NOTIFY_OK)
        return error_set(error, "there are no random numbers to be had");
    int size =
        snprintf(order->answer, sizeof order->answer, "{\"id\":\"%s\",\"status_url\":\"%s/orders/%s\"}\n",
                 order->order_id, order->settings.public_url, order->order_id);
    if (size < 0 || (size_t)size >= sizeof order->answer)
        return error_set(error, "PUBLIC_URL is too long");
    if (!make_document(order, data))
        return error_set(error, "no memory");
    return make_event(order) ||
           error_set(error, "the event %s cannot be made: %s", TYPE_PLACED, notify_client_last_error_text());
}

void place_order_finish(struct place_order *order) {
    order->event = notify_event_free(order->event);
    free(order->document);
    order->document = NULL;
}

/* Whether the key was used before: the outcome is set then. */
static bool look_up_key(struct place_order *order, struct store *store, bool *found, struct error *error) {
    struct key_record before;
    memcpy(before.key, order->key.key, sizeof before.key);
    switch (order_operations(store)->find_key(store, &before, order->now_ms, error)) {
    case STORE_FAILED:
        return false;
    case STORE_NOT_FOUND:
        *found = false;
        return true;
    case STORE_FOUND:
        break;
    }
    *found = true;
    if (memcmp(before.fingerprint, order->key.fingerprint, sizeof before.fingerprint) != 0) {
        order->outcome = PLACE_ORDER_KEY_TAKEN;
        return true;
    }
    order->outcome = PLACE_ORDER_REPEATED;
    order->key = before;
    return true;
}

static bool insert(struct place_order *order, struct store *store, struct error *error) {
    const struct order_record record = {
        .id = order->order_id,
        .event_source = notify_event_source(order->event),
        .event_id = notify_event_id(order->event),
        .document = order->document,
        .placed_ms = order->now_ms,
    };
    memcpy(order->key.order_id, order->order_id, sizeof order->order_id);
    memcpy(order->key.answer, order->answer, sizeof order->answer);
    order->key.expires_ms = order->now_ms + KEY_LIVES_MS;
    return order_operations(store)->insert_order(store, &record, error) &&
           order_operations(store)->insert_key(store, &order->key, order->now_ms, error);
}

bool place_order_run(struct place_order *order, struct store *store, struct error *error) {
    bool found;
    if (!look_up_key(order, store, &found, error))
        return false;
    if (found)
        return true;
    /* The event first: one that is too large leaves nothing behind. */
    switch (store->operations->append_event(store, order->settings.topic, order->event, error)) {
    case STORE_APPEND_FAILED:
        return false;
    case STORE_TOO_LARGE:
        order->outcome = PLACE_ORDER_TOO_LARGE;
        return true;
    case STORE_APPENDED:
        break;
    }
    order->outcome = PLACE_ORDER_DONE;
    return insert(order, store, error);
}

bool order_apply_status(struct store *store, const struct mail_status *status, bool *known,
                        struct error *error) {
    return order_operations(store)->update_mail(store, status, known, error);
}
