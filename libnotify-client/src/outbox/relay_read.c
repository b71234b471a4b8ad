/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "relay.h"
#include "verdict.h"

#define READING "read"

/* --- which topics have rows, how many --- */

static void drop_idle_lanes(struct relay *relay) {
    size_t kept = 0;
    for (size_t i = 0; i < relay->lane_count; i++) {
        if (lane_is_idle(relay->lanes[i]))
            lane_free(relay->lanes[i]);
        else
            relay->lanes[kept++] = relay->lanes[i];
    }
    relay->lane_count = kept;
}

static struct lane *find_lane(const struct relay *relay, const char *topic) {
    for (size_t i = 0; i < relay->lane_count; i++) {
        if (strcmp(relay->lanes[i]->topic, topic) == 0)
            return relay->lanes[i];
    }
    return NULL;
}

/* NULL: no memory, or more topics have rows than there are lanes; theirs wait until a lane is free. */
static struct lane *lane_for(struct relay *relay, const char *topic) {
    struct lane *lane = find_lane(relay, topic);
    if (lane != NULL)
        return lane;
    if (relay->lane_count == RELAY_MAX_LANES)
        drop_idle_lanes(relay);
    if (relay->lane_count == RELAY_MAX_LANES) {
        if (!relay->lanes_are_full)
            relay_log(
                relay, LOG_WARNING,
                "outbox: more than %d topics have events waiting; the topic %s and others wait for room",
                RELAY_MAX_LANES, topic);
        relay->lanes_are_full = true;
        return NULL;
    }
    lane = lane_new(topic);
    if (lane != NULL)
        relay->lanes[relay->lane_count++] = lane;
    return lane;
}

static enum storage_result survey_topic(struct relay *relay, const char *topic) {
    struct lane *lane = lane_for(relay, topic);
    if (lane == NULL)
        return STORAGE_OK;
    int64_t added;
    int64_t last_id;
    enum storage_result result =
        relay->storage->operations->count(relay->storage, topic, lane->counted, &added, &last_id);
    if (result != STORAGE_OK || added == 0)
        return result;
    lane->counted = last_id;
    lane->unread = true;
    atomic_fetch_add(&relay->figures.pending, added);
    return STORAGE_OK;
}

static enum storage_result survey_topics(struct relay *relay) {
    char names[2][STORAGE_TOPIC_SIZE] = {"", ""};
    for (int turn = 0;; turn = 1 - turn) {
        char *topic = names[1 - turn];
        enum storage_result result =
            relay->storage->operations->next_topic(relay->storage, names[turn], topic);
        if (result != STORAGE_OK || topic[0] == '\0')
            return result;
        result = survey_topic(relay, topic);
        if (result != STORAGE_OK)
            return result;
    }
}

bool relay_survey(struct relay *relay, int64_t now_ms) {
    if (now_ms < relay->reading.again_at_ms)
        return false;
    bool is_changed;
    enum storage_result result = relay->storage->operations->changed(relay->storage, &is_changed);
    if (result == STORAGE_OK && is_changed) {
        relay->needs_survey = true;
        relay->failed_is_stale = true;
    }
    /* A lane may have become free. */
    if (result == STORAGE_OK && relay->lanes_are_full && relay->ahead == 0)
        relay->needs_survey = true;
    if (result == STORAGE_OK && relay->needs_survey) {
        relay->lanes_are_full = false;
        result = survey_topics(relay);
        relay->needs_survey = result != STORAGE_OK;
    }
    if (result != STORAGE_OK) {
        trouble_note(relay, &relay->reading, result, READING, now_ms);
        return false;
    }
    return true;
}

/* --- read rows and hand them to the client --- */

enum handing {
    HANDED,  /* It is on its way, or its fate is known already. */
    NO_ROOM, /* The client, or the memory, has no room: nothing was changed. */
};

