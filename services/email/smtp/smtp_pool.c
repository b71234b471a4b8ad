/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_pool_internal.h"
#include <assert.h>
#include <stdlib.h>

static void start(struct smtp_pool *pool) {
    if (pool->is_started)
        return;
    /* Timers on a loop that runs: uv_timer_init has no way to fail. */
    uv_timer_t *timers[] = {&pool->kick, &pool->backoff, &pool->deadline};
    for (size_t at = 0; at < sizeof(timers) / sizeof(timers[0]); at++) {
        uv_timer_init(pool->loop, timers[at]);
        timers[at]->data = pool;
        open_handles_add(&pool->handles);
    }
    pool->is_started = true;
}

static void on_timer_closed(uv_handle_t *handle) {
    struct smtp_pool *pool = handle->data;
    open_handles_remove(&pool->handles);
}

void smtp_pool_close_when_stopped(struct smtp_pool *pool) {
    if (!pool->state.stopping || pool->is_closing || !TAILQ_EMPTY(&pool->sessions) ||
        pool->state.waiting.count > 0)
        return;
    pool->is_closing = true;
    smtp_connector_stop(pool->connector);
    uv_close((uv_handle_t *)&pool->kick, on_timer_closed);
    uv_close((uv_handle_t *)&pool->backoff, on_timer_closed);
    uv_close((uv_handle_t *)&pool->deadline, on_timer_closed);
}

static void on_all_closed(void *data) {
    struct smtp_pool *pool = data;
    pool->is_started = false;
    pool->stopped(pool->events.data);
}

bool smtp_pool_new(struct smtp_pool **pool_out, uv_loop_t *loop, const struct smtp_pool_settings *settings,
                   const struct smtp_pool_events *events, struct error *error) {
    struct smtp_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return error_set(error, "no memory for the SMTP sessions");
    pool->loop = loop;
    pool->events = *events;
    pool->session_events = smtp_pool_session_events(pool);
    pool->timeouts = settings->timeouts;
    smtp_timeouts_fill_in(&pool->timeouts);
    pool->state.connections = settings->connections > 0 ? settings->connections : 1;
    pool->state.limit = pool->state.connections;
    pool->handles = (struct open_handles){.all_closed = on_all_closed, .data = pool};
    TAILQ_INIT(&pool->sessions);
    TAILQ_INIT(&pool->idle);
    struct smtp_pool_settings filled_in = *settings;
    filled_in.timeouts = pool->timeouts;
    if (!smtp_connector_new(&pool->connector, loop, &pool->handles, &filled_in, error)) {
        free(pool);
        return false;
    }
    *pool_out = pool;
    return true;
}

bool smtp_pool_submit(struct smtp_pool *pool, struct smtp_mail *mail) {
    if (!smtp_pool_policy_has_room(&pool->state)) {
        pool->was_refused = true;
        return false;
    }
    start(pool);
    mail->is_probe = false;
    mail_queue_append(&pool->state.waiting, mail);
    smtp_pool_wake(pool);
    return true;
}

void smtp_pool_probe(struct smtp_pool *pool, struct smtp_mail *mail) {
    start(pool);
    mail->is_probe = true;
    mail_queue_prepend(&pool->state.waiting, mail);
    smtp_pool_wake(pool);
}

void smtp_pool_set_limit(struct smtp_pool *pool, size_t limit) {
    size_t most = pool->state.connections;
    size_t new_limit = limit < 1 ? 1 : limit < most ? limit : most;
    if (new_limit == pool->state.limit)
        return;
    pool->state.limit = new_limit;
    smtp_pool_wake(pool);
}

void smtp_pool_hold(struct smtp_pool *pool, bool on) {
    if (pool->state.on_hold == on)
        return;
    pool->state.on_hold = on;
    smtp_pool_wake(pool);
}

struct smtp_pool_counts smtp_pool_counts(const struct smtp_pool *pool) {
    return (struct smtp_pool_counts){
        .connecting = pool->state.sessions[SMTP_SESSION_CONNECTING],
        .idle = pool->state.sessions[SMTP_SESSION_IDLE],
        .busy = pool->state.sessions[SMTP_SESSION_BUSY],
        .waiting = pool->state.waiting.count,
    };
}

bool smtp_pool_withdraw(struct smtp_pool *pool, struct smtp_mail *mail) {
    bool taken = mail_queue_remove(&pool->state.waiting, mail);
    struct smtp_session *session;
    TAILQ_FOREACH(session, &pool->sessions, entry) {
        taken = taken || smtp_session_withdraw(session, mail);
    }
    if (taken)
        smtp_pool_wake(pool);
    return taken;
}

void smtp_pool_break_off(struct smtp_pool *pool) {
    /* Now, and not when the loop comes round: a 354 that is read before would still be followed by a body. */
    struct smtp_session *session;
    TAILQ_FOREACH(session, &pool->sessions, entry) {
        smtp_session_break_off(session);
    }
    pool->broken_off = true;
    smtp_pool_wake(pool);
}

static void on_deadline(uv_timer_t *timer) {
    struct smtp_pool *pool = timer->data;
    pool->state.is_cut = true;
    smtp_pool_dispatch(pool);
}

void smtp_pool_stop(struct smtp_pool *pool, int64_t deadline_ms, void (*stopped)(void *data)) {
    if (pool->state.stopping)
        return;
    start(pool);
    pool->state.stopping = true;
    pool->stopped = stopped;
    uv_timer_start(&pool->deadline, on_deadline, deadline_ms > 0 ? (uint64_t)deadline_ms : 0, 0);
    smtp_pool_wake(pool);
}

void smtp_pool_free(struct smtp_pool *pool) {
    if (pool == NULL)
        return;
    assert(!pool->is_started);
    smtp_connector_free(pool->connector);
    free(pool);
}
