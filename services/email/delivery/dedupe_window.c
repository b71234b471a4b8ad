/* SPDX-License-Identifier: Apache-2.0 */
#include "dedupe_window.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

struct dedupe_window {
    size_t size;
    /* A ring: the key noted at an offset is in keys[offset % capacity]; 0: none. */
    uint64_t *keys;
    size_t capacity;
    /* The place of each key's last copy in the ring, plus one; 0: a free slot. Open addressing. */
    uint32_t *slots;
    size_t mask;
    int64_t first, last; /* offsets noted since all was forgotten; -1: none */
};

struct dedupe_window *dedupe_window_new(size_t size) {
    struct dedupe_window *window = calloc(1, sizeof *window);
    if (window == NULL)
        return NULL;
    window->size = size;
    window->first = window->last = -1;
    return window;
}

void dedupe_window_free(struct dedupe_window *window) {
    if (window == NULL)
        return;
    free(window->keys);
    free(window->slots);
    free(window);
}

static void forget_all(struct dedupe_window *window) {
    if (window->capacity > 0) {
        memset(window->keys, 0, window->capacity * sizeof *window->keys);
        memset(window->slots, 0, (window->mask + 1) * sizeof *window->slots);
    }
    window->first = window->last = -1;
}

/* --- the index --- */

/* The slot of the key, or the free one where it would be. */
static size_t find_slot(const struct dedupe_window *window, uint64_t key) {
    size_t slot = key & window->mask;
    while (window->slots[slot] != 0 && window->keys[window->slots[slot] - 1] != key)
        slot = (slot + 1) & window->mask;
    return slot;
}

/* Closes the gap, so that every key is found from its own slot on without a free one between. */
static void free_slot(struct dedupe_window *window, size_t gap) {
    size_t slot = gap;
    for (;;) {
        slot = (slot + 1) & window->mask;
        if (window->slots[slot] == 0)
            break;
        size_t home = window->keys[window->slots[slot] - 1] & window->mask;
        if (((slot - home) & window->mask) < ((slot - gap) & window->mask))
            continue; /* its home lies behind the gap */
        window->slots[gap] = window->slots[slot];
        gap = slot;
    }
    window->slots[gap] = 0;
}

/* --- the ring --- */

static size_t place_of(const struct dedupe_window *window, int64_t offset) {
    return (size_t)((uint64_t)offset % window->capacity);
}

static void forget_place(struct dedupe_window *window, size_t place) {
    if (window->keys[place] == 0)
        return;
    size_t slot = find_slot(window, window->keys[place]);
    if (window->slots[slot] == place + 1)
        free_slot(window, slot); /* else a later copy has the slot */
    window->keys[place] = 0;
}

static void put(struct dedupe_window *window, int64_t offset, uint64_t key) {
    size_t place = place_of(window, offset);
    size_t slot = find_slot(window, key);
    window->keys[place] = key;
    window->slots[slot] = (uint32_t)place + 1;
}

static size_t slots_for(size_t capacity) {
    size_t count = FIRST_CAPACITY;
    while (count < capacity + capacity / 2)
        count *= 2;
    return count;
}

static int64_t lowest_kept(const struct dedupe_window *window) {
    int64_t reach = window->last - (int64_t)window->capacity + 1;
    return window->first > reach ? window->first : reach;
}

static void grow(struct dedupe_window *window, size_t capacity) {
    size_t slot_count = slots_for(capacity);
    struct dedupe_window grown = *window;
    grown.keys = calloc(capacity, sizeof *grown.keys);
    grown.slots = calloc(slot_count, sizeof *grown.slots);
    if (grown.keys == NULL || grown.slots == NULL) {
        free(grown.keys);
        free(grown.slots);
        return;
    }
    grown.capacity = capacity;
    grown.mask = slot_count - 1;
    for (int64_t offset = window->last < 0 ? 0 : lowest_kept(window); offset <= window->last; offset++) {
        uint64_t key = window->keys[place_of(window, offset)];
        if (key != 0)
            put(&grown, offset, key);
    }
    free(window->keys);
    free(window->slots);
    *window = grown;
}

/* Whether the window, at its size, would hold more than the ring does. */
static void make_room(struct dedupe_window *window, int64_t offset) {
    uint64_t span = window->first < 0 ? 1 : (uint64_t)(offset - window->first) + 1;
    if (window->capacity == window->size || (window->capacity > 0 && span <= window->capacity))
        return;
    size_t capacity = window->capacity == 0 ? FIRST_CAPACITY : window->capacity;
    while (capacity < span && capacity < window->size)
        capacity *= 2;
    grow(window, capacity < window->size ? capacity : window->size);
}

/* The offsets between the last one and this one hold nothing. */
static void pass_over(struct dedupe_window *window, int64_t offset) {
    if (window->last < 0)
        return;
    if ((uint64_t)(offset - window->last) > window->capacity) {
        forget_all(window);
        return;
    }
    for (int64_t between = window->last + 1; between < offset; between++)
        forget_place(window, place_of(window, between));
}

bool dedupe_window_note(struct dedupe_window *window, int64_t offset, uint64_t key) {
    if (key == 0)
        key = 1;
    if (offset <= window->last)
        forget_all(window);
    make_room(window, offset);
    if (window->capacity == 0)
        return false;
    pass_over(window, offset);
    /* The place of this offset still has what stood exactly one window below. */
    bool duplicate = window->slots[find_slot(window, key)] != 0;
    forget_place(window, place_of(window, offset));
    put(window, offset, key);
    if (window->first < 0)
        window->first = offset;
    window->last = offset;
    return duplicate;
}
