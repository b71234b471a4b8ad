/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes that is reused. A failed allocation is remembered: appending goes on doing nothing,
 * and the writer asks once at the end. bytes is always NUL-terminated once something was appended.
 */
#ifndef NOTIFY_COMMON_TEXT_BUFFER_H
#define NOTIFY_COMMON_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct text_buffer {
    char *bytes;
    size_t size;     /* used, without the terminating NUL */
    size_t capacity; /* allocated */
    bool failed;     /* an allocation failed since the last reset */
};

#define TEXT_BUFFER_EMPTY ((struct text_buffer){0})

void text_buffer_append(struct text_buffer *buffer, const void *bytes, size_t size);
void text_buffer_append_text(struct text_buffer *buffer, const char *text);
void text_buffer_append_byte(struct text_buffer *buffer, char byte);
void text_buffer_append_format(struct text_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for size more bytes, to write to at bytes + size; NULL when there is no memory. */
char *text_buffer_reserve(struct text_buffer *buffer, size_t size);
/* Forgets the content, keeps the memory. */
void text_buffer_reset(struct text_buffer *buffer);
/* The bytes become the caller's, to free(); the buffer is empty. NULL when an allocation failed. */
char *text_buffer_take(struct text_buffer *buffer);
/* Frees the memory; for use with cleanup(). */
void text_buffer_free(struct text_buffer *buffer);

#endif
