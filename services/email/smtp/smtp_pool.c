/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_pool.h"
#include "mail_queue.h"
#include "smtp_session.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CONNECTS_AT_ONCE = 8,
    WAITING_MOST = 32,        /* they are built and cost memory; more come as soon as a session takes one */
    RECONNECT_FIRST_MS = 100, /* after a failed connect; doubles … */
    RECONNECT_MOST_MS = 5000, /* … up to here */
};

const struct smtp_timeouts smtp_timeouts_default = {
    .connect = 30 * 1000,
    .greeting = 5 * 60 * 1000,
    .mail = 5 * 60 * 1000,
    .rcpt = 5 * 60 * 1000,
    .data = 2 * 60 * 1000,
    .block = 3 * 60 * 1000,
    .dot = 10 * 60 * 1000,
    .idle = 30 * 1000, /* before servers do it: Postfix and Exim wait 5 minutes, many others one */
    .quit = 5 * 1000,
};

struct smtp_pool {
    uv_loop_t *loop;
    struct smtp_pool_events events;
    struct smtp_timeouts timeouts;
    struct smtp_connector *connector;
    struct smtp_session_events session_events;
    TAILQ_HEAD(session_list, smtp_session) sessions;
    TAILQ_HEAD(idle_list, smtp_session)
    idle; /* the one used last is first, so that the others come to their time-out */
    size_t connections, limit;
    size_t counts[SMTP_SESSION_STATES];
    struct mail_queue waiting;
    bool on_hold, stopping, is_cut;
    bool was_refused; /* smtp_pool_submit said no: has_room is due */
    bool is_started;  /* the handles are on the loop */
    bool is_closing;  /* the handles are going */
    unsigned depth;   /* of calls from the loop into the pool */
    bool has_work;    /* dispatch is due */
    bool backing_off; /* no new session until the timer says so */
    int64_t backoff_ms;
    uv_timer_t kick, backoff, deadline;
    struct open_handles handles;
    void (*stopped)(void *data);
};

static void dispatch(struct smtp_pool *pool);

static void on_kick(uv_timer_t *timer) {
    dispatch(timer->data);
}

/* From a callback the work is done when it returns to the pool, else when the loop comes round. */
static void wake(struct smtp_pool *pool) {
    pool->has_work = true;
    if (pool->depth == 0 && pool->is_started && !pool->is_closing)
        uv_timer_start(&pool->kick, on_kick, 0, 0);
}

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

static size_t sessions_up(const struct smtp_pool *pool) {
    return pool->counts[SMTP_SESSION_IDLE] + pool->counts[SMTP_SESSION_BUSY];
}

static size_t sessions_open(const struct smtp_pool *pool) {
    return pool->counts[SMTP_SESSION_CONNECTING] + sessions_up(pool);
}

static void settle_put_back(struct smtp_pool *pool, struct smtp_mail *mail, const char *text) {
    struct smtp_result result = {.fate = SMTP_FATE_PUT_BACK, .phase = SMTP_PHASE_CONNECT};
    snprintf(result.text, sizeof(result.text), "%s", text);
    pool->events.settled(pool->events.data, mail, &result);
}

/* Puts back every waiting mail of the kind; callbacks may submit new ones meanwhile, which come behind. */
static void put_back_waiting(struct smtp_pool *pool, bool probes, bool others, const char *text) {
    for (size_t left = pool->waiting.count; left > 0; left--) {
        struct smtp_mail *mail = pool->waiting.first;
        if (mail == NULL)
            return;
        mail_queue_remove(&pool->waiting, mail);
        if (mail->is_probe ? probes : others)
            settle_put_back(pool, mail, text);
        else
            mail_queue_append(&pool->waiting, mail);
    }
}

static bool has_probe(const struct smtp_pool *pool) {
    for (const struct smtp_mail *mail = pool->waiting.first; mail != NULL; mail = mail->next)
        if (mail->is_probe)
            return true;
    return false;
}

static void on_enter(void *data) {
    struct smtp_pool *pool = data;
    pool->depth++;
}

