/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include <stdlib.h>

/* --- making --- */

struct delivery *delivery_new(const struct delivery_parts *parts) {
    struct delivery *delivery = calloc(1, sizeof *delivery);
    if (delivery == NULL)
        return NULL;
    delivery->parts = *parts;
    delivery->suppressions_known = parts->suppressions == NULL;
    delivery->limit.now = delivery->limit.most = (size_t)parts->settings->smtp_connections;
    delivery->builder = mail_builder_new(parts->settings, parts->catalog);
    const struct forwarding_events events = {
        .done = delivery_forward_done,
        .dropped = delivery_forward_dropped,
        .too_large = delivery_retry_too_large,
        .data = delivery,
    };
    delivery->forwarding = forwarding_new(parts->settings, parts->producer, parts->metrics, &events);
    delivery->key_order = key_order_new((size_t)parts->settings->max_in_flight);
    if (delivery->builder == NULL || delivery->forwarding == NULL || delivery->key_order == NULL ||
        !intake_settings_init(&delivery->intake, parts->settings)) {
        delivery_free(delivery);
        return NULL;
    }
    return delivery;
}

void delivery_connect(struct delivery *delivery, struct group_consumer *consumer, struct smtp_pool *pool) {
    delivery->consumer = consumer;
    delivery->pool = pool;
}

void delivery_free(struct delivery *delivery) {
    if (delivery == NULL)
        return;
    if (delivery->forwarding != NULL)
        forwarding_forget(delivery->forwarding);
    if (delivery->key_order != NULL)
        key_order_forget_waiting(delivery->key_order);
    delivery->draining = true;
    while (delivery->records != NULL)
        delivery_abandon_record(delivery, delivery->records);
    mail_builder_free(delivery->builder);
    forwarding_free(delivery->forwarding);
    key_order_free(delivery->key_order);
    free(delivery);
}

size_t delivery_active(const struct delivery *delivery) {
    return delivery->record_count;
}

bool delivery_breaker_is_open(const struct delivery *delivery) {
    return delivery->breaker.state != CIRCUIT_CLOSED;
}

/* --- ready mails and records to build --- */

void delivery_push_ready(struct delivery *delivery, struct mail *mail) {
    mail->state = MAIL_READY;
    mail->next = NULL;
    mail->previous = delivery->ready_tail;
    if (delivery->ready_tail != NULL)
        delivery->ready_tail->next = mail;
    else
        delivery->ready_head = mail;
    delivery->ready_tail = mail;
}

void delivery_push_ready_first(struct delivery *delivery, struct mail *mail) {
    mail->state = MAIL_READY;
    mail->previous = NULL;
    mail->next = delivery->ready_head;
    if (delivery->ready_head != NULL)
        delivery->ready_head->previous = mail;
    else
        delivery->ready_tail = mail;
    delivery->ready_head = mail;
}

static void remove_ready(struct delivery *delivery, struct mail *mail) {
    if (mail->previous != NULL)
        mail->previous->next = mail->next;
    else
        delivery->ready_head = mail->next;
    if (mail->next != NULL)
        mail->next->previous = mail->previous;
    else
        delivery->ready_tail = mail->previous;
    mail->next = mail->previous = NULL;
}

struct mail *delivery_pop_ready(struct delivery *delivery) {
    struct mail *mail = delivery->ready_head;
    if (mail != NULL)
        remove_ready(delivery, mail);
    return mail;
}

void delivery_push_unbuilt(struct delivery *delivery, struct record *record) {
    record->next_unbuilt = NULL;
    if (delivery->unbuilt_tail != NULL)
        delivery->unbuilt_tail->next_unbuilt = record;
    else
        delivery->unbuilt_head = record;
    delivery->unbuilt_tail = record;
}

struct record *delivery_pop_unbuilt(struct delivery *delivery) {
    struct record *record = delivery->unbuilt_head;
    if (record == NULL)
        return NULL;
    delivery->unbuilt_head = record->next_unbuilt;
    if (delivery->unbuilt_head == NULL)
        delivery->unbuilt_tail = NULL;
    return record;
}

/* --- records --- */

/* Once: a record whose statuses are still under way has left already. */
static void leave_key(struct delivery *delivery, struct record *record) {
    if (record->is_settled)
        return;
    record->is_settled = true;
    struct key_order_link *successor = key_order_leave(delivery->key_order, &record->key_link);
    if (successor != NULL)
        delivery_push_unbuilt(delivery, (struct record *)successor);
}

static void forget_record(struct delivery *delivery, struct record *record) {
    for (size_t i = 0; i < record->mail_count; i++)
        if (record->mails[i].state == MAIL_READY &&
            (record->mails[i].previous != NULL || delivery->ready_head == &record->mails[i]))
            remove_ready(delivery, &record->mails[i]);
    if (record->previous != NULL)
        record->previous->next = record->next;
    else
        delivery->records = record->next;
    if (record->next != NULL)
        record->next->previous = record->previous;
    delivery->record_count--;
    leave_key(delivery, record);
    record_free(record);
}

