/* SPDX-License-Identifier: Apache-2.0 */
/* From the partitions to the sessions: take, order, build, submit. */
#include "delivery_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include <string.h>

bool delivery_is_of_retries(const struct delivery *delivery, struct group_partition *partition) {
    const struct partition_intake *intake = partition_intake_of(&delivery->intake, partition);
    return intake != NULL && intake->has_retries;
}

/* A retry topic has one delay, so its records are due in the order they stand: none passes a head that is not
 * due. */
static bool is_due(const rd_kafka_message_t *message, int64_t delay_ms) {
    rd_kafka_headers_t *headers = NULL;
    struct retry_state state;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        !retry_state_read(&state, headers))
        return true; /* unreadable: it becomes a dead letter */
    rd_kafka_timestamp_type_t type;
    int64_t written = rd_kafka_message_timestamp(message, &type);
    return retry_policy_due(state.due_unix_ms, written, delay_ms) <= clock_unix_ms();
}

static void hold(struct delivery *delivery, struct record *record, bool is_retry) {
    record->next = delivery->records;
    if (record->next != NULL)
        record->next->previous = record;
    delivery->records = record;
    delivery->record_count++;
    const rd_kafka_message_t *message = record->message;
    bool ordered = delivery->parts.settings->order == EMAIL_ORDER_KEY && !is_retry && message->key != NULL;
    uint64_t key_hash =
        ordered ? key_order_hash(group_partition_topic(record->partition), message->key, message->key_len)
                : 0;
    if (key_order_enter(delivery->key_order, &record->key_link, key_hash))
        delivery_push_unbuilt(delivery, record);
}

/* It is mailed already, or will be: that copy's record holds back the watermark until it is. */
static void drop_duplicate(struct delivery *delivery, struct group_partition *partition,
                           rd_kafka_message_t *message) {
    email_metrics_deduplicated(delivery->parts.metrics);
    log_debug("an event that stands in its partition twice is mailed once",
              LOG_FIELDS(log_text("topic", group_partition_topic(partition)),
                         log_integer("partition", group_partition_number(partition)),
                         log_integer("offset", message->offset)));
    group_partition_complete(partition, message->offset);
    rd_kafka_message_destroy(message);
}

static bool take_from(struct delivery *delivery, struct group_partition *partition) {
    const rd_kafka_message_t *head = group_partition_peek(partition);
    struct partition_intake *intake = head == NULL ? NULL : partition_intake_of(&delivery->intake, partition);
    if (intake == NULL || (intake->has_retries && !is_due(head, intake->retry_delay_ms)))
        return false;
    rd_kafka_message_t *message = group_partition_take(partition);
    if (message == NULL)
        return false;
    if (partition_intake_note(&delivery->intake, intake, message)) {
        drop_duplicate(delivery, partition, message);
        return true;
    }
    struct record *record = record_new(partition, message);
    if (record == NULL) {
        /* Taken and not to be had: it stays incomplete, so that no commit passes it, and the next assignment
         * has it again. */
        log_error("no memory for a record", LOG_FIELDS(log_integer("offset", message->offset)));
        group_partition_abandon(partition, message->offset);
        rd_kafka_message_destroy(message);
        return false;
    }
    hold(delivery, record, intake->has_retries);
    return true;
}

void delivery_partition_passed(struct delivery *delivery, struct group_partition *partition,
                               const rd_kafka_message_t *message) {
    struct partition_intake *intake = partition_intake_of(&delivery->intake, partition);
    if (intake != NULL) /* else no memory: its copies are mailed */
        (void)partition_intake_note(&delivery->intake, intake, message);
}

void delivery_partition_dropped(struct delivery *delivery, struct group_partition *partition) {
    (void)delivery;
    partition_intake_free(partition);
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
    if (delivery->pumping || !delivery->suppressions_known || delivery->drain_is_over)
        return;
    delivery->pumping = true;
    while (delivery->breaker.state == CIRCUIT_CLOSED && delivery_may_send(delivery)) {
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
