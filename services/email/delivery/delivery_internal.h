/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the delivery engine share; for no one else. */
#ifndef NOTIFY_EMAIL_DELIVERY_INTERNAL_H
#define NOTIFY_EMAIL_DELIVERY_INTERNAL_H

#include "delivery.h"
#include "forwarding.h"
#include "key_order.h"
#include "mail_builder.h"
#include "partition_intake.h"
#include "policy/circuit_breaker.h"
#include "policy/connection_limit.h"
#include "policy/rate_limit.h"
#include "policy/refusal_guard.h"
#include "policy/retry_policy.h"
#include "record.h"

struct delivery {
    struct delivery_parts parts;
    struct group_consumer *consumer;
    struct smtp_pool *pool;
    struct mail_builder *builder;
    struct forwarding *forwarding;
    struct key_order *key_order;
    struct intake_settings intake;

    struct record *records; /* all that are held, newest first */
    size_t record_count;
    struct record *unbuilt_head, *unbuilt_tail; /* may go, mails not built yet */
    struct mail *ready_head, *ready_tail;       /* wait for a session */
    size_t next_partition;                      /* where the round goes on */

    struct circuit_breaker breaker;
    struct connection_limit limit;
    struct mail *probe;            /* under way while the breaker probes */
    const struct mail *last_probe; /* only to be compared: it may be gone */
    char trouble[256];             /* why the breaker is open */
    unsigned put_back_in_a_row;    /* by replies to MAIL, with nothing else between */
    uint64_t accepted;             /* mails, since the start */
    struct refusal_guard guard;
    /* By the refusals of the guard's present run. */
    struct mail_address suppressed_in_run[REFUSALS_UNTIL_TRIP];
    size_t suppressed_in_run_count;
    uint64_t trips; /* how often a run of refusals was of everybody */

    struct rate_limit rate;   /* this worker's share */
    bool rate_is_known;       /* else nothing is sent, if there is a limit */
    bool counting_partitions; /* Kafka is asked for what the share follows from */
    int64_t count_again_ms;

    bool suppressions_known;
    bool draining;
    bool drain_is_over; /* until the partitions are gone */
    bool pumping;       /* the pool calls back from within */
};

/* delivery.c: records and lists */
void delivery_push_ready(struct delivery *delivery, struct mail *mail);
void delivery_push_ready_first(struct delivery *delivery, struct mail *mail);
struct mail *delivery_pop_ready(struct delivery *delivery);
void delivery_push_unbuilt(struct delivery *delivery, struct record *record);
struct record *delivery_pop_unbuilt(struct delivery *delivery);
/* Every mail of the record is settled: the next of its key may go, and once its statuses are durable it is
 * complete. */
void delivery_settle_record(struct delivery *delivery, struct record *record);
/* The record is not done here. */
void delivery_abandon_record(struct delivery *delivery, struct record *record);
void delivery_mail_done(struct delivery *delivery, struct mail *mail);
void delivery_status_done(struct delivery *delivery, struct record *record);
void delivery_check_drained(struct delivery *delivery);

/* Some of its mails were sent, or are being sent or handed on. */
bool delivery_is_partly_done(const struct record *record);

/* delivery_intake.c */
void delivery_pump(struct delivery *delivery);
/* A mail to be sent next, built if need be; NULL: there is none now. */
struct mail *delivery_next_mail(struct delivery *delivery);
/* Takes one record although the breaker is open. */
void delivery_take_one(struct delivery *delivery);
bool delivery_is_of_retries(const struct delivery *delivery, struct group_partition *partition);

/* delivery_rate.c */
/* Whether the rate limit lets one more mail go to the pool now; false: delivery_pump is due when it does. */
bool delivery_may_send(struct delivery *delivery);
/* The partitions are gone, and their share with them. */
void delivery_rate_forget(struct delivery *delivery);

/* delivery_hand_on.c; reason: a fixed word */
/* Tells the end of a mail (NULL: of an event that is no mail at all). It never delays a mail, and counts as
 * in flight. reason NULL: sent; result NULL: it was never tried. */
void delivery_tell_status(struct delivery *delivery, struct record *record, struct mail *mail,
                          const char *reason, const struct smtp_result *result);
/* Charged: to a retry topic, or to the dead letters where it is given up. */
void delivery_try_later(struct delivery *delivery, struct mail *mail, const struct smtp_result *result);
void delivery_fail_for_good(struct delivery *delivery, struct mail *mail, const struct smtp_result *result,
                            const char *reason);
void delivery_forward_done(void *data, struct forward *forward);
void delivery_forward_dropped(void *data, struct forward *forward);
void delivery_retry_too_large(void *data, struct forward *forward);
void delivery_dead_letter_record(struct delivery *delivery, struct record *record,
                                 const struct build_trouble *trouble);
/* One of the record's mails that is poison; the others go their way. */
void delivery_dead_letter_mail(struct delivery *delivery, struct mail *mail);
/* One whose recipient is suppressed; with the last of its mails the record may be gone. */
void delivery_settle_suppressed(struct delivery *delivery, struct mail *mail);

/* delivery_suppression.c */
bool delivery_is_suppressed(const struct delivery *delivery, const struct mail *mail);
/* A mail that failed for good, its failure described: where the reply speaks of the address, that goes onto
 * the list once the dead letter is durable, and with it the mail is settled. The other way round, a worker
 * that died between the two would leave a mail that is found suppressed when it is read again, and never
 * dead-lettered. */
void delivery_suppress_if_evident(struct delivery *delivery, struct mail *mail,
                                  const struct smtp_result *result);
void delivery_dead_letter_is_durable(struct delivery *delivery, struct mail *mail);
/* The run of refusals was about their mails, or never was. */
void delivery_keep_suppressions(struct delivery *delivery);
/* The server refuses everybody: whom the run has put on the list is taken off with this mail, one of the
 * refused. */
void delivery_take_suppressions_back(struct delivery *delivery, struct mail *mail);

/* delivery_breaker.c */
void delivery_trip_breaker(struct delivery *delivery, const char *server_text);
void delivery_probe_succeeded(struct delivery *delivery);
void delivery_probe_if_due(struct delivery *delivery);

#endif