static enum handing hand_over(struct relay *relay, struct lane *lane, struct key_chain *chain,
                              const struct storage_row *row, int64_t now_ms) {
    struct flight *flight = flight_new(row->id, row->event_id, row->event_size);
    if (flight == NULL) {
        relay->client_again_at_ms = now_ms + 50;
        return NO_ROOM;
    }
    flight->lane = lane;
    flight->chain = chain;
    flight->alone = lane_is_alone(lane);
    lane->in_flight++;
    lane->ahead++;
    relay->in_flight++;
    relay->ahead++;
    relay->bytes_ahead += flight->size;
    /* From the call on the flight may be in the list of reports: it is touched no more. */
    enum notify_error error =
        notify_client_publish_encoded(relay->client, lane->topic, row->event_id, row->key, row->event,
                                      row->event_size, row->traceparent, row->tracestate, flight);
    if (error == NOTIFY_OK)
        return HANDED;
    if (verdict_of(error) == VERDICT_CLIENT_BUSY) {
        lane->in_flight--;
        lane->ahead--;
        relay->in_flight--;
        relay->ahead--;
        relay->bytes_ahead -= flight->size;
        free(flight);
        relay->client_again_at_ms = now_ms + 50;
        return NO_ROOM;
    }
    flight_set_report(flight, error, NULL);
    flight->alone = true;
    relay_report(relay, flight, now_ms);
    return HANDED;
}

static bool relay_has_room(const struct relay *relay, int64_t now_ms) {
    return relay->ahead < RELAY_MAX_AHEAD && relay->bytes_ahead < RELAY_MAX_BYTES &&
           now_ms >= relay->client_again_at_ms;
}

struct visit {
    struct relay *relay;
    struct lane *lane;
    struct key_chain *chain; /* Of a ready row; NULL when rows are read. */
    int64_t now_ms;
    enum handing handing;
};

static void advance(struct visit *visit, int64_t id) {
    visit->lane->cursor = id;
    if (id > visit->lane->counted) { /* Committed since the survey. */
        visit->lane->counted = id;
        atomic_fetch_add(&visit->relay->figures.pending, 1);
    }
}

static bool hold_row(struct visit *visit, struct key_chain *chain, int64_t id) {
    if (visit->lane->held >= LANE_MAX_HELD || !key_chain_hold(chain, id))
        return false;
    visit->lane->held++;
    advance(visit, id);
    return true;
}

static bool take_row(const struct storage_row *row, void *visit_data) {
    struct visit *visit = visit_data;
    struct lane *lane = visit->lane;
    struct key_chain *chain = NULL;
    if (row->key != NULL) {
        chain = key_order_find(visit->relay->keys, lane, row->key);
        if (chain != NULL)
            return hold_row(visit, chain, row->id);
    }
    if (lane_room(lane, visit->now_ms) == 0 || !relay_has_room(visit->relay, visit->now_ms))
        return false;
    if (row->key != NULL) {
        chain = key_order_open(visit->relay->keys, lane, row->key);
        if (chain == NULL)
            return false;
    }
    int64_t cursor_before = lane->cursor;
    advance(visit, row->id);
    visit->handing = hand_over(visit->relay, lane, chain, row, visit->now_ms);
    if (visit->handing == HANDED)
        return !lane_is_rewinding(lane) && lane->cursor == row->id;
    lane->cursor = cursor_before;
    if (chain != NULL)
        key_order_close(visit->relay->keys, chain);
    return false;
}

static bool take_ready_row(const struct storage_row *row, void *visit_data) {
    struct visit *visit = visit_data;
    visit->handing = hand_over(visit->relay, visit->lane, visit->chain, row, visit->now_ms);
    return false;
}

/* Somebody removed a held row from the table: the next one of its key takes its place. */
static void pass_over_missing_row(struct relay *relay, struct lane *lane, struct key_chain *chain) {
    atomic_fetch_sub(&relay->figures.pending, 1);
    if (key_chain_pop(chain, &chain->ready_id)) {
        lane->held--;
        lane_push_ready(lane, chain);
    } else {
        key_order_close(relay->keys, chain);
    }
}

/* False: no more now. */
static bool send_ready_row(struct relay *relay, struct lane *lane, int64_t now_ms) {
    struct key_chain *chain = lane_pop_ready(lane);
    struct visit visit = {.relay = relay, .lane = lane, .chain = chain, .now_ms = now_ms, .handing = HANDED};
    bool found;
    enum storage_result result =
        relay->storage->operations->read_one(relay->storage, chain->ready_id, take_ready_row, &visit, &found);
    /* After a hand-over the chain may be gone already. */
    if (result == STORAGE_OK && found && visit.handing == HANDED)
        return true;
    if (result == STORAGE_OK && !found) {
        pass_over_missing_row(relay, lane, chain);
        return true;
    }
    lane_push_ready(lane, chain);
    if (result != STORAGE_OK)
        trouble_note(relay, &relay->reading, result, READING, now_ms);
    return false;
}

