/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECEIVE_ROOM = 16384 };

static void set_state(struct smtp_session *session, enum smtp_session_state state) {
    enum smtp_session_state before = session->state;
    if (before == state)
        return;
    session->state = state;
    session->events.changed(session->events.data, session, before);
}

static void on_timer_closed(uv_handle_t *handle) {
    struct smtp_session *session = handle->data;
    struct open_handles *handles = session->handles;
    smtp_machine_free(session->machine);
    free(session);
    open_handles_remove(handles);
}

static void end(struct smtp_session *session, enum smtp_session_verdict verdict, int code, const char *text) {
    char reason[256]; /* text may be the connection's or the machine's own */
    snprintf(reason, sizeof(reason), "%s", text);
    set_state(session, SMTP_SESSION_ENDED);
    const struct smtp_session_end end = {.verdict = verdict, .code = code, .text = reason};
    session->events.ended(session->events.data, session, &end);
    if (session->machine != NULL)
        smtp_machine_close(session->machine, reason);
    smtp_connection_close(session->connection);
    session->connection = NULL;
    uv_close((uv_handle_t *)&session->timer, on_timer_closed);
}

/* Nothing was under way, or the server closed while the first mail after a pause was: connections do go
 * stale, and that is no trouble. A session that breaks right after it was made is. */
static enum smtp_session_verdict verdict_of_loss(const struct smtp_session *session) {
    if (session->state == SMTP_SESSION_IDLE || session->state == SMTP_SESSION_QUITTING)
        return SMTP_SESSION_ORDERLY;
    bool is_stale = session->was_idle && smtp_machine_replies(session->machine) == session->replies_when_idle;
    return is_stale ? SMTP_SESSION_ORDERLY : SMTP_SESSION_TROUBLE;
}

/* Servers bound the mails of a session and say so to the MAIL that is one too many (Exim after 1,000): the
 * next session goes on. Before any mail was accepted it is sessions that the server has enough of. */
static bool has_served_its_time(const struct smtp_session *session, const struct smtp_result *trouble) {
    return trouble->code == 421 && trouble->phase == SMTP_PHASE_MAIL && session->has_sent;
}

static void end_by_reply(struct smtp_session *session) {
    const struct smtp_result *trouble = smtp_machine_trouble(session->machine);
    if (trouble == NULL) {
        end(session, SMTP_SESSION_ORDERLY, 0,
            session->state == SMTP_SESSION_QUITTING ? "the session was quit" : "the session was broken off");
        return;
    }
    enum smtp_session_verdict verdict = verdict_of_loss(session);
    /* The reply that ends it has been counted: one reply since the pause is none before it. */
    bool is_stale = session->was_idle && trouble->code == 421 &&
                    smtp_machine_replies(session->machine) == session->replies_when_idle + 1;
    if (is_stale || has_served_its_time(session, trouble))
        verdict = SMTP_SESSION_ORDERLY;
    end(session, verdict, trouble->code, trouble->text);
}

static int64_t timeout_of(const struct smtp_session *session, enum smtp_wait wait) {
    const struct smtp_timeouts *timeouts = session->timeouts;
    switch (wait) {
    case SMTP_WAIT_NONE:
        return timeouts->idle;
    case SMTP_WAIT_MAIL:
        return timeouts->mail;
    case SMTP_WAIT_RCPT:
        return timeouts->rcpt;
    case SMTP_WAIT_DATA:
        return timeouts->data;
    case SMTP_WAIT_BLOCK:
        return timeouts->block;
    case SMTP_WAIT_DOT:
        return timeouts->dot;
    case SMTP_WAIT_QUIT:
        return timeouts->quit;
    }
    return timeouts->idle;
}

static const char *wait_name(enum smtp_wait wait) {
    static const char *const names[] = {
        [SMTP_WAIT_NONE] = "anything",     [SMTP_WAIT_MAIL] = "MAIL",
        [SMTP_WAIT_RCPT] = "RCPT",         [SMTP_WAIT_DATA] = "DATA",
        [SMTP_WAIT_BLOCK] = "the message", [SMTP_WAIT_DOT] = "the end of the message",
        [SMTP_WAIT_QUIT] = "QUIT",
    };
    return names[wait];
}

static void on_timer(uv_timer_t *timer);

/* The timer runs on when the deadline moves away, which it does with every reply, and looks again when it
 * fires. */
