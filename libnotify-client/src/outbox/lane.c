/* SPDX-License-Identifier: Apache-2.0 */
#include "lane.h"

#include <stdlib.h>
#include <string.h>

#include "key_order.h"

struct lane *lane_new(const char *topic) {
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return NULL;
    lane->topic = strdup(topic);
    if (lane->topic == NULL)
        return lane_free(lane);
    lane->end_ready = &lane->first_ready;
    lane->allowance = LANE_FIRST_ALLOWANCE;
    lane->ceiling = LANE_FULL_ALLOWANCE;
    lane->retry_delay_ms = LANE_FIRST_DELAY_MS;
    return lane;
}

struct lane *lane_free(struct lane *lane) {
    if (lane == NULL)
        return NULL;
    free(lane->topic);
    free(lane);
    return NULL;
}

static size_t limit_of(const struct lane *lane) {
    if (lane->alone_until > 0)
        return 1;
    return lane->allowance < lane->ceiling ? lane->allowance : lane->ceiling;
}

size_t lane_room(const struct lane *lane, int64_t now_ms) {
    size_t limit = limit_of(lane);
    if (lane->rewinding || lane->ahead >= limit || now_ms < lane->retry_at_ms)
        return 0;
    return limit - lane->ahead;
}

bool lane_is_alone(const struct lane *lane) {
    return limit_of(lane) == 1 && lane->ahead == 0;
}

int64_t lane_next_time(const struct lane *lane, int64_t now_ms) {
    bool has_rows = lane->unread || lane->first_ready != NULL;
    return has_rows && now_ms < lane->retry_at_ms ? lane->retry_at_ms : INT64_MAX;
}

bool lane_delivered(struct lane *lane) {
    /* What was on the way before a refusal tells nothing about the time after it. */
    if (lane->rewinding)
        return false;
    bool accepts_again = lane->refusal != NOTIFY_OK;
    lane->refusal = NOTIFY_OK;
    lane->allowance = LANE_FULL_ALLOWANCE;
    lane->retry_at_ms = 0;
    lane->retry_delay_ms = LANE_FIRST_DELAY_MS;
    return accepts_again;
}

void lane_culprit(struct lane *lane) {
    lane->culprit_found = true;
}

static void begin_rewinding(struct lane *lane, int64_t id) {
    if (!lane->rewinding) {
        lane->rewinding = true;
        lane->rewind_to = lane->cursor;
    }
    lane_forget(lane, id);
}

void lane_suspect(struct lane *lane, int64_t id) {
    if (lane->alone_until == 0)
        lane->culprit_found = false;
    if (id > lane->alone_until)
        lane->alone_until = id;
    begin_rewinding(lane, id);
}

bool lane_refused(struct lane *lane, int64_t id, enum notify_error error, int64_t now_ms) {
    bool is_news = error != lane->refusal;
    /* The rows of one batch come back one after another: they are one refusal. */
    if (!lane->rewinding || lane->refusal == NOTIFY_OK) {
        lane->retry_at_ms = now_ms + lane->retry_delay_ms;
        lane->retry_delay_ms =
            lane->retry_delay_ms * 2 < LANE_MAX_DELAY_MS ? lane->retry_delay_ms * 2 : LANE_MAX_DELAY_MS;
    }
    lane->refusal = error;
    lane->allowance = 1;
    begin_rewinding(lane, id);
    return is_news;
}

void lane_forget(struct lane *lane, int64_t id) {
    if (id - 1 < lane->rewind_to)
        lane->rewind_to = id - 1;
}

bool lane_is_rewinding(const struct lane *lane) {
    return lane->rewinding;
}

/* All rows up to alone_until went out one by one. If each of them was taken, it was the size of their batch.
 */
static void end_being_alone(struct lane *lane) {
    if (lane->alone_until == 0 || lane->ahead > 0 || lane->rewinding || lane->first_ready != NULL)
        return;
    if (lane->cursor < lane->alone_until && lane->unread)
        return;
    lane->alone_until = 0;
    if (!lane->culprit_found && lane->ceiling > 1)
        lane->ceiling /= 2;
}

void lane_landed(struct lane *lane) {
    lane->ahead--;
    if (lane->rewinding && lane->ahead == 0) {
        lane->rewinding = false;
        lane->cursor = lane->rewind_to;
        lane->unread = true;
    }
    end_being_alone(lane);
}

bool lane_is_idle(const struct lane *lane) {
    return lane->ahead == 0 && lane->held == 0 && !lane->unread && !lane->rewinding &&
           lane->first_ready == NULL;
}

void lane_push_ready(struct lane *lane, struct key_chain *chain) {
    chain->next_ready = NULL;
    *lane->end_ready = chain;
    lane->end_ready = &chain->next_ready;
}

struct key_chain *lane_pop_ready(struct lane *lane) {
    struct key_chain *chain = lane->first_ready;
    if (chain == NULL)
        return NULL;
    lane->first_ready = chain->next_ready;
    if (lane->first_ready == NULL)
        lane->end_ready = &lane->first_ready;
    return chain;
}
