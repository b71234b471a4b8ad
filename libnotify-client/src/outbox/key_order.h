/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which row of a key may travel. At most one row of a (topic, key) is on its way; those behind it are held by
 * id until it is reported. With two on the way Kafka could refuse the first, for instance for want of a
 * permission that is just being given, and take the second: librdkafka goes on behind a batch that failed
 * (rd_kafka_handle_Produce_error, no gapless guarantee).
 */
#ifndef NOTIFY_OUTBOX_KEY_ORDER_H
#define NOTIFY_OUTBOX_KEY_ORDER_H

#include <stdbool.h>
#include <stdint.h>

struct key_order;

/* A key with a row on its way. It sits in its lane's list of the ready ones while its next row may go. */
struct key_chain {
    struct key_chain *next_ready;
    int64_t ready_id;
    /* Private. */
    struct key_chain *next_in_bucket;
    struct held_row *first;
    struct held_row **end;
    const void *scope;
    uint64_t hash;
    char key[];
};

struct key_order *key_order_new(void);
struct key_order *key_order_free(struct key_order *order);

/* The chain of a key in a scope (a topic's lane), NULL when no row of it is on its way. */
struct key_chain *key_order_find(const struct key_order *order, const void *scope, const char *key);

/* Begin the chain of a key that has none. NULL: out of memory. */
struct key_chain *key_order_open(struct key_order *order, const void *scope, const char *key);

/* Put a row behind the others of its key. False: out of memory. Ids come in growing order. */
bool key_chain_hold(struct key_chain *chain, int64_t id);

/* Take the first held row. False: there is none. */
bool key_chain_pop(struct key_chain *chain, int64_t *id_out);

/* End a chain and forget what it holds. */
void key_order_close(struct key_order *order, struct key_chain *chain);

#endif
