/* SPDX-License-Identifier: Apache-2.0 */
#include "key_order.h"

#include <stdlib.h>
#include <string.h>

/* There are no more chains than rows ahead (1,000). */
#define BUCKETS 2048

struct held_row {
    struct held_row *next;
    int64_t id;
};

struct key_order {
    struct key_chain *buckets[BUCKETS];
};

struct key_order *key_order_new(void) {
    return calloc(1, sizeof(struct key_order));
}

struct key_order *key_order_free(struct key_order *order) {
    if (order == NULL)
        return NULL;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (order->buckets[i] != NULL)
            key_order_close(order, order->buckets[i]);
    }
    free(order);
    return NULL;
}

/* FNV-1a. The keys are the application's own and the chains at most 1,000: no need for a keyed hash. */
static uint64_t hash_of(const void *scope, const char *key) {
    uint64_t hash = UINT64_C(14695981039346656037) ^ (uint64_t)(uintptr_t)scope;
    for (const unsigned char *p = (const unsigned char *)key; *p != '\0'; p++)
        hash = (hash ^ *p) * UINT64_C(1099511628211);
    return hash ^ (hash >> 32);
}

struct key_chain *key_order_find(const struct key_order *order, const void *scope, const char *key) {
    uint64_t hash = hash_of(scope, key);
    struct key_chain *chain = order->buckets[hash % BUCKETS];
    while (chain != NULL && (chain->hash != hash || chain->scope != scope || strcmp(chain->key, key) != 0))
        chain = chain->next_in_bucket;
    return chain;
}

struct key_chain *key_order_open(struct key_order *order, const void *scope, const char *key) {
    size_t key_size = strlen(key) + 1;
    struct key_chain *chain = calloc(1, sizeof *chain + key_size);
    if (chain == NULL)
        return NULL;
    chain->end = &chain->first;
    chain->scope = scope;
    chain->hash = hash_of(scope, key);
    memcpy(chain->key, key, key_size);
    struct key_chain **bucket = &order->buckets[chain->hash % BUCKETS];
    chain->next_in_bucket = *bucket;
    *bucket = chain;
    return chain;
}

bool key_chain_hold(struct key_chain *chain, int64_t id) {
    struct held_row *row = malloc(sizeof *row);
    if (row == NULL)
        return false;
    *row = (struct held_row){.id = id};
    *chain->end = row;
    chain->end = &row->next;
    return true;
}

bool key_chain_pop(struct key_chain *chain, int64_t *id_out) {
    struct held_row *row = chain->first;
    if (row == NULL)
        return false;
    *id_out = row->id;
    chain->first = row->next;
    if (chain->first == NULL)
        chain->end = &chain->first;
    free(row);
    return true;
}

void key_order_close(struct key_order *order, struct key_chain *chain) {
    struct key_chain **link = &order->buckets[chain->hash % BUCKETS];
    while (*link != chain)
        link = &(*link)->next_in_bucket;
    *link = chain->next_in_bucket;
    int64_t id;
    while (key_chain_pop(chain, &id))
        continue;
    free(chain);
}
