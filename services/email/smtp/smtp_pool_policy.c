/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_pool_policy.h"

enum {
    CONNECTS_AT_ONCE = 8,
    WAITING_MOST = 32,        /* they are built and cost memory; more come as soon as a session takes one */
    RECONNECT_FIRST_MS = 100, /* after a failed connect; doubles … */
    RECONNECT_MOST_MS = 5000, /* … up to here */
};

size_t smtp_pool_sessions_up(const struct smtp_pool_state *state) {
    return state->sessions[SMTP_SESSION_IDLE] + state->sessions[SMTP_SESSION_BUSY];
}

static size_t sessions_open(const struct smtp_pool_state *state) {
    return state->sessions[SMTP_SESSION_CONNECTING] + smtp_pool_sessions_up(state);
}

bool smtp_pool_policy_has_room(const struct smtp_pool_state *state) {
    return !state->on_hold && !state->stopping && state->waiting.count < state->limit &&
           state->waiting.count < WAITING_MOST;
}

bool smtp_pool_policy_connects(const struct smtp_pool_state *state) {
    size_t connecting = state->sessions[SMTP_SESSION_CONNECTING];
    bool is_probing = state->waiting.probe_count > 0;
    if (state->stopping || (state->on_hold && !is_probing))
        return false;
    if (state->on_hold) /* the busy ones may be stuck: a probe does not wait for them */
        return connecting == 0 && state->sessions[SMTP_SESSION_IDLE] == 0 &&
               sessions_open(state) < state->connections;
    if (state->backing_off && !is_probing)
        return false;
    size_t at_once = state->backoff_ms > 0 ? 1 : CONNECTS_AT_ONCE;
    return state->waiting.count > connecting && connecting < at_once &&
           sessions_open(state) + state->sessions[SMTP_SESSION_QUITTING] < state->limit;
}

bool smtp_pool_policy_quits_idle(const struct smtp_pool_state *state) {
    return state->stopping || sessions_open(state) > state->limit;
}

struct smtp_pool_mails smtp_pool_policy_sendable(const struct smtp_pool_state *state) {
    if (state->stopping)
        return (struct smtp_pool_mails){0};
    if (state->on_hold)
        return (struct smtp_pool_mails){.probes = true};
    bool is_within_limit = sessions_open(state) <= state->limit;
    return (struct smtp_pool_mails){.probes = is_within_limit, .others = is_within_limit};
}

struct smtp_pool_mails smtp_pool_policy_taken_back(const struct smtp_pool_state *state) {
    return (struct smtp_pool_mails){.probes = state->stopping, .others = state->stopping || state->on_hold};
}

enum smtp_pool_cut smtp_pool_policy_cut(const struct smtp_pool_state *state) {
    if (state->is_cut)
        return SMTP_POOL_CUT_ALL;
    bool is_held_back = state->on_hold && state->waiting.probe_count == 0;
    return state->stopping || is_held_back ? SMTP_POOL_CUT_CONNECTING : SMTP_POOL_CUT_NONE;
}

int64_t smtp_pool_policy_next_backoff_ms(int64_t backoff_ms) {
    int64_t next_ms = backoff_ms == 0 ? RECONNECT_FIRST_MS : backoff_ms * 2;
    return next_ms < RECONNECT_MOST_MS ? next_ms : RECONNECT_MOST_MS;
}
