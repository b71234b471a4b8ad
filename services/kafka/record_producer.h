/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Produces records on a libuv loop: retries, dead letters, statuses. Idempotent, acks=all; every record's
 * fate is told once, on the loop's thread. After a fatal error of the idempotent producer it makes itself
 * anew.
 */
#ifndef NOTIFY_KAFKA_RECORD_PRODUCER_H
#define NOTIFY_KAFKA_RECORD_PRODUCER_H

#include "common/error.h"
#include <librdkafka/rdkafka.h>
#include <uv.h>

struct record_producer;

struct record_producer_events {
    /* reason is NULL when the record is durable. */
    void (*delivered)(void *data, void *record, const char *reason);
    /* Instead of delivered, where a broker refused the record's batch for its size: the record itself is too
     * large only if it was alone in it. May be NULL. */
    void (*refused_for_size)(void *data, void *record);
    void *data;
};

/* own_names as in kafka_properties.h; both are borrowed until the end. False: the properties are refused
 * (exit status 78), or no memory; a producer that was made all the same (*producer_out is not NULL) is to be
 * closed. */
bool record_producer_new(struct record_producer **producer_out, uv_loop_t *loop,
                         const char *bootstrap_servers, const char *const *own_names,
                         const struct record_producer_events *events, struct error *error);

struct outgoing_record {
    const char *topic;
    const void *key, *value; /* copied; NULL is kept as null */
    size_t key_size, value_size;
    rd_kafka_headers_t *headers; /* taken over when sent; may be NULL */
    bool to_first_partition;     /* whatever its key: of a topic that is read whole (topic_follower.h) */
};

/* True: queued, its fate will be told with record. False: not queued and nothing taken over; error tells why
 * (the queue is full, it is larger than message.max.bytes, …). */
bool record_producer_send(struct record_producer *producer, const struct outgoing_record *outgoing,
                          void *record, struct error *error);
/* Whether the last record that record_producer_send refused is larger than message.max.bytes, and always will
 * be. */
bool record_producer_refused_for_size(const struct record_producer *producer);
size_t record_producer_pending(const struct record_producer *producer);

/* Gives up what is not delivered yet: their fates are told before this returns. */
void record_producer_purge(struct record_producer *producer);
/* Closes the handles on the loop; closed is called from it. Nothing is taken any more. */
void record_producer_close(struct record_producer *producer, void (*closed)(void *data));
/* After closed, or when the loop was never run. */
void record_producer_free(struct record_producer *producer);

#endif
