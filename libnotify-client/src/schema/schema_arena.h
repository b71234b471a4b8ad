/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is freed all at once: a schema is built of many small things which live as long as it does. */
#ifndef NOTIFY_SCHEMA_SCHEMA_ARENA_H
#define NOTIFY_SCHEMA_SCHEMA_ARENA_H

#include <stddef.h>

struct schema_arena {
    struct schema_arena_block *blocks; /* the one in use first */
};

/* Zeroed, aligned for anything; NULL: no memory. */
void *schema_arena_take(struct schema_arena *arena, size_t size);
/* An array, zeroed. */
void *schema_arena_take_many(struct schema_arena *arena, size_t count, size_t size);
/* A text of that many bytes, with a NUL behind it. */
char *schema_arena_text(struct schema_arena *arena, const char *text, size_t size);
void schema_arena_free(struct schema_arena *arena);

#endif
