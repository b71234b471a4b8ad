/* SPDX-License-Identifier: Apache-2.0 */
/* A pool on a loop of its own, a scripted server as a child process, and a record of all that the pool tells.
 */
#ifndef NOTIFY_TESTS_POOL_FIXTURE_H
#define NOTIFY_TESTS_POOL_FIXTURE_H

#include "email/smtp/smtp_pool.h"
#include <sys/types.h>

enum { FIXTURE_MAILS = 2000 };

struct fixture_mail {
    struct smtp_mail mail;
    char recipient[64];
    unsigned settled;
    struct smtp_result result; /* the last */
};

struct fixture {
    char folder[64]; /* for the log and the certificates */
    pid_t server;
    int port;
    uv_loop_t loop;
    struct smtp_pool *pool;
    struct fixture_mail mails[FIXTURE_MAILS];
    size_t mail_count, submitted, done;
    struct smtp_mail *again[FIXTURE_MAILS]; /* put back, and no room for them since */
    size_t again_count;
    bool keep_put_back;   /* else a mail that is put back is submitted again */
    bool hold_on_trouble; /* as the circuit breaker does */
    unsigned troubles, fates[SMTP_FATE_UNSUPPORTED + 1];
    int trouble_code; /* the last */
    size_t trouble_sessions_up;
    char trouble_text[300];
    bool stopped;
};

void fixture_set_up(struct fixture *fixture);
void fixture_tear_down(struct fixture *fixture);
/* Starts the server with these options (ends with NULL), "{folder}" in them replaced; returns when it
 * listens. */
void fixture_serve(struct fixture *fixture, const char *const *options);
/* scheme://localhost:port */
const char *fixture_url(struct fixture *fixture, const char *scheme);
/* A certificate for the name, in {folder}/certificate.pem and {folder}/key.pem. */
void fixture_make_certificate(struct fixture *fixture, const char *name);
const char *fixture_path(struct fixture *fixture, const char *name);

/* Settings with short time-outs; the test changes what it wants. */
struct smtp_pool_settings fixture_settings(struct fixture *fixture, const char *scheme);
void fixture_make_pool(struct fixture *fixture, const struct smtp_pool_settings *settings);
/* With these settings, for smtp:// */
void fixture_make_plain_pool(struct fixture *fixture);
struct fixture_mail *fixture_add_mail(struct fixture *fixture, const char *recipient);
/* To prefix-0@example.com, prefix-1@example.com, … */
void fixture_add_mails(struct fixture *fixture, const char *prefix, unsigned count);
void fixture_submit(struct fixture *fixture);
void fixture_submit_and_wait(struct fixture *fixture);

/* Runs the loop until the condition holds; fails the test after 20 s. */
void fixture_run_until(struct fixture *fixture, bool (*holds)(struct fixture *fixture));
bool fixture_all_done(struct fixture *fixture);
/* The pool holds at the first trouble, so all that was submitted comes back. */
bool fixture_has_trouble_and_nothing_waits(struct fixture *fixture);
bool fixture_has_no_session(struct fixture *fixture);
/* What the server's log says of connections is whole then: none is half made. */
bool fixture_no_session_connects(struct fixture *fixture);
void fixture_stop_pool(struct fixture *fixture, int64_t deadline_ms);

/* How many lines of the server's log begin with the text, once its writers are done with what the pool has
 * seen. */
unsigned fixture_log_count(struct fixture *fixture, const char *event, const char *rest);
/* The server took each of fixture_add_mails()' exactly once. */
void fixture_check_each_arrived_once(struct fixture *fixture, const char *prefix, unsigned count);

#endif
