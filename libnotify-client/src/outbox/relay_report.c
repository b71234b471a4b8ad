/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <syslog.h>

#include "relay.h"
#include "verdict.h"

#define SETTLING "record deliveries"

void relay_on_delivery(const notify_delivery *delivery, void *callback_data) {
    struct relay *relay = callback_data;
    struct flight *flight = notify_delivery_opaque(delivery);
    flight_set_report(flight, notify_delivery_error(delivery), notify_delivery_error_text(delivery));
    report_list_push(&relay->reports, flight);
}

/* --- what a report means for row, key and topic --- */

static void forget_held(struct relay *relay, struct lane *lane, struct key_chain *chain) {
    int64_t id;
    while (key_chain_pop(chain, &id)) {
        lane_forget(lane, id);
        lane->held--;
    }
    key_order_close(relay->keys, chain);
}

static void forget_ready(struct relay *relay, struct lane *lane) {
    struct key_chain *chain;
    while ((chain = lane_pop_ready(lane)) != NULL) {
        lane_forget(lane, chain->ready_id);
        forget_held(relay, lane, chain);
    }
}

/* The key's next row may go, unless the reading begins anew anyway. */
static void release_key(struct relay *relay, struct lane *lane, struct key_chain *chain) {
    if (chain == NULL)
        return;
    if (lane_is_rewinding(lane)) {
        forget_held(relay, lane, chain);
    } else if (key_chain_pop(chain, &chain->ready_id)) {
        lane->held--;
        lane_push_ready(lane, chain);
    } else {
        key_order_close(relay->keys, chain);
    }
}

static void land(struct relay *relay, struct flight *flight) {
    relay->ahead--;
    relay->bytes_ahead -= flight->size;
    lane_landed(flight->lane);
    free(flight);
}

static void await_settling(struct relay *relay, struct flight *flight, int64_t now_ms) {
    if (relay->reported_count == 0)
        relay->first_reported_ms = now_ms;
    relay->reported[relay->reported_count++] = flight;
}

static void tell_refusal(struct relay *relay, const struct flight *flight) {
    relay_log(relay, LOG_ERR,
              "outbox: topic %s refuses events: %s; they wait, and one is tried again from time to time",
              flight->lane->topic, flight->reason);
}

void relay_report(struct relay *relay, struct flight *flight, int64_t now_ms) {
    struct lane *lane = flight->lane;
    relay->in_flight--;
    lane->in_flight--;
    if (relay->report_callback != NULL)
        relay->report_callback(lane->topic, flight->event_id, flight->error, flight->reason,
                               relay->callback_data);

    bool is_settled = true;
    switch (verdict_of(flight->error)) {
    case VERDICT_DELIVERED:
        atomic_fetch_add(&relay->figures.published, 1);
        atomic_fetch_sub(&relay->figures.pending, 1);
        if (lane_delivered(lane))
            relay_log(relay, LOG_NOTICE, "outbox: topic %s accepts events again", lane->topic);
        break;
    case VERDICT_REFUSED:
        is_settled = flight->alone;
        if (flight->alone)
            lane_culprit(lane);
        else
            lane_suspect(lane, flight->id);
        break;
    case VERDICT_CLIENT_BUSY: /* As a report, not as an answer to publish: the client gave the event up. */
    case VERDICT_TRY_AGAIN:
        is_settled = false;
        if (lane_refused(lane, flight->id, flight->error, now_ms) && !atomic_load(&relay->is_stopping))
            tell_refusal(relay, flight);
        break;
    }
    if (lane_is_rewinding(lane))
        forget_ready(relay, lane);
    release_key(relay, lane, flight->chain);
    flight->chain = NULL;
    if (is_settled)
        await_settling(relay, flight, now_ms);
    else
        land(relay, flight);
}

/* --- delete or mark the reported rows --- */

bool relay_settle_is_due(const struct relay *relay, int64_t now_ms) {
    if (relay->reported_count == 0 || now_ms < relay->settling.again_at_ms)
        return false;
    return relay->reported_count >= RELAY_SETTLE_BATCH || relay->in_flight == 0 ||
           now_ms - relay->first_reported_ms >= RELAY_SETTLE_AFTER_MS;
}

static void settled(struct relay *relay, struct flight *flight) {
    if (flight->error != NOTIFY_OK) {
        atomic_fetch_add(&relay->figures.failed, 1);
        atomic_fetch_sub(&relay->figures.pending, 1);
        relay_log(relay, LOG_ERR, "outbox: event %s is refused for good by topic %s and marked failed: %s",
                  flight->event_id, flight->lane->topic, flight->reason);
    }
    land(relay, flight);
}

void relay_settle(struct relay *relay, int64_t now_ms) {
    struct settlement settlements[RELAY_MAX_AHEAD];
    size_t count = relay->reported_count;
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct flight *flight = relay->reported[i];
        settlements[i] = (struct settlement){.id = flight->id,
                                             .failure = flight->error == NOTIFY_OK ? NULL : flight->reason};
    }
    enum storage_result result = relay->storage->operations->settle(relay->storage, settlements, count);
    if (result != STORAGE_OK) {
        trouble_note(relay, &relay->settling, result, SETTLING, now_ms);
        relay->settling.is_fresh = false;
        return;
    }
    trouble_end_turn(relay, &relay->settling, SETTLING);
    relay->reported_count = 0;
    for (size_t i = 0; i < count; i++)
        settled(relay, relay->reported[i]);
}
