/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands mails and poison on to the retry topics and the dead letters, statuses and suppressed addresses to
 * their topics, and does not let go until Kafka has them: what cannot be produced now is sent again at each
 * tick, in the order in which it failed, and no commit passes its record meanwhile.
 */
#ifndef NOTIFY_EMAIL_FORWARDING_H
#define NOTIFY_EMAIL_FORWARDING_H

#include "email_metrics.h"
#include "kafka/record_producer.h"
#include "record.h"
#include "settings.h"

struct forwarding;

/* done: Kafka has the record. dropped: it could not be produced, and its partition is another member's now,
 * who delivers the event again. */
struct forwarding *forwarding_new(const struct email_settings *settings, struct record_producer *producer,
                                  struct email_metrics *metrics,
                                  void (*done)(void *data, struct forward *forward),
                                  void (*dropped)(void *data, struct forward *forward), void *data);
void forwarding_free(struct forwarding *forwarding);

/* forward is the caller's and stays until done. */
void forwarding_send(struct forwarding *forwarding, struct forward *forward);
/* The producer's delivered event, whose record is a forward. */
void forwarding_delivered(struct forwarding *forwarding, struct forward *forward, const char *reason);
/* At each tick of the worker. */
void forwarding_send_again(struct forwarding *forwarding);
/* Lets go of what waits to be sent again: the process ends, and the records are delivered again. */
void forwarding_forget(struct forwarding *forwarding);

#endif
