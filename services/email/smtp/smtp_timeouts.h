/* SPDX-License-Identifier: Apache-2.0 */
/* How long an SMTP session waits, phase by phase (RFC 5321 §4.5.3.2). */
#ifndef NOTIFY_EMAIL_SMTP_TIMEOUTS_H
#define NOTIFY_EMAIL_SMTP_TIMEOUTS_H

#include <stdint.h>

struct smtp_timeouts { /* milliseconds; 0: the default */
    int64_t connect;   /* name lookup and TCP */
    int64_t greeting;  /* from there to the end of TLS, EHLO and AUTH */
    int64_t mail, rcpt, data;
    int64_t block; /* while the server takes nothing of a body */
    int64_t dot;   /* for the reply to the end of a mail */
    int64_t idle;  /* before a session without a mail is closed */
    int64_t quit;
};

/* Puts the default in where none is set. */
void smtp_timeouts_fill_in(struct smtp_timeouts *timeouts);

#endif
