/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SMTP sessions of a worker, on its libuv loop. libcurl connects (CONNECT_ONLY in the multi interface:
 * TCP, TLS, greeting, EHLO, STARTTLS, AUTH, none of it blocking); then the session speaks through
 * curl_easy_send/recv with an smtp_machine. The pool grows with need up to the limit, closes idle sessions,
 * and drops a session after any time-out: a late reply would be taken for the next mail's.
 *
 * It judges nothing: what a result means for a mail, and whether the server as a whole is in trouble, is
 * outcome_policy's and circuit_breaker's to say. All calls and callbacks on the loop's thread; callbacks may
 * call back in, except smtp_pool_free. No callback comes from inside a call: what a call causes happens later
 * on the loop.
 */
#ifndef NOTIFY_EMAIL_SMTP_POOL_H
#define NOTIFY_EMAIL_SMTP_POOL_H

#include "../../common/error.h"
#include "smtp_mail.h"
#include "smtp_timeouts.h"
#include <uv.h>

enum smtp_tls {
    SMTP_TLS_REQUIRED,
    /* In clear where STARTTLS is not offered, or is offered and refused (454). Whoever can forge the one can
     * forge the other, so to insist on the offer would protect nobody and only hold mails back (RFC 3207 §4.1
     * leaves it to the client, RFC 7435 falls back). Once TLS begins a bad certificate is trouble here too.
     */
    SMTP_TLS_OPPORTUNISTIC,
    SMTP_TLS_NONE /* smtps:// has TLS all the same */
};

struct smtp_pool_settings {
    const char *url;                 /* smtp://host:port or smtps://host:port */
    const char *username, *password; /* NULL or "": no AUTH. Given, a missing 235 is a refusal, they never go
                                        in clear, and SMTP_TLS_OPPORTUNISTIC is as SMTP_TLS_REQUIRED */
    const char *oauth_token_file;    /* instead of a password: OAUTHBEARER or XOAUTH2 with the token that this
                                        file holds when a session is made */
    enum smtp_tls tls;
    const char *ca_location; /* a PEM file; NULL or "": the system's */
    const char *helo_name;   /* NULL: the host's name */
    size_t connections;      /* most sessions at once */
    struct smtp_timeouts timeouts;
};

struct smtp_pool_events {
    void (*settled)(void *data, struct smtp_mail *mail, const struct smtp_result *result);
    /* A session takes the mail: its MAIL is sent next. NULL: not told. */
    void (*begins)(void *data, struct smtp_mail *mail);
    /* There may be room now for mails that smtp_pool_submit refused. */
    void (*has_room)(void *data);
    /* A session could not be set up, or ended with 421 (code), or a reply was lost. sessions_up: how many
     * others are up. It comes before the session's mails are settled. A session that the server closes while
     * idle, or before it answered anything to the first mail after a pause, just went stale: that is no
     * trouble, and such a mail is put back. Nor is a 421 to MAIL in a session that had a mail accepted: the
     * server bounds a session's mails. */
    void (*trouble)(void *data, int code, const char *text, size_t sessions_up);
    /* Every reply to MAIL, RCPT, DATA and the dot. */
    void (*replied)(void *data, enum smtp_phase phase, int code);
    void *data;
};

struct smtp_pool;

/* Copies the settings. False: no memory, or the settings are no good, or libcurl refuses the URL (exit status
 * 78). Nothing is on the loop until the first mail is submitted. */
bool smtp_pool_new(struct smtp_pool **pool_out, uv_loop_t *loop, const struct smtp_pool_settings *settings,
                   const struct smtp_pool_events *events, struct error *error);

/* Takes a mail, to be settled later; false: no room now (as many mails wait as sessions are allowed, or 32,
 * or the pool is on hold or stopping), has_room tells when. */
bool smtp_pool_submit(struct smtp_pool *pool, struct smtp_mail *mail);

/* The most sessions that may be open from now on, 1 to settings.connections (the policy halves it, and lets
 * it recover). */
void smtp_pool_set_limit(struct smtp_pool *pool, size_t limit);
/* While on, no session is made and nothing submitted is sent, except by smtp_pool_probe: mails not begun are
 * settled PUT_BACK. Mails on the wire go on. */
void smtp_pool_hold(struct smtp_pool *pool, bool on);
/* Sends this one mail although on hold, on a session of its own if none is up. It is settled PUT_BACK if
 * there is none to be had: after trouble told why. */
void smtp_pool_probe(struct smtp_pool *pool, struct smtp_mail *mail);

struct smtp_pool_counts {
    size_t connecting, idle, busy, waiting;
};
struct smtp_pool_counts smtp_pool_counts(const struct smtp_pool *pool);

/* Takes a mail back if it is still waiting for a session or nothing of it is on the wire; true: it is the
 * caller's again, no callback. */
bool smtp_pool_withdraw(struct smtp_pool *pool, struct smtp_mail *mail);
/* From the return on no body begins and none is finished: for mails that are another's to send now. A session
 * with a mail is closed without a dot, unless the dot is wholly sent: then its reply is waited for, and the
 * session ends with it, while a mail behind it goes no further than its envelope. Idle sessions stay, and new
 * mails may be submitted. */
void smtp_pool_break_off(struct smtp_pool *pool);
/* Sends nothing new, waits for the replies of what is on the wire, QUITs. stopped is called once all is
 * closed, with the data of the events; at deadline_ms from now what is left is cut, open envelopes without a
 * dot. */
void smtp_pool_stop(struct smtp_pool *pool, int64_t deadline_ms, void (*stopped)(void *data));
/* After stopped, or before anything was submitted. NULL is fine. */
void smtp_pool_free(struct smtp_pool *pool);

#endif
