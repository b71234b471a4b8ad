/* SPDX-License-Identifier: Apache-2.0 */
#include "text_buffer.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

static bool resize(struct text_buffer *buffer, size_t capacity) {
    char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

/* Room for size more bytes and a NUL. */
static bool grow(struct text_buffer *buffer, size_t size) {
    if (buffer->failed)
        return false;
    if (size < buffer->capacity - buffer->size)
        return true;
    if (size > SIZE_MAX / 2 - buffer->size - 1) {
        buffer->failed = true;
        return false;
    }
    size_t capacity = buffer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buffer->capacity;
    while (capacity < buffer->size + size + 1)
        capacity += capacity / 2;
    return resize(buffer, capacity);
}

void text_buffer_append(struct text_buffer *buffer, const void *bytes, size_t size) {
    if (!grow(buffer, size))
        return;
    if (size > 0)
        memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
    buffer->bytes[buffer->size] = '\0';
}

void text_buffer_append_text(struct text_buffer *buffer, const char *text) {
    text_buffer_append(buffer, text, strlen(text));
}

void text_buffer_append_byte(struct text_buffer *buffer, char byte) {
    text_buffer_append(buffer, &byte, 1);
}

void text_buffer_append_format(struct text_buffer *buffer, const char *format, ...) {
    if (!grow(buffer, FIRST_CAPACITY / 2))
        return;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = buffer->capacity - buffer->size;
    int length = vsnprintf(buffer->bytes + buffer->size, room, format, arguments);
    if (length < 0) {
        buffer->failed = true;
        buffer->bytes[buffer->size] = '\0';
    } else if ((size_t)length < room) {
        buffer->size += (size_t)length;
    } else if (grow(buffer, (size_t)length)) {
        vsnprintf(buffer->bytes + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    } else {
        buffer->bytes[buffer->size] = '\0';
    }
    va_end(again);
    va_end(arguments);
}

char *text_buffer_reserve(struct text_buffer *buffer, size_t size) {
    /* Who says so at the beginning knows how much: no more than that. */
    bool is_first = buffer->capacity == 0 && !buffer->failed && size >= FIRST_CAPACITY && size < SIZE_MAX / 2;
    bool has_room = is_first ? resize(buffer, size + 1) : grow(buffer, size);
    return has_room ? buffer->bytes + buffer->size : NULL;
}

void text_buffer_reset(struct text_buffer *buffer) {
    buffer->size = 0;
    buffer->failed = false;
    if (buffer->bytes != NULL)
        buffer->bytes[0] = '\0';
}

char *text_buffer_take(struct text_buffer *buffer) {
    text_buffer_append(buffer, "", 0); /* so that an empty buffer gives an empty text */
    char *bytes = NULL;
    if (!buffer->failed) {
        bytes = buffer->bytes;
        *buffer = TEXT_BUFFER_EMPTY;
    }
    text_buffer_free(buffer);
    return bytes;
}

void text_buffer_free(struct text_buffer *buffer) {
    free(buffer->bytes);
    *buffer = TEXT_BUFFER_EMPTY;
}
