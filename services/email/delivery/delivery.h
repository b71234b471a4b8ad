/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The delivery engine: takes records as room allows, has their mails built and sent, and sees to it that each
 * mail is settled (sent, suppressed, handed to a retry topic, dead-lettered) before its record is complete.
 * What an outcome means is said by policy/; this carries it out. On the loop's thread.
 *
 * A record is left out as a duplicate when it is taken, and a mail to a suppressed address when it is built;
 * the rate limit holds a built mail back from its session.
 */
#ifndef NOTIFY_EMAIL_DELIVERY_H
#define NOTIFY_EMAIL_DELIVERY_H

#include "email_metrics.h"
#include "kafka/group_consumer.h"
#include "kafka/record_producer.h"
#include "routing/mail_catalog.h"
#include "settings.h"
#include "smtp/smtp_pool.h"
#include "suppression_list.h"

struct delivery;

struct delivery_parts {
    const struct email_settings *settings;
    const struct mail_catalog *catalog;
    struct email_metrics *metrics;
    struct record_producer *producer;
    /* Whom nothing is sent to; nothing is taken before delivery_suppressions_known(). NULL: nobody, and at
     * once. */
    const struct suppression_list *suppressions;
    /* Told when the SMTP server is in trouble, and when it is over. */
    void (*smtp_state)(void *data, bool ok, const char *detail);
    /* Told when nothing is under way any more, after delivery_drain. */
    void (*drained)(void *data);
    /* delivery_readable is due in so many milliseconds: the rate limit has room for a mail then. A later call
     * replaces an earlier one. Needed only with a rate limit. */
    void (*wake_after)(void *data, int64_t milliseconds);
    void *data;
};

/* NULL: no memory, or no random bytes. The parts are borrowed; consumer and pool are given before the loop
 * runs. */
struct delivery *delivery_new(const struct delivery_parts *parts);
void delivery_connect(struct delivery *delivery, struct group_consumer *consumer, struct smtp_pool *pool);
/* Abandons what is left. */
void delivery_free(struct delivery *delivery);

/* --- what happens around it --- */

/* Of the group consumer: a record that is not to be delivered, and the end of a partition. */
void delivery_partition_passed(struct delivery *delivery, struct group_partition *partition,
                               const rd_kafka_message_t *message);
void delivery_partition_dropped(struct delivery *delivery, struct group_partition *partition);

void delivery_readable(struct delivery *delivery); /* of the group consumer */
void delivery_drain(struct delivery *delivery); /* a revoke or a stop: take nothing, finish what has begun */
/* Begin nothing more, not even of what has begun: only the reply to a message that is wholly sent is awaited.
 */
void delivery_drain_is_over(struct delivery *delivery);
void delivery_partitions_gone(struct delivery *delivery); /* of the group consumer: may take records again */
void delivery_mail_begins(struct delivery *delivery);     /* of the pool: a session has it, MAIL is next */
/* The list was read whole. */
void delivery_suppressions_known(struct delivery *delivery);
void delivery_mail_settled(struct delivery *delivery, struct smtp_mail *mail,
                           const struct smtp_result *result);
void delivery_session_trouble(struct delivery *delivery, int code, const char *text, size_t sessions_up);
void delivery_forwarded(struct delivery *delivery, void *forward,
                        const char *reason);                              /* of the record producer */
void delivery_refused_for_size(struct delivery *delivery, void *forward); /* likewise */
/* A few times a second: probes, due retries, what could not be forwarded. */
void delivery_tick(struct delivery *delivery);

size_t delivery_active(const struct delivery *delivery); /* records it holds */
bool delivery_breaker_is_open(const struct delivery *delivery);

#endif
