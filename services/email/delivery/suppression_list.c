/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing; a removal closes the gap, so that no tombstones of its own pile up. */
#include "suppression_list.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_SLOTS 64
#define SLOT_EMPTY 0 /* as its end, which is no entry's */

struct slot {
    struct suppression_key key;
    int64_t ends_unix_ms;
};

struct suppression_list {
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t count;
};

struct suppression_list *suppression_list_new(void) {
    struct suppression_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return NULL;
    list->slot_count = LEAST_SLOTS;
    list->slots = calloc(list->slot_count, sizeof *list->slots);
    if (list->slots != NULL)
        return list;
    free(list);
    return NULL;
}

void suppression_list_free(struct suppression_list *list) {
    if (list == NULL)
        return;
    free(list->slots);
    free(list);
}

static bool is_empty(const struct slot *slot) {
    return slot->ends_unix_ms == SLOT_EMPTY;
}

/* A digest's first bytes are as good a hash as any. */
static size_t home_of(const struct suppression_key *key, size_t slot_count) {
    uint64_t hash;
    memcpy(&hash, key->bytes, sizeof hash);
    return (size_t)hash & (slot_count - 1);
}

/* The key's slot, or the empty one that it would take. */
static struct slot *find(struct slot *slots, size_t slot_count, const struct suppression_key *key) {
    size_t index = home_of(key, slot_count);
    while (!is_empty(&slots[index]) && memcmp(&slots[index].key, key, sizeof *key) != 0)
        index = (index + 1) & (slot_count - 1);
    return &slots[index];
}

static size_t count_ended(const struct suppression_list *list, int64_t now) {
    size_t ended = 0;
    for (size_t i = 0; i < list->slot_count; i++)
        ended += !is_empty(&list->slots[i]) && list->slots[i].ends_unix_ms <= now;
    return ended;
}

/* Leaves behind what has ended; the table grows (or shrinks) to at most one third of load by what stays. */
static bool make_room(struct suppression_list *list, int64_t now) {
    size_t staying = list->count - count_ended(list, now);
    size_t slot_count = LEAST_SLOTS;
    while (slot_count / 3 <= staying)
        slot_count *= 2;
    struct slot *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < list->slot_count; i++) {
        const struct slot *slot = &list->slots[i];
        if (!is_empty(slot) && slot->ends_unix_ms > now)
            *find(slots, slot_count, &slot->key) = *slot;
    }
    free(list->slots);
    list->slots = slots;
    list->slot_count = slot_count;
    list->count = staying;
    return true;
}

bool suppression_list_put(struct suppression_list *list, const struct suppression_key *key,
                          int64_t ends_unix_ms, int64_t now_unix_ms) {
    if (ends_unix_ms <= now_unix_ms || ends_unix_ms <= 0) {
        suppression_list_remove(list, key);
        return true;
    }
    struct slot *slot = find(list->slots, list->slot_count, key);
    if (is_empty(slot) && list->count >= list->slot_count / 3 * 2) {
        if (!make_room(list, now_unix_ms))
            return false;
        slot = find(list->slots, list->slot_count, key);
    }
    list->count += is_empty(slot);
    *slot = (struct slot){.key = *key, .ends_unix_ms = ends_unix_ms};
    return true;
}

/* Whether a slot's entry may move to the gap: its way from home leads past it. */
static bool passes(const struct suppression_list *list, size_t home, size_t gap, size_t index) {
    size_t mask = list->slot_count - 1;
    return ((index - home) & mask) >= ((index - gap) & mask);
}

void suppression_list_remove(struct suppression_list *list, const struct suppression_key *key) {
    struct slot *slot = find(list->slots, list->slot_count, key);
    if (is_empty(slot))
        return;
    size_t mask = list->slot_count - 1;
    size_t gap = (size_t)(slot - list->slots);
    for (size_t index = (gap + 1) & mask; !is_empty(&list->slots[index]); index = (index + 1) & mask) {
        if (!passes(list, home_of(&list->slots[index].key, list->slot_count), gap, index))
            continue;
        list->slots[gap] = list->slots[index];
        gap = index;
    }
    list->slots[gap] = (struct slot){.ends_unix_ms = SLOT_EMPTY};
    list->count--;
}

bool suppression_list_has(const struct suppression_list *list, const struct suppression_key *key,
                          int64_t now_unix_ms) {
    return find(list->slots, list->slot_count, key)->ends_unix_ms > now_unix_ms;
}

size_t suppression_list_count(const struct suppression_list *list) {
    return list->count;
}
