/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the pool share; for no one else. smtp_pool.c has the interface and the life cycle,
 * smtp_pool_sessions.c hears what sessions tell, smtp_pool_dispatch.c does what is due: what that is,
 * smtp_pool_policy decides.
 */
#ifndef NOTIFY_EMAIL_SMTP_POOL_INTERNAL_H
#define NOTIFY_EMAIL_SMTP_POOL_INTERNAL_H

#include "smtp_pool.h"
#include "smtp_pool_policy.h"
#include "smtp_session.h"

struct smtp_pool {
    uv_loop_t *loop;
    struct smtp_pool_events events;
    struct smtp_timeouts timeouts;
    struct smtp_connector *connector;
    struct smtp_session_events session_events;
    TAILQ_HEAD(session_list, smtp_session) sessions;
    TAILQ_HEAD(idle_list, smtp_session)
    idle; /* the one used last is first, so that the others come to their time-out */
    struct smtp_pool_state state;
    bool was_refused; /* smtp_pool_submit said no: has_room is due */
    bool is_started;  /* the handles are on the loop */
    bool is_closing;  /* the handles are going */
    unsigned depth;   /* of calls from the loop into the pool */
    bool has_work;    /* smtp_pool_dispatch is due */
    bool broken_off;  /* smtp_pool_break_off was called: there may be sessions to cut */
    uv_timer_t kick, backoff, deadline;
    struct open_handles handles;
    void (*stopped)(void *data);
};

/* smtp_pool.c */
void smtp_pool_close_when_stopped(struct smtp_pool *pool);

/* smtp_pool_sessions.c */
struct smtp_session_events smtp_pool_session_events(struct smtp_pool *pool);
/* A session could not be made. */
void smtp_pool_not_made(struct smtp_pool *pool, int code, const char *text);

/* smtp_pool_dispatch.c */
void smtp_pool_dispatch(struct smtp_pool *pool);
/* There is something to dispatch: from a callback it is done when that returns to the pool, else when the
 * loop comes round. */
void smtp_pool_wake(struct smtp_pool *pool);
/* Puts back every waiting mail of the kind; callbacks may submit new ones meanwhile, which come behind. */
void smtp_pool_put_back(struct smtp_pool *pool, struct smtp_pool_mails which, const char *text);

#endif