static void read_lane(struct relay *relay, struct lane *lane, int64_t now_ms) {
    struct visit visit = {.relay = relay, .lane = lane, .now_ms = now_ms, .handing = HANDED};
    bool exhausted;
    enum storage_result result = relay->storage->operations->read(
        relay->storage, lane->topic, lane->cursor, RELAY_READ_BATCH, take_row, &visit, &exhausted);
    if (result != STORAGE_OK) {
        trouble_note(relay, &relay->reading, result, READING, now_ms);
        return;
    }
    /* A visit may have begun the reading anew. */
    if (exhausted && !lane_is_rewinding(lane))
        lane->unread = false;
}

/* True: something went out, or was read, and there may be more. */
static bool fill_lane(struct relay *relay, struct lane *lane, int64_t now_ms) {
    size_t sent = 0;
    while (sent < RELAY_READ_BATCH && lane->first_ready != NULL && lane_room(lane, now_ms) > 0 &&
           relay_has_room(relay, now_ms) && send_ready_row(relay, lane, now_ms))
        sent++;
    if (!lane->unread || lane_room(lane, now_ms) == 0 || !relay_has_room(relay, now_ms) ||
        now_ms < relay->reading.again_at_ms)
        return sent > 0;
    int64_t cursor_before = lane->cursor;
    read_lane(relay, lane, now_ms);
    return sent > 0 || lane->cursor > cursor_before;
}

void relay_fill(struct relay *relay, int64_t now_ms) {
    bool is_moving = relay->lane_count > 0;
    while (is_moving && relay_has_room(relay, now_ms) && now_ms >= relay->reading.again_at_ms) {
        is_moving = false;
        for (size_t i = 0; i < relay->lane_count; i++) {
            struct lane *lane = relay->lanes[(relay->first_lane + i) % relay->lane_count];
            is_moving = fill_lane(relay, lane, now_ms) || is_moving;
        }
        relay->first_lane = (relay->first_lane + 1) % relay->lane_count;
    }
}

/* --- figures --- */

static bool all_lanes_are_idle(const struct relay *relay) {
    for (size_t i = 0; i < relay->lane_count; i++) {
        if (!lane_is_idle(relay->lanes[i]))
            return false;
    }
    return true;
}

static enum storage_result refresh_oldest(struct relay *relay) {
    int64_t oldest_ms = 0;
    bool has_rows = atomic_load(&relay->figures.pending) > 0;
    for (size_t i = 0; has_rows && i < relay->lane_count; i++) {
        int64_t created_ms = 0;
        enum storage_result result =
            relay->storage->operations->oldest(relay->storage, relay->lanes[i]->topic, &created_ms);
        if (result != STORAGE_OK)
            return result;
        if (created_ms != 0 && (oldest_ms == 0 || created_ms < oldest_ms))
            oldest_ms = created_ms;
    }
    atomic_store(&relay->figures.oldest_created_ms, oldest_ms);
    return STORAGE_OK;
}

static enum storage_result recount_failed(struct relay *relay) {
    int64_t failed;
    enum storage_result result = relay->storage->operations->count_failed(relay->storage, &failed);
    if (result == STORAGE_OK)
        atomic_store(&relay->figures.failed, failed);
    return result;
}

void relay_refresh_figures(struct relay *relay, int64_t now_ms) {
    /* Rows that somebody removed by hand were counted, but will not come: with nothing left to read, the
     * count is known again. */
    if (!relay->needs_survey && !relay->lanes_are_full && all_lanes_are_idle(relay))
        atomic_store(&relay->figures.pending, 0);
    enum storage_result result = STORAGE_OK;
    if (now_ms >= relay->oldest_at_ms) {
        relay->oldest_at_ms = now_ms + 100;
        result = refresh_oldest(relay);
    }
    /* An application may move or delete failed rows: another count after its commit, once a second. */
    if (result == STORAGE_OK && relay->failed_is_stale && now_ms >= relay->recount_at_ms) {
        relay->recount_at_ms = now_ms + 1000;
        relay->failed_is_stale = false;
        result = recount_failed(relay);
    }
    if (result != STORAGE_OK)
        trouble_note(relay, &relay->reading, result, READING, now_ms);
}

void relay_end_reading(struct relay *relay, int64_t now_ms) {
    if (now_ms >= relay->reading.again_at_ms || relay->reading.is_fresh)
        trouble_end_turn(relay, &relay->reading, READING);
}
