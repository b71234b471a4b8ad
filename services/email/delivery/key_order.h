/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of one key go one after the other (docs/delivery.md, EMAIL_ORDER=key). Pure, and without an
 * allocation for each record: the links are part of the records. Keys are told apart by a 64-bit hash; two
 * keys that share one only wait for each other.
 */
#ifndef NOTIFY_EMAIL_KEY_ORDER_H
#define NOTIFY_EMAIL_KEY_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_order;

struct key_order_link {
    uint64_t key_hash; /* 0: unordered */
    struct key_order_link *next_in_bucket;
    struct key_order_link *waiting_head, *waiting_tail; /* behind this one, when it is the key's first */
    struct key_order_link *next_waiting;
};

/* expected: how many keys may be busy at once, about. NULL: no memory. */
struct key_order *key_order_new(size_t expected);
void key_order_free(struct key_order *order);

/* True: the record may go at once. False: another of its key is busy; key_order_leave of that one, or of one
 * behind it, returns it. */
bool key_order_enter(struct key_order *order, struct key_order_link *link, uint64_t key_hash);
/* The record, which was the key's first, is done: the one that may go now, or NULL. */
struct key_order_link *key_order_leave(struct key_order *order, struct key_order_link *link);
/* Lets go of everything that waits (a revoke): those links may be freed then. The busy ones stay. */
void key_order_forget_waiting(struct key_order *order);

/* FNV-1a over topic, a NUL and key; never 0. */
uint64_t key_order_hash(const char *topic, const void *key, size_t key_size);

#endif