static void complete_if_done(struct delivery *delivery, struct record *record) {
    if (!record->is_settled || record->statuses_under_way > 0)
        return;
    group_partition_complete(record->partition, record->message->offset);
    forget_record(delivery, record);
    delivery_check_drained(delivery);
}

void delivery_settle_record(struct delivery *delivery, struct record *record) {
    leave_key(delivery, record);
    cloud_event_clear(&record->event); /* what is still under way of it has its own texts */
    complete_if_done(delivery, record);
}

void delivery_status_done(struct delivery *delivery, struct record *record) {
    record->statuses_under_way--;
    complete_if_done(delivery, record);
}

void delivery_abandon_record(struct delivery *delivery, struct record *record) {
    group_partition_abandon(record->partition, record->message->offset);
    forget_record(delivery, record);
}

void delivery_mail_done(struct delivery *delivery, struct mail *mail) {
    struct record *record = mail->record;
    mail->state = MAIL_SETTLED;
    mail_builder_give_back(delivery->builder, &mail->message);
    if (++record->settled_count == record->mail_count)
        delivery_settle_record(delivery, record);
}

/* --- revoke and stop --- */

bool delivery_is_partly_done(const struct record *record) {
    for (size_t i = 0; i < record->mail_count; i++)
        if (record->mails[i].state != MAIL_READY)
            return true;
    return false;
}

/* Takes back what is not on the wire: it is ready again. */
static void withdraw(struct delivery *delivery, struct mail *mail) {
    if (mail->state != MAIL_SENDING || !smtp_pool_withdraw(delivery->pool, &mail->smtp))
        return;
    delivery_push_ready_first(delivery, mail);
    mail->record->begun = delivery_is_partly_done(mail->record);
    if (delivery->probe == mail) {
        delivery->probe = NULL;
        circuit_breaker_cancel_probe(&delivery->breaker);
    }
}

/* Lets go of every record of which nothing was handed on; they are delivered again, here or elsewhere. */
static void abandon_what_has_not_begun(struct delivery *delivery) {
    key_order_forget_waiting(delivery->key_order);
    delivery->unbuilt_head = delivery->unbuilt_tail = NULL;
    struct record *next = NULL;
    for (struct record *record = delivery->records; record != NULL; record = next) {
        next = record->next;
        for (size_t i = 0; i < record->mail_count; i++)
            withdraw(delivery, &record->mails[i]);
        if (!record->begun)
            delivery_abandon_record(delivery, record);
    }
}

/* Mails that were not sent in time, of records that had begun: the partition's next owner sends them, so this
 * worker must not. */
static void drop_ready_mails(struct delivery *delivery) {
    struct record *next = NULL;
    for (struct record *record = delivery->records; record != NULL; record = next) {
        next = record->next;
        for (size_t i = 0; i < record->mail_count; i++) {
            struct mail *mail = &record->mails[i];
            if (mail->state != MAIL_READY)
                continue;
            remove_ready(delivery, mail);
            mail->state = MAIL_SETTLED;
            record->settled_count++;
        }
        if (record->mail_count > 0 && record->settled_count == record->mail_count)
            delivery_settle_record(delivery, record);
    }
}

void delivery_check_drained(struct delivery *delivery) {
    if (delivery->draining && delivery->record_count == 0)
        delivery->parts.drained(delivery->parts.data);
}

void delivery_drain(struct delivery *delivery) {
    delivery->draining = true;
    abandon_what_has_not_begun(delivery);
    delivery_check_drained(delivery);
}

void delivery_drain_is_over(struct delivery *delivery) {
    delivery->drain_is_over = true;
    for (struct record *record = delivery->records; record != NULL; record = record->next)
        for (size_t i = 0; i < record->mail_count; i++)
            withdraw(delivery, &record->mails[i]);
    smtp_pool_break_off(delivery->pool);
}

void delivery_partitions_gone(struct delivery *delivery) {
    smtp_pool_break_off(delivery->pool); /* nothing else told, when the assignment was lost */
    abandon_what_has_not_begun(delivery);
    drop_ready_mails(delivery);
    delivery_rate_forget(delivery);
    /* What Kafka has not taken in the drain's time would be handed on twice; nothing, when all was drained.
     */
    record_producer_purge(delivery->parts.producer);
    delivery->draining = delivery->drain_is_over = false;
}

void delivery_readable(struct delivery *delivery) {
    delivery_pump(delivery);
}

void delivery_tick(struct delivery *delivery) {
    int64_t now = clock_monotonic_ms();
    forwarding_send_again(delivery->forwarding);
    smtp_pool_set_limit(delivery->pool, connection_limit_recover(&delivery->limit, now));
    delivery_probe_if_due(delivery);
    delivery_pump(delivery);
}
