/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the SMTP server as a whole is in trouble: stop, and probe with single mails, 1 s to 5 min apart
 * (docs/delivery.md). Pure: the caller brings the clock.
 */
#ifndef NOTIFY_EMAIL_CIRCUIT_BREAKER_H
#define NOTIFY_EMAIL_CIRCUIT_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define CIRCUIT_BREAKER_FIRST_DELAY_MS 1000
#define CIRCUIT_BREAKER_LAST_DELAY_MS (5 * 60 * 1000)

enum circuit_state {
    CIRCUIT_CLOSED,  /* mails flow */
    CIRCUIT_OPEN,    /* nothing is sent until next_probe_ms */
    CIRCUIT_PROBING, /* one mail is under way */
};

struct circuit_breaker {
    enum circuit_state state;
    int64_t delay_ms;      /* between the failure and the next probe */
    int64_t next_probe_ms; /* by the monotonic clock, while open */
};

/* Trouble with the server: opens, or waits twice as long after a failed probe. True: it was closed before. */
bool circuit_breaker_trip(struct circuit_breaker *breaker, int64_t now_ms);
/* The server took up a mail, whatever it said of it: closes. True: it was not closed before. */
bool circuit_breaker_succeed(struct circuit_breaker *breaker);
/* True when a probe is due; the state is CIRCUIT_PROBING then. */
bool circuit_breaker_begin_probe(struct circuit_breaker *breaker, int64_t now_ms);
/* There was no mail to probe with: ask again at the next turn. */
void circuit_breaker_cancel_probe(struct circuit_breaker *breaker);

#endif
