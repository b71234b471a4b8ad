/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One session of the pool: a connection, the machine that speaks on it, and the time-outs. It lives from
 * smtp_session_open() until its ended event, and frees itself once its handles are off the loop.
 */
#ifndef NOTIFY_EMAIL_SMTP_SESSION_H
#define NOTIFY_EMAIL_SMTP_SESSION_H

#include "smtp_connection.h"
#include "smtp_session_state.h"
#include <sys/queue.h>

enum smtp_session_verdict {
    SMTP_SESSION_ORDERLY,  /* QUIT, cut on demand, closed by the server while it had nothing to do, or because
                              it had  enough mails */
    SMTP_SESSION_NOT_MADE, /* connecting failed */
    SMTP_SESSION_TROUBLE,  /* it ended with a mail or a reply due */
};

struct smtp_session_end {
    enum smtp_session_verdict verdict;
    int code; /* the server's, 0: none */
    const char *text;
};

struct smtp_session;

struct smtp_session_events {
    /* Every call from the loop into the session lies between these two. */
    void (*enter)(void *data);
    void (*leave)(void *data);
    /* The next mail for a session; NULL: none. Asked for as late as possible. */
    struct smtp_mail *(*next_mail)(void *data);
    void (*settled)(void *data, struct smtp_mail *mail, const struct smtp_result *result);
    void (*replied)(void *data, enum smtp_phase phase, int code);
    void (*changed)(void *data, struct smtp_session *session, enum smtp_session_state before);
    /* The last but the mails' settling, which follows. The session is not to be used any more. */
    void (*ended)(void *data, struct smtp_session *session, const struct smtp_session_end *end);
    void *data;
};

struct smtp_session {
    TAILQ_ENTRY(smtp_session) entry, idle_entry; /* the pool's */
    enum smtp_session_state state;
    uv_loop_t *loop;
    struct open_handles *handles;
    const struct smtp_timeouts *timeouts;
    struct smtp_session_events events;
    struct smtp_connection *connection;
    struct smtp_machine *machine; /* once it is connected */
    uv_timer_t timer;
    uint64_t deadline; /* uv_now()'s */
    bool greeting_awaited;
    enum smtp_wait wait; /* with progress: what the deadline was set for */
    uint64_t progress;
    uint64_t replies_when_idle; /* none since: the session may have gone stale before the mail came */
    bool was_idle;
    bool has_sent; /* a mail was accepted */
};

/* NULL: no memory, no token, or libcurl refuses. */
struct smtp_session *smtp_session_open(uv_loop_t *loop, struct open_handles *handles,
                                       struct smtp_connector *connector, const struct smtp_timeouts *timeouts,
                                       const struct smtp_session_events *events, struct error *error);
/* Takes mails as it has room, and sends. */
void smtp_session_pump(struct smtp_session *session);
/* Takes the mail back if nothing of it is on its way. */
bool smtp_session_withdraw(struct smtp_session *session, const struct smtp_mail *mail);
/* The mail that could be taken back; NULL: none. */
struct smtp_mail *smtp_session_unsent(const struct smtp_session *session);
/* Idle sessions only. */
void smtp_session_quit(struct smtp_session *session);
/* Its machine is broken off; tells nothing from within. */
void smtp_session_break_off(struct smtp_session *session);
/* It was, and waits for nothing: cut it. */
bool smtp_session_is_broken_off(const struct smtp_session *session);
/* Closes at once; its mails settle by how far they are. */
void smtp_session_cut(struct smtp_session *session, const char *reason);

#endif