static void set_deadline(struct smtp_session *session, int64_t timeout_ms) {
    uint64_t now = uv_now(session->loop);
    session->deadline = now + (uint64_t)timeout_ms;
    bool fires_in_time = uv_is_active((uv_handle_t *)&session->timer) &&
                         uv_timer_get_due_in(&session->timer) <= (uint64_t)timeout_ms;
    if (!fires_in_time) /* cannot fail: the handle is not closing, the callback is there */
        uv_timer_start(&session->timer, on_timer, (uint64_t)timeout_ms, 0);
}

static void follow_progress(struct smtp_session *session, bool anew) {
    enum smtp_wait wait = smtp_machine_wait(session->machine);
    uint64_t progress = smtp_machine_progress(session->machine);
    if (!anew && wait == session->wait && progress == session->progress)
        return;
    session->wait = wait;
    session->progress = progress;
    set_deadline(session, timeout_of(session, wait));
}

static void time_out(struct smtp_session *session) {
    char text[160];
    if (session->state == SMTP_SESSION_IDLE) {
        smtp_session_quit(session);
    } else if (session->state == SMTP_SESSION_CONNECTING) {
        snprintf(text, sizeof(text),
                 session->greeting_awaited ? "the SMTP server did not greet within %lld ms"
                                           : "the SMTP server did not connect within %lld ms",
                 (long long)(session->greeting_awaited ? session->timeouts->greeting
                                                       : session->timeouts->connect));
        end(session, SMTP_SESSION_NOT_MADE, 0, text);
    } else if (session->state == SMTP_SESSION_QUITTING) {
        end(session, SMTP_SESSION_ORDERLY, 0, "the session was quit, and the server kept silent");
    } else {
        /* A late reply would be taken for the next mail's: the session is not used again. */
        snprintf(text, sizeof(text), "time-out: no answer to %s within %lld ms", wait_name(session->wait),
                 (long long)timeout_of(session, session->wait));
        end(session, SMTP_SESSION_TROUBLE, 0, text);
    }
}

static void on_timer(uv_timer_t *timer) {
    struct smtp_session *session = timer->data;
    uint64_t now = uv_now(session->loop);
    if (session->state == SMTP_SESSION_ENDED)
        return;
    if (now < session->deadline) {
        uv_timer_start(&session->timer, on_timer, session->deadline - now, 0);
        return;
    }
    if (session->state == SMTP_SESSION_CONNECTING && !session->greeting_awaited &&
        smtp_connection_has_tcp(session->connection)) {
        session->greeting_awaited = true;
        set_deadline(session, session->timeouts->greeting);
        return;
    }
    session->events.enter(session->events.data);
    time_out(session);
    session->events.leave(session->events.data);
}

static void take_mails(struct smtp_session *session) {
    struct smtp_mail *mail;
    while (smtp_machine_has_room(session->machine) &&
           (mail = session->events.next_mail(session->events.data)) != NULL) {
        if (session->state == SMTP_SESSION_IDLE)
            set_state(session, SMTP_SESSION_BUSY);
        smtp_machine_give(session->machine, mail);
    }
}

/* False: the session has ended. */
static bool send_output(struct smtp_session *session) {
    for (;;) {
        size_t size = 0, sent = 0;
        take_mails(session);
        const char *bytes = smtp_machine_output(session->machine, &size);
        if (size == 0) {
            smtp_connection_want_write(session->connection, false);
            return true;
        }
        enum smtp_transfer transfer = smtp_connection_send(session->connection, bytes, size, &sent);
        smtp_machine_sent(session->machine, sent);
        if (transfer == SMTP_TRANSFER_CLOSED) {
            end(session, verdict_of_loss(session), 0, "the connection was lost");
            return false;
        }
        if (transfer == SMTP_TRANSFER_AGAIN) {
            smtp_connection_want_write(session->connection, true);
            return true;
        }
    }
}

void smtp_session_pump(struct smtp_session *session) {
    if (session->state == SMTP_SESSION_CONNECTING || session->state == SMTP_SESSION_ENDED ||
        !send_output(session))
        return;
    bool is_idle = smtp_machine_mail_count(session->machine) == 0 && session->state != SMTP_SESSION_QUITTING;
    if (is_idle) {
        session->was_idle = true;
        session->replies_when_idle = smtp_machine_replies(session->machine);
        set_state(session, SMTP_SESSION_IDLE);
    }
    follow_progress(session, false);
}