static void on_leave(void *data) {
    struct smtp_pool *pool = data;
    pool->depth--;
    if (pool->depth == 0 && pool->has_work)
        dispatch(pool);
}

static struct smtp_mail *on_next_mail(void *data, struct smtp_session *session) {
    struct smtp_pool *pool = data;
    if (pool->stopping || (!pool->on_hold && sessions_open(pool) > pool->limit))
        return NULL;
    for (struct smtp_mail *mail = pool->waiting.first; mail != NULL; mail = mail->next) {
        if ((pool->on_hold && !mail->is_probe) || !smtp_session_has_room(session, mail))
            continue;
        mail_queue_remove(&pool->waiting, mail);
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

static void on_changed(void *data, struct smtp_session *session, enum smtp_session_state before) {
    struct smtp_pool *pool = data;
    pool->counts[before]--;
    pool->counts[session->state]++;
    if (before == SMTP_SESSION_IDLE)
        TAILQ_REMOVE(&pool->idle, session, idle_entry);
    if (session->state == SMTP_SESSION_IDLE) {
        TAILQ_INSERT_HEAD(&pool->idle, session, idle_entry);
        pool->has_work = true;
    }
    if (before == SMTP_SESSION_CONNECTING && session->state == SMTP_SESSION_IDLE) {
        pool->backoff_ms = 0;
        pool->backing_off = false;
        uv_timer_stop(&pool->backoff);
    }
}

static void on_timer_closed(uv_handle_t *handle) {
    struct smtp_pool *pool = handle->data;
    open_handles_remove(&pool->handles);
}

static void on_backoff_over(uv_timer_t *timer) {
    struct smtp_pool *pool = timer->data;
    pool->backing_off = false;
    dispatch(pool);
}

/* Several connects may fail together: that is one reason to wait longer, not several. */
static void back_off(struct smtp_pool *pool) {
    if (pool->backing_off)
        return;
    pool->backing_off = true;
    pool->backoff_ms = pool->backoff_ms == 0 ? RECONNECT_FIRST_MS : pool->backoff_ms * 2;
    if (pool->backoff_ms > RECONNECT_MOST_MS)
        pool->backoff_ms = RECONNECT_MOST_MS;
    uv_timer_start(&pool->backoff, on_backoff_over, (uint64_t)pool->backoff_ms, 0);
}

static void tell_not_made(struct smtp_pool *pool, int code, const char *text) {
    back_off(pool);
    if (!pool->stopping)
        pool->events.trouble(pool->events.data, code, text, sessions_up(pool));
    put_back_waiting(pool, true, false, text);
}

static void on_ended(void *data, struct smtp_session *session, const struct smtp_session_end *end) {
    struct smtp_pool *pool = data;
    TAILQ_REMOVE(&pool->sessions, session, entry);
    pool->has_work = true;
    if (end->verdict == SMTP_SESSION_NOT_MADE)
        tell_not_made(pool, end->code, end->text);
    else if (end->verdict == SMTP_SESSION_TROUBLE)
        pool->events.trouble(pool->events.data, end->code, end->text, sessions_up(pool));
}

static bool may_connect(const struct smtp_pool *pool) {
    size_t connecting = pool->counts[SMTP_SESSION_CONNECTING];
    bool is_probing = has_probe(pool);
    if (pool->stopping || (pool->on_hold && !is_probing))
        return false;
    if (pool->on_hold) /* the busy ones may be stuck: a probe does not wait for them */
        return connecting == 0 && pool->counts[SMTP_SESSION_IDLE] == 0 &&
               sessions_open(pool) < pool->connections;
    if (pool->backing_off && !is_probing)
        return false;
    size_t at_once = pool->backoff_ms > 0 ? 1 : CONNECTS_AT_ONCE;
    return pool->waiting.count > connecting && connecting < at_once &&
           sessions_open(pool) + pool->counts[SMTP_SESSION_QUITTING] < pool->limit;
}

static void connect_as_needed(struct smtp_pool *pool) {
    while (may_connect(pool)) {
        struct error error = {0};
        struct smtp_session *session = smtp_session_open(pool->loop, &pool->handles, pool->connector,
                                                         &pool->timeouts, &pool->session_events, &error);
        if (session == NULL) {
            tell_not_made(pool, 0, error.text);
            return;
        }
        TAILQ_INSERT_TAIL(&pool->sessions, session, entry);
        pool->counts[SMTP_SESSION_CONNECTING]++;
    }
}

static void use_idle_sessions(struct smtp_pool *pool) {
    size_t waiting;
    do {
        struct smtp_session *session = TAILQ_FIRST(&pool->idle);
        waiting = pool->waiting.count;
        if (session != NULL && waiting > 0)
            smtp_session_pump(session);
    } while (pool->waiting.count < waiting);
}

static void quit_what_is_too_much(struct smtp_pool *pool) {
    while ((pool->stopping || sessions_open(pool) > pool->limit) && !TAILQ_EMPTY(&pool->idle))
        smtp_session_quit(TAILQ_LAST(&pool->idle, idle_list));
}

/* On hold and when stopping: what has not begun goes back to where it came from. */
static void take_back_what_has_not_begun(struct smtp_pool *pool) {
    const char *why = pool->stopping ? "the worker is stopping" : "on hold: the SMTP server is in trouble";
    put_back_waiting(pool, pool->stopping, true, why);
    struct smtp_session *session;
    TAILQ_FOREACH(session, &pool->sessions, entry) {
        struct smtp_mail *mail = smtp_session_unsent(session);
        if (mail != NULL && (pool->stopping || !mail->is_probe) && smtp_session_withdraw(session, mail))
            settle_put_back(pool, mail, why);
    }
}

static void cut_sessions(struct smtp_pool *pool, bool only_connecting) {
    struct smtp_session *session = TAILQ_FIRST(&pool->sessions);
    while (session != NULL) {
        struct smtp_session *next = TAILQ_NEXT(session, entry);
        if (!only_connecting || session->state == SMTP_SESSION_CONNECTING)
            smtp_session_cut(session, "the worker is stopping");
        session = next;
    }
}

static bool has_room(const struct smtp_pool *pool) {
    return !pool->on_hold && !pool->stopping && pool->waiting.count < pool->limit &&
           pool->waiting.count < WAITING_MOST;
}

static void do_what_is_due(struct smtp_pool *pool) {
    if (pool->on_hold || pool->stopping)
        take_back_what_has_not_begun(pool);
    if (pool->stopping || (pool->on_hold && !has_probe(pool)))
        cut_sessions(pool, !pool->is_cut);
    quit_what_is_too_much(pool);
    use_idle_sessions(pool);
    connect_as_needed(pool);
    if (pool->was_refused && has_room(pool)) {
        pool->was_refused = false;
        pool->events.has_room(pool->events.data);
    }
}

static void close_when_stopped(struct smtp_pool *pool) {
    if (!pool->stopping || pool->is_closing || !TAILQ_EMPTY(&pool->sessions) || pool->waiting.count > 0)
        return;
    pool->is_closing = true;
    smtp_connector_stop(pool->connector);
    uv_close((uv_handle_t *)&pool->kick, on_timer_closed);
    uv_close((uv_handle_t *)&pool->backoff, on_timer_closed);
    uv_close((uv_handle_t *)&pool->deadline, on_timer_closed);
}

/* Each round may make more work: a mail settled brings the next. A few rounds, then the loop has its turn. */
static void dispatch(struct smtp_pool *pool) {
    enum { ROUNDS_MOST = 8 };
    pool->depth++;
    pool->has_work = true;
    for (int round = 0; round < ROUNDS_MOST && pool->has_work; round++) {
        pool->has_work = false;
        do_what_is_due(pool);
    }
    pool->depth--;
    close_when_stopped(pool);
    if (pool->has_work)
        wake(pool);
}

static void on_all_closed(void *data) {
    struct smtp_pool *pool = data;
    pool->is_started = false;
    pool->stopped(pool->events.data);
}

static void fill_in_timeouts(struct smtp_timeouts *timeouts) {
    int64_t *values[] = {&timeouts->connect, &timeouts->greeting, &timeouts->mail,
                         &timeouts->rcpt,    &timeouts->data,     &timeouts->block,
                         &timeouts->dot,     &timeouts->idle,     &timeouts->quit};
    const struct smtp_timeouts *defaults = &smtp_timeouts_default;
    const int64_t fallbacks[] = {defaults->connect, defaults->greeting, defaults->mail,
                                 defaults->rcpt,    defaults->data,     defaults->block,
                                 defaults->dot,     defaults->idle,     defaults->quit};
    for (size_t at = 0; at < sizeof(values) / sizeof(values[0]); at++)
        if (*values[at] <= 0)
            *values[at] = fallbacks[at];
}

bool smtp_pool_new(struct smtp_pool **pool_out, uv_loop_t *loop, const struct smtp_pool_settings *settings,
                   const struct smtp_pool_events *events, struct error *error) {
    struct smtp_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return error_set(error, "no memory for the SMTP sessions");
    pool->loop = loop;
    pool->events = *events;
    pool->timeouts = settings->timeouts;
    fill_in_timeouts(&pool->timeouts);
    pool->connections = settings->connections > 0 ? settings->connections : 1;
    pool->limit = pool->connections;
    pool->handles = (struct open_handles){.all_closed = on_all_closed, .data = pool};
    pool->session_events = (struct smtp_session_events){
        .enter = on_enter,
        .leave = on_leave,
        .next_mail = on_next_mail,
        .settled = on_settled,
        .replied = on_replied,
        .changed = on_changed,
        .ended = on_ended,
        .data = pool,
    };
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
    if (!has_room(pool)) {
        pool->was_refused = true;
        return false;
    }
    start(pool);
    mail->is_probe = false;
    mail_queue_append(&pool->waiting, mail);
    wake(pool);
    return true;
}

void smtp_pool_probe(struct smtp_pool *pool, struct smtp_mail *mail) {
    start(pool);
    mail->is_probe = true;
    mail_queue_prepend(&pool->waiting, mail);
    wake(pool);
}

void smtp_pool_set_limit(struct smtp_pool *pool, size_t limit) {
    size_t new_limit = limit < 1 ? 1 : limit < pool->connections ? limit : pool->connections;
    if (new_limit == pool->limit)
        return;
    pool->limit = new_limit;
    wake(pool);
}

void smtp_pool_hold(struct smtp_pool *pool, bool on) {
    if (pool->on_hold == on)
        return;
    pool->on_hold = on;
    wake(pool);
}

struct smtp_pool_counts smtp_pool_counts(const struct smtp_pool *pool) {
    return (struct smtp_pool_counts){
        .connecting = pool->counts[SMTP_SESSION_CONNECTING],
        .idle = pool->counts[SMTP_SESSION_IDLE],
        .busy = pool->counts[SMTP_SESSION_BUSY],
        .waiting = pool->waiting.count,
    };
}

bool smtp_pool_withdraw(struct smtp_pool *pool, struct smtp_mail *mail) {
    bool taken = mail_queue_remove(&pool->waiting, mail);
    struct smtp_session *session;
    TAILQ_FOREACH(session, &pool->sessions, entry) {
        taken = taken || smtp_session_withdraw(session, mail);
    }
    if (taken)
        wake(pool);
    return taken;
}

static void on_deadline(uv_timer_t *timer) {
    struct smtp_pool *pool = timer->data;
    pool->is_cut = true;
    dispatch(pool);
}

void smtp_pool_stop(struct smtp_pool *pool, int64_t deadline_ms, void (*stopped)(void *data)) {
    if (pool->stopping)
        return;
    start(pool);
    pool->stopping = true;
    pool->stopped = stopped;
    uv_timer_start(&pool->deadline, on_deadline, deadline_ms > 0 ? (uint64_t)deadline_ms : 0, 0);
    wake(pool);
}

void smtp_pool_free(struct smtp_pool *pool) {
    if (pool == NULL)
        return;
    assert(!pool->is_started);
    smtp_connector_free(pool->connector);
    free(pool);
}
