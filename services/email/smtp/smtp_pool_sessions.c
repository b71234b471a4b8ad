/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_pool_internal.h"

static void on_enter(void *data) {
    struct smtp_pool *pool = data;
    pool->depth++;
}

static void on_leave(void *data) {
    struct smtp_pool *pool = data;
    pool->depth--;
    if (pool->depth == 0 && pool->has_work)
        smtp_pool_dispatch(pool);
}

static struct smtp_mail *on_next_mail(void *data) {
    struct smtp_pool *pool = data;
    const struct smtp_pool_mails sendable = smtp_pool_policy_sendable(&pool->state);
    if (!sendable.probes && !sendable.others)
        return NULL;
    for (struct smtp_mail *mail = pool->state.waiting.first; mail != NULL; mail = mail->next) {
        if (!smtp_pool_mails_include(sendable, mail))
            continue;
        mail_queue_remove(&pool->state.waiting, mail);
        pool->has_work |= pool->was_refused;
        if (pool->events.begins != NULL)
            pool->events.begins(pool->events.data, mail);
        return mail;
    }
    return NULL;
}

static void on_settled(void *data, struct smtp_mail *mail, const struct smtp_result *result) {
    struct smtp_pool *pool = data;
    pool->events.settled(pool->events.data, mail, result);
}

static void on_replied(void *data, enum smtp_phase phase, int code) {
    struct smtp_pool *pool = data;
    pool->events.replied(pool->events.data, phase, code);
}

/* --- new sessions: after a failed connect one at a time, and with pauses between --- */

static void on_backoff_over(uv_timer_t *timer) {
    struct smtp_pool *pool = timer->data;
    pool->state.backing_off = false;
    smtp_pool_dispatch(pool);
}

/* Several connects may fail together: that is one reason to wait longer, not several. */
static void back_off(struct smtp_pool *pool) {
    struct smtp_pool_state *state = &pool->state;
    if (state->backing_off)
        return;
    state->backing_off = true;
    state->backoff_ms = smtp_pool_policy_next_backoff_ms(state->backoff_ms);
    uv_timer_start(&pool->backoff, on_backoff_over, (uint64_t)state->backoff_ms, 0);
}

static void end_backing_off(struct smtp_pool *pool) {
    pool->state.backoff_ms = 0;
    pool->state.backing_off = false;
    uv_timer_stop(&pool->backoff);
}

void smtp_pool_not_made(struct smtp_pool *pool, int code, const char *text) {
    back_off(pool);
    if (!pool->state.stopping)
        pool->events.trouble(pool->events.data, code, text, smtp_pool_sessions_up(&pool->state));
    smtp_pool_put_back(pool, (struct smtp_pool_mails){.probes = true}, text);
}

static void on_changed(void *data, struct smtp_session *session, enum smtp_session_state before) {
    struct smtp_pool *pool = data;
    pool->state.sessions[before]--;
    pool->state.sessions[session->state]++;
    if (before == SMTP_SESSION_IDLE)
        TAILQ_REMOVE(&pool->idle, session, idle_entry);
    if (session->state == SMTP_SESSION_IDLE) {
        TAILQ_INSERT_HEAD(&pool->idle, session, idle_entry);
        pool->has_work = true;
    }
    if (before == SMTP_SESSION_CONNECTING && session->state == SMTP_SESSION_IDLE)
        end_backing_off(pool);
}

static void on_ended(void *data, struct smtp_session *session, const struct smtp_session_end *end) {
    struct smtp_pool *pool = data;
    TAILQ_REMOVE(&pool->sessions, session, entry);
    pool->has_work = true;
    if (end->verdict == SMTP_SESSION_NOT_MADE)
        smtp_pool_not_made(pool, end->code, end->text);
    else if (end->verdict == SMTP_SESSION_TROUBLE)
        pool->events.trouble(pool->events.data, end->code, end->text, smtp_pool_sessions_up(&pool->state));
}

struct smtp_session_events smtp_pool_session_events(struct smtp_pool *pool) {
    return (struct smtp_session_events){
        .enter = on_enter,
        .leave = on_leave,
        .next_mail = on_next_mail,
        .settled = on_settled,
        .replied = on_replied,
        .changed = on_changed,
        .ended = on_ended,
        .data = pool,
    };
}