/* False: the session has ended. */
static bool receive(struct smtp_session *session) {
    char bytes[RECEIVE_ROOM];
    for (;;) {
        size_t size = 0;
        switch (smtp_connection_receive(session->connection, bytes, sizeof(bytes), &size)) {
        case SMTP_TRANSFER_AGAIN:
            return true;
        case SMTP_TRANSFER_CLOSED:
            end(session, verdict_of_loss(session), 0, "the SMTP server closed the connection");
            return false;
        case SMTP_TRANSFER_DONE:
            if (smtp_machine_received(session->machine, bytes, size))
                break;
            end_by_reply(session);
            return false;
        }
    }
}

static void on_ready(void *data) {
    struct smtp_session *session = data;
    session->events.enter(session->events.data);
    if (receive(session))
        smtp_session_pump(session);
    session->events.leave(session->events.data);
}

static void on_settled(void *data, struct smtp_mail *mail, const struct smtp_result *result) {
    struct smtp_session *session = data;
    session->events.settled(session->events.data, mail, result);
}

static void on_replied(void *data, enum smtp_phase phase, int code) {
    struct smtp_session *session = data;
    session->has_sent = session->has_sent || (phase == SMTP_PHASE_DOT && code >= 200 && code < 300);
    session->events.replied(session->events.data, phase, code);
}

static void on_connected(void *data) {
    struct smtp_session *session = data;
    const struct smtp_machine_events events = {.settled = on_settled, .replied = on_replied, .data = session};
    session->events.enter(session->events.data);
    session->machine = smtp_machine_new(smtp_connection_extensions(session->connection), &events);
    if (session->machine == NULL) {
        end(session, SMTP_SESSION_NOT_MADE, 0, "no memory for an SMTP session");
    } else {
        set_state(session, SMTP_SESSION_IDLE);
        follow_progress(session, true);
        /* Read before anything else: what libcurl has read already shows in no poll, and until it is read
         * from, libcurl takes the connection for an unused one that it may clear away when the next one is
         * made. */
        if (receive(session))
            smtp_session_pump(session);
    }
    session->events.leave(session->events.data);
}

static void on_failed(void *data, int code, const char *text) {
    struct smtp_session *session = data;
    session->events.enter(session->events.data);
    end(session, SMTP_SESSION_NOT_MADE, code, text);
    session->events.leave(session->events.data);
}

struct smtp_session *smtp_session_open(uv_loop_t *loop, struct open_handles *handles,
                                       struct smtp_connector *connector, const struct smtp_timeouts *timeouts,
                                       const struct smtp_session_events *events, struct error *error) {
    struct smtp_session *session = calloc(1, sizeof(*session));
    error_set(error, "no memory for an SMTP session");
    if (session == NULL)
        return NULL;
    const struct smtp_connection_events connection_events = {
        .connected = on_connected, .failed = on_failed, .ready = on_ready, .data = session};
    *session = (struct smtp_session){.state = SMTP_SESSION_CONNECTING,
                                     .loop = loop,
                                     .handles = handles,
                                     .timeouts = timeouts,
                                     .events = *events};
    session->connection = smtp_connection_open(connector, &connection_events, error);
    if (session->connection == NULL || uv_timer_init(loop, &session->timer) != 0) {
        if (session->connection != NULL)
            smtp_connection_close(session->connection);
        free(session);
        return NULL;
    }
    open_handles_add(handles);
    session->timer.data = session;
    set_deadline(session, timeouts->connect);
    return session;
}

struct smtp_mail *smtp_session_unsent(const struct smtp_session *session) {
    return session->machine != NULL ? smtp_machine_unsent(session->machine) : NULL;
}

bool smtp_session_withdraw(struct smtp_session *session, const struct smtp_mail *mail) {
    return session->machine != NULL && smtp_machine_withdraw(session->machine, mail);
}

void smtp_session_quit(struct smtp_session *session) {
    smtp_machine_quit(session->machine);
    set_state(session, SMTP_SESSION_QUITTING);
    smtp_session_pump(session);
}

void smtp_session_break_off(struct smtp_session *session) {
    if (session->machine != NULL)
        smtp_machine_break_off(session->machine);
}

bool smtp_session_is_broken_off(const struct smtp_session *session) {
    return session->machine != NULL && smtp_machine_is_broken_off(session->machine);
}

void smtp_session_cut(struct smtp_session *session, const char *reason) {
    end(session, SMTP_SESSION_ORDERLY, 0, reason);
}
