/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pool decides: whether a session is made, quit or cut, and which of the waiting mails may begin.
 * Pure: counts in, decisions out; smtp_pool_dispatch carries them out.
 */
#ifndef NOTIFY_EMAIL_SMTP_POOL_POLICY_H
#define NOTIFY_EMAIL_SMTP_POOL_POLICY_H

#include "mail_queue.h"
#include "smtp_session_state.h"

struct smtp_pool_state {
    size_t sessions[SMTP_SESSION_STATES]; /* how many are in each */
    size_t connections, limit;            /* most sessions: by the settings, and at present */
    struct mail_queue waiting;
    bool on_hold;
    bool stopping, is_cut; /* is_cut: the deadline is over */
    bool backing_off;      /* no new session until the timer says so */
    int64_t backoff_ms;    /* the last pause after failed connects; 0: the last one succeeded */
};

/* Connected, and neither quitting nor ended. */
size_t smtp_pool_sessions_up(const struct smtp_pool_state *state);

/* Whether one more mail may wait. */
bool smtp_pool_policy_has_room(const struct smtp_pool_state *state);
/* Whether one more session is made now. */
bool smtp_pool_policy_connects(const struct smtp_pool_state *state);
/* Whether an idle session is one too many. */
bool smtp_pool_policy_quits_idle(const struct smtp_pool_state *state);

struct smtp_pool_mails {
    bool probes, others;
};
static inline bool smtp_pool_mails_include(struct smtp_pool_mails mails, const struct smtp_mail *mail) {
    return mail->is_probe ? mails.probes : mails.others;
}
/* The waiting mails that a session with room may begin with. */
struct smtp_pool_mails smtp_pool_policy_sendable(const struct smtp_pool_state *state);
/* The mails that go back to where they came from, unless they have begun. */
struct smtp_pool_mails smtp_pool_policy_taken_back(const struct smtp_pool_state *state);

enum smtp_pool_cut { SMTP_POOL_CUT_NONE, SMTP_POOL_CUT_CONNECTING, SMTP_POOL_CUT_ALL };
/* The sessions that are not waited for. */
enum smtp_pool_cut smtp_pool_policy_cut(const struct smtp_pool_state *state);

/* The pause after a failed connect, from the one before it (0: none). */
int64_t smtp_pool_policy_next_backoff_ms(int64_t backoff_ms);

#endif
