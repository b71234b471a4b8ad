/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands mails and poison on to the retry topics and the dead letters, statuses and suppressed addresses to
 * their topics, and does not let go until Kafka has them: what cannot be produced now is sent again at each
 * tick, in the order in which it failed, and no commit passes its record meanwhile.
 *
 * What is too large for its topic would be tried for ever. A dead letter goes without its value then, and if
 * need be without its key and its own headers; a retry is told as too_large; a status is given up. But a
 * broker refuses a whole batch for its size. So whoever was in it is under suspicion and goes once more,
 * alone, while everything else waits.
 */
#ifndef NOTIFY_EMAIL_FORWARDING_H
#define NOTIFY_EMAIL_FORWARDING_H

#include "email_metrics.h"
#include "kafka/record_producer.h"
#include "record.h"
#include "settings.h"

struct forwarding;

struct forwarding_events {
    /* Kafka has the record, or it is a status that cannot be told. */
    void (*done)(void *data, struct forward *forward);
    /* It could not be produced, and its partition is another member's now, who delivers the event again. */
    void (*dropped)(void *data, struct forward *forward);
    /* A retry that its topic does not take: to be sent as a dead letter instead. */
    void (*too_large)(void *data, struct forward *forward);
    void *data;
};

struct forwarding *forwarding_new(const struct email_settings *settings, struct record_producer *producer,
                                  struct email_metrics *metrics, const struct forwarding_events *events);
void forwarding_free(struct forwarding *forwarding);

/* forward is the caller's and stays until done. */
void forwarding_send(struct forwarding *forwarding, struct forward *forward);
/* The producer's delivered event, whose record is a forward. */
void forwarding_delivered(struct forwarding *forwarding, struct forward *forward, const char *reason);
/* The producer's refused_for_size event, likewise. */
void forwarding_refused_for_size(struct forwarding *forwarding, struct forward *forward);
/* At each tick of the worker. */
void forwarding_send_again(struct forwarding *forwarding);
/* Lets go of what waits to be sent again: the process ends, and the records are delivered again. */
void forwarding_forget(struct forwarding *forwarding);

#endif
