/* SPDX-License-Identifier: Apache-2.0 */
/* The fate of an event, from librdkafka's delivery report to the application. */
#ifndef NOTIFY_CLIENT_DELIVERY_H
#define NOTIFY_CLIENT_DELIVERY_H

#include <librdkafka/rdkafka.h>
#include <notify-client.h>
#include <stdbool.h>

struct notify_delivery {
    enum notify_error error;
    const char *error_text; /* "" on success */
    const char *event_id;
    const char *topic;
    int32_t partition;
    int64_t offset;
    void *opaque;
};

/* Someone who waits for one event. Held by the waiting thread and by the record, for either may be done
 * first. */
struct delivery_waiter;

struct delivery_waiter *delivery_waiter_new(void); /* NULL: no memory */
/* Waits; timeout_ms -1: for as long as it takes. NOTIFY_E_TIMED_OUT, or the event's fate as the thread's last
 * error. */
enum notify_error delivery_waiter_wait(struct delivery_waiter *waiter, int timeout_ms);
void delivery_waiter_release(struct delivery_waiter *waiter);

/* What is kept of an event while librdkafka has it: its message opaque. */
struct delivery_record;

/* waiter may be NULL; the record takes a hold on it. NULL: no memory. */
struct delivery_record *delivery_record_new(const char *event_id, void *opaque,
                                            struct delivery_waiter *waiter);
void delivery_record_free(struct delivery_record *record);

/* A thread waits for this message: nobody's callback runs for it. */
bool delivery_is_awaited(const rd_kafka_message_t *message);

/* Tells the fate of a message to its waiter or the callback (may be NULL), and frees its record. */
void delivery_settle(const rd_kafka_message_t *message, notify_delivery_callback callback,
                     void *callback_data);

/* What an error of librdkafka or a broker means here, when nothing of the message can have been stored. */
enum notify_error delivery_error_of(rd_kafka_resp_err_t error);

#endif
