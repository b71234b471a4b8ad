/* SPDX-License-Identifier: Apache-2.0 */
#include "key_order.h"

#include <stdlib.h>
#include <string.h>

struct key_order {
    size_t mask;
    struct key_order_link *buckets[];
};

struct key_order *key_order_new(size_t expected) {
    size_t count = 64;
    while (count < expected * 2)
        count *= 2;
    struct key_order *order = calloc(1, sizeof *order + count * sizeof order->buckets[0]);
    if (order != NULL)
        order->mask = count - 1;
    return order;
}

void key_order_free(struct key_order *order) {
    free(order);
}

static struct key_order_link **find(struct key_order *order, uint64_t key_hash) {
    struct key_order_link **place = &order->buckets[key_hash & order->mask];
    while (*place != NULL && (*place)->key_hash != key_hash)
        place = &(*place)->next_in_bucket;
    return place;
}

bool key_order_enter(struct key_order *order, struct key_order_link *link, uint64_t key_hash) {
    *link = (struct key_order_link){.key_hash = key_hash};
    if (key_hash == 0)
        return true;
    struct key_order_link **place = find(order, key_hash);
    struct key_order_link *first = *place;
    if (first == NULL) {
        *place = link;
        return true;
    }
    if (first->waiting_tail != NULL)
        first->waiting_tail->next_waiting = link;
    else
        first->waiting_head = link;
    first->waiting_tail = link;
    return false;
}

struct key_order_link *key_order_leave(struct key_order *order, struct key_order_link *link) {
    if (link->key_hash == 0)
        return NULL;
    struct key_order_link **place = find(order, link->key_hash);
    if (*place != link)
        return NULL;
    struct key_order_link *next = link->waiting_head;
    if (next == NULL) {
        *place = link->next_in_bucket;
        return NULL;
    }
    next->waiting_head = next->next_waiting;
    next->waiting_tail = next->waiting_head == NULL ? NULL : link->waiting_tail;
    next->next_waiting = NULL;
    next->next_in_bucket = link->next_in_bucket;
    *place = next;
    return next;
}

void key_order_forget_waiting(struct key_order *order) {
    for (size_t i = 0; i <= order->mask; i++)
        for (struct key_order_link *link = order->buckets[i]; link != NULL; link = link->next_in_bucket)
            link->waiting_head = link->waiting_tail = NULL;
}

static uint64_t fnv1a(uint64_t hash, const void *bytes, size_t size) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t key_order_hash(const char *topic, const void *key, size_t key_size) {
    uint64_t hash = fnv1a(UINT64_C(0xcbf29ce484222325), topic, strlen(topic) + 1);
    hash = fnv1a(hash, key, key_size);
    return hash == 0 ? 1 : hash;
}
