/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells a server that refuses everybody from mails that deserve it: 20 mails in a row, to different
 * recipients, refused in one phase with one code and none accepted between, are the server's trouble
 * (docs/delivery.md). A misconfigured server would else have every mail dead-lettered and its recipient
 * suppressed. Pure.
 */
#ifndef NOTIFY_EMAIL_REFUSAL_GUARD_H
#define NOTIFY_EMAIL_REFUSAL_GUARD_H

#include "../smtp/smtp_mail.h"

#define REFUSALS_UNTIL_TRIP 20

/* Zeroed at first. */
struct refusal_guard {
    enum smtp_phase phase; /* of the run */
    int code;              /* 0: there is no run */
    size_t count;          /* different recipients */
    uint64_t recipients[REFUSALS_UNTIL_TRIP];
};

enum refusal_verdict {
    REFUSAL_BEGINS_RUN, /* the run before, if any, is over: those refusals were about their mails */
    REFUSAL_IN_RUN,
    REFUSAL_OF_EVERYBODY, /* from the 20th on, until a mail is accepted or refused otherwise */
};

/* A mail was refused by a reply, for now or for good. recipient: a hash of the address. */
enum refusal_verdict refusal_guard_refused(struct refusal_guard *guard, enum smtp_phase phase, int code,
                                           uint64_t recipient);
/* A mail was accepted: the run is over. */
void refusal_guard_accepted(struct refusal_guard *guard);

#endif
