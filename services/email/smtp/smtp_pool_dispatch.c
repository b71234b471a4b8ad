/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_pool_internal.h"
#include <stdio.h>

static void settle_put_back(struct smtp_pool *pool, struct smtp_mail *mail, const char *text) {
    struct smtp_result result = {.fate = SMTP_FATE_PUT_BACK, .phase = SMTP_PHASE_CONNECT};
    snprintf(result.text, sizeof(result.text), "%s", text);
    pool->events.settled(pool->events.data, mail, &result);
}

void smtp_pool_put_back(struct smtp_pool *pool, struct smtp_pool_mails which, const char *text) {
    struct mail_queue *waiting = &pool->state.waiting;
    for (size_t left = waiting->count; left > 0; left--) {
        struct smtp_mail *mail = waiting->first;
        if (mail == NULL)
            return;
        mail_queue_remove(waiting, mail);
        if (smtp_pool_mails_include(which, mail))
            settle_put_back(pool, mail, text);
        else
            mail_queue_append(waiting, mail);
    }
}

/* On hold and when stopping: what has not begun goes back to where it came from. */
static void take_back_what_has_not_begun(struct smtp_pool *pool) {
    const struct smtp_pool_mails back = smtp_pool_policy_taken_back(&pool->state);
    if (!back.probes && !back.others)
        return;
    const char *why =
        pool->state.stopping ? "the worker is stopping" : "on hold: the SMTP server is in trouble";
    smtp_pool_put_back(pool, back, why);
    struct smtp_session *session;
    TAILQ_FOREACH(session, &pool->sessions, entry) {
        struct smtp_mail *mail = smtp_session_unsent(session);
        if (mail != NULL && smtp_pool_mails_include(back, mail) && smtp_session_withdraw(session, mail))
            settle_put_back(pool, mail, why);
    }
}

static void cut_what_is_not_waited_for(struct smtp_pool *pool) {
    const enum smtp_pool_cut cut = smtp_pool_policy_cut(&pool->state);
    if (cut == SMTP_POOL_CUT_NONE)
        return;
    struct smtp_session *session = TAILQ_FIRST(&pool->sessions);
    while (session != NULL) {
        struct smtp_session *next = TAILQ_NEXT(session, entry);
        if (cut == SMTP_POOL_CUT_ALL || session->state == SMTP_SESSION_CONNECTING)
            smtp_session_cut(session, "the worker is stopping");
        session = next;
    }
}

/* Once: those that wait for the reply to a dot end with it by themselves. */
static void cut_what_was_broken_off(struct smtp_pool *pool) {
    if (!pool->broken_off)
        return;
    pool->broken_off = false;
    struct smtp_session *session = TAILQ_FIRST(&pool->sessions);
    while (session != NULL) {
        struct smtp_session *next = TAILQ_NEXT(session, entry);
        if (smtp_session_is_broken_off(session))
            smtp_session_cut(session, "broken off: the mail is another's to send");
        session = next;
    }
}

static void quit_what_is_too_much(struct smtp_pool *pool) {
    while (!TAILQ_EMPTY(&pool->idle) && smtp_pool_policy_quits_idle(&pool->state))
        smtp_session_quit(TAILQ_LAST(&pool->idle, idle_list));
}

static void use_idle_sessions(struct smtp_pool *pool) {
    size_t waiting;
    do {
        struct smtp_session *session = TAILQ_FIRST(&pool->idle);
        waiting = pool->state.waiting.count;
        if (session != NULL && waiting > 0)
            smtp_session_pump(session);
    } while (pool->state.waiting.count < waiting);
}

static void connect_as_needed(struct smtp_pool *pool) {
    while (smtp_pool_policy_connects(&pool->state)) {
        struct error error = {0};
        struct smtp_session *session = smtp_session_open(pool->loop, &pool->handles, pool->connector,
                                                         &pool->timeouts, &pool->session_events, &error);
        if (session == NULL) {
            smtp_pool_not_made(pool, 0, error.text);
            return;
        }
        TAILQ_INSERT_TAIL(&pool->sessions, session, entry);
        pool->state.sessions[SMTP_SESSION_CONNECTING]++;
    }
}

static void do_what_is_due(struct smtp_pool *pool) {
    take_back_what_has_not_begun(pool);
    cut_what_is_not_waited_for(pool);
    cut_what_was_broken_off(pool);
    quit_what_is_too_much(pool);
    use_idle_sessions(pool);
    connect_as_needed(pool);
    if (pool->was_refused && smtp_pool_policy_has_room(&pool->state)) {
        pool->was_refused = false;
        pool->events.has_room(pool->events.data);
    }
}

/* Each round may make more work: a mail settled brings the next. A few rounds, then the loop has its turn. */
void smtp_pool_dispatch(struct smtp_pool *pool) {
    enum { ROUNDS_MOST = 8 };
    pool->depth++;
    pool->has_work = true;
    for (int round = 0; round < ROUNDS_MOST && pool->has_work; round++) {
        pool->has_work = false;
        do_what_is_due(pool);
    }
    pool->depth--;
    smtp_pool_close_when_stopped(pool);
    if (pool->has_work)
        smtp_pool_wake(pool);
}

static void on_kick(uv_timer_t *timer) {
    smtp_pool_dispatch(timer->data);
}

void smtp_pool_wake(struct smtp_pool *pool) {
    pool->has_work = true;
    if (pool->depth == 0 && pool->is_started && !pool->is_closing)
        uv_timer_start(&pool->kick, on_kick, 0, 0);
}
