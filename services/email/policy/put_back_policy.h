/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells a mail that breaks sessions from a server that is in trouble. What goes back uncharged was not this
 * mail's fault, as a rule; one that comes back again and again while the server accepts others is at fault
 * all the same (its address or size makes the server hang up, or refuse MAIL for now), and would otherwise
 * be tried for ever, a session lost each time. Pure.
 */
#ifndef NOTIFY_EMAIL_PUT_BACK_POLICY_H
#define NOTIFY_EMAIL_PUT_BACK_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* Enough that innocents are not charged: of a server that says 421 to each seventh mail, one in 3 · 10⁸. */
#define PUT_BACKS_UNTIL_CHARGED 10

/* Of a mail; zeroed at first. */
struct put_back_history {
    unsigned count;         /* each with another mail accepted since the one before */
    uint64_t accepted_then; /* when it was counted last */
};

/* A mail is put back, accepted mails having been accepted by then. True: it is charged an attempt instead. */
bool put_back_policy_charges(struct put_back_history *history, uint64_t accepted);

#endif
