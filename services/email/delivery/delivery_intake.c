/* SPDX-License-Identifier: Apache-2.0 */
/* From the partitions to the sessions: take, order, build, submit. */
#include "delivery_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include <string.h>

enum partition_kind { PARTITION_UNKNOWN, PARTITION_EVENTS, PARTITION_RETRIES };

/* Found out once for each partition, and kept in the pointer that it has for its owner. */
static enum partition_kind kind_of(const struct delivery *delivery, struct group_partition *partition) {
    void **data = group_partition_data(partition);
    if (*data == NULL) {
        enum partition_kind kind = PARTITION_EVENTS;
        const struct text_list *topics = &delivery->parts.settings->retry_topics;
        for (size_t i = 0; i < topics->count; i++)
            if (strcmp(topics->items[i], group_partition_topic(partition)) == 0)
                kind = PARTITION_RETRIES;
        *data = (void *)(uintptr_t)kind;
    }
    return (enum partition_kind)(uintptr_t)*data;
}

/* A retry topic has one delay, so its records are due in the order they stand: none passes a head that is not
 * due. */
static bool is_due(const rd_kafka_message_t *message) {
    rd_kafka_headers_t *headers = NULL;
    struct retry_state state;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        !retry_state_read(&state, headers))
        return true; /* unreadable: it becomes a dead letter */
    return state.due_unix_ms <= clock_unix_ms();
}

static void hold(struct delivery *delivery, struct record *record, enum partition_kind kind) {
    record->next = delivery->records;
    if (record->next != NULL)
        record->next->previous = record;
    delivery->records = record;
    delivery->record_count++;
    const rd_kafka_message_t *message = record->message;
    bool ordered = delivery->parts.settings->order == EMAIL_ORDER_KEY && kind == PARTITION_EVENTS &&
                   message->key != NULL;
    uint64_t key_hash =
        ordered ? key_order_hash(group_partition_topic(record->partition), message->key, message->key_len)
                : 0;
    if (key_order_enter(delivery->key_order, &record->key_link, key_hash))
        delivery_push_unbuilt(delivery, record);
}

static bool take_from(struct delivery *delivery, struct group_partition *partition) {
    const rd_kafka_message_t *head = group_partition_peek(partition);
    enum partition_kind kind = kind_of(delivery, partition);
    if (head == NULL || (kind == PARTITION_RETRIES && !is_due(head)))
        return false;
    rd_kafka_message_t *message = group_partition_take(partition);
    if (message == NULL)
        return false;
    struct record *record = record_new(partition, message);
    if (record == NULL) {
        /* Taken and not to be had: it stays incomplete, so that no commit passes it, and the next assignment
         * has it again. */
        log_error("no memory for a record", LOG_FIELDS(log_integer("offset", message->offset)));
        group_partition_abandon(partition, message->offset);
        rd_kafka_message_destroy(message);
        return false;
    }
    hold(delivery, record, kind);
    return true;
}

/* One record of each partition in turn, so that none waits for another's crowd. Returns how many were taken.
 */
static size_t take_up_to(struct delivery *delivery, size_t room) {
    struct group_partition **partitions = NULL;
    size_t count = group_consumer_partitions(delivery->consumer, &partitions);
    size_t taken = 0;
    for (size_t dry = 0; dry < count && taken < room;) {
        struct group_partition *partition = partitions[delivery->next_partition++ % count];
        if (take_from(delivery, partition)) {
            taken++;
            dry = 0;
        } else {
            dry++;
        }
    }
    return taken;
}

static size_t room_for_records(const struct delivery *delivery) {
    size_t most = (size_t)delivery->parts.settings->max_in_flight;
    size_t in_flight = group_consumer_in_flight(delivery->consumer);
    return in_flight < most ? most - in_flight : 0;
}

void delivery_take_one(struct delivery *delivery) {
    if (delivery->suppressions_known && !delivery->draining && room_for_records(delivery) > 0)
        take_up_to(delivery, 1);
}

static void push_built(struct delivery *delivery, struct record *record) {
    size_t suppressed = 0;
    for (size_t i = 0; i < record->mail_count; i++) {
        struct mail *mail = &record->mails[i];
        mail->is_suppressed = !mail->is_poison && delivery_is_suppressed(delivery, mail);
        suppressed += mail->is_suppressed;
        if (!mail->is_poison && !mail->is_suppressed)
            delivery_push_ready(delivery, mail);
    }
    for (size_t i = 0; i < record->mail_count; i++)
        if (record->mails[i].is_poison)
            delivery_dead_letter_mail(delivery, &record->mails[i]);
    for (size_t i = 0; suppressed > 0; i++)
        if (record->mails[i].is_suppressed) {
            suppressed--;
            delivery_settle_suppressed(delivery, &record->mails[i]);
        }
}

/* Builds the next record's mails; what can never be mailed leaves here. False: there is none, or no memory
 * now. */
static bool build_next(struct delivery *delivery) {
    struct record *record = delivery_pop_unbuilt(delivery);
    struct build_trouble trouble = {0};
    if (record == NULL)
        return false;
    switch (mail_builder_build(delivery->builder, record, clock_unix_ms(), &trouble)) {
    case BUILD_MAILS:
        push_built(delivery, record);
        return true;
    case BUILD_SKIPPED:
        email_metrics_skipped(delivery->parts.metrics);
        delivery_settle_record(delivery, record);
        return true;
    case BUILD_POISON:
        delivery_dead_letter_record(delivery, record, &trouble);
        return true;
    case BUILD_NO_MEMORY:
        break;
    }
    log_error("no memory for a mail: it is tried again", NULL);
    cloud_event_clear(&record->event);
    delivery_push_unbuilt(delivery, record);
    return false;
}

struct mail *delivery_next_mail(struct delivery *delivery) {
    while (delivery->ready_head == NULL)
        if (!build_next(delivery))
            return NULL;
    return delivery_pop_ready(delivery);
}

static bool submit(struct delivery *delivery, struct mail *mail) {
    bool had_begun = mail->record->begun;
    mail->state = MAIL_SENDING;
    mail->record->begun = true;
    if (smtp_pool_submit(delivery->pool, &mail->smtp))
        return true;
    mail->record->begun = had_begun;
    delivery_push_ready_first(delivery, mail);
    return false;
}

void delivery_pump(struct delivery *delivery) {
    /* The pool settles some mails at once and asks for more from within: the loop below goes on anyway. */
    if (delivery->pumping || !delivery->suppressions_known)
        return;
    delivery->pumping = true;
    while (delivery->breaker.state == CIRCUIT_CLOSED) {
        struct mail *mail = delivery_next_mail(delivery);
        if (mail != NULL) {
            if (!submit(delivery, mail))
                break;
        } else if (delivery->draining || take_up_to(delivery, room_for_records(delivery)) == 0) {
            break;
        }
    }
    delivery->pumping = false;
}
