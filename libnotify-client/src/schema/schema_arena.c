/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 8192 };

struct schema_arena_block {
    struct schema_arena_block *next;
    size_t size, used;
    max_align_t bytes[];
};

void *schema_arena_take(struct schema_arena *arena, size_t size) {
    const size_t unit = sizeof(max_align_t);
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + unit - 1) / unit * unit;
    struct schema_arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size) {
        size_t block_size = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        block = calloc(1, sizeof *block + block_size);
        if (block == NULL)
            return NULL;
        block->size = block_size;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *taken = (char *)block->bytes + block->used;
    block->used += size;
    return taken;
}

void *schema_arena_take_many(struct schema_arena *arena, size_t count, size_t size) {
    return count > SIZE_MAX / 4 / size ? NULL : schema_arena_take(arena, count * size);
}

char *schema_arena_text(struct schema_arena *arena, const char *text, size_t size) {
    char *copy = schema_arena_take(arena, size + 1);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

void schema_arena_free(struct schema_arena *arena) {
    while (arena->blocks != NULL) {
        struct schema_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}
