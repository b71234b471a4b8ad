/* SPDX-License-Identifier: Apache-2.0 */
/* Violations in words. Only here is a path written out: what is valid does not pay for it. */
#include "schema_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that keeps what fits, whole characters only. */
struct clipped_text {
    char *bytes;
    size_t size, capacity; /* capacity: without the NUL */
    bool full;
};

static void put(struct clipped_text *text, const char *bytes, size_t size) {
    if (text->full || text->capacity - text->size < size)
        text->full = true;
    else {
        memcpy(text->bytes + text->size, bytes, size);
        text->size += size;
    }
    text->bytes[text->size] = '\0';
}

static size_t character_size(const char *at, size_t size) {
    size_t count = 1;
    while (count < size && ((unsigned char)at[count] & 0xC0) == 0x80)
        count++;
    return count;
}

static void put_characters(struct clipped_text *text, const char *bytes, size_t size) {
    for (size_t at = 0, step; at < size && !text->full; at += step) {
        step = character_size(bytes + at, size - at);
        put(text, bytes + at, step);
    }
}

/* RFC 6901 §3 */
static void put_name(struct clipped_text *text, const char *name, size_t size) {
    for (size_t at = 0, step; at < size && !text->full; at += step) {
        step = 1;
        if (name[at] == '~')
            put(text, "~0", 2);
        else if (name[at] == '/')
            put(text, "~1", 2);
        else
            put(text, name + at, step = character_size(name + at, size - at));
    }
}

static void put_path(struct clipped_text *text, const struct schema_path *path) {
    if (path == NULL || path->parent == NULL)
        return;
    put_path(text, path->parent);
    put(text, "/", 1);
    if (path->name != NULL) {
        put_name(text, path->name, path->size);
        return;
    }
    char index[24];
    int size = snprintf(index, sizeof index, "%zu", path->index);
    put(text, index, (size_t)size);
}

static void clip(char *target, size_t target_size, const char *source) {
    struct clipped_text text = {.bytes = target, .capacity = target_size - 1};
    target[0] = '\0';
    put_characters(&text, source, strlen(source));
}

static void tell(struct json_schema_violation *violation, const struct schema_node *node,
                 const struct schema_path *path, const char *keyword, const char *sentence) {
    struct clipped_text place = {.bytes = violation->place, .capacity = sizeof violation->place - 1};
    violation->place[0] = '\0';
    put_path(&place, path);
    clip(violation->schema_place, sizeof violation->schema_place, node->place);
    clip(violation->text, sizeof violation->text, sentence);
    violation->keyword = keyword;
}

enum schema_outcome schema_invalid(struct schema_check *check, const struct schema_node *node,
                                   const struct schema_path *path, const char *keyword, const char *format,
                                   ...) {
    if (check->quiet > 0 || check->violation == NULL)
        return OUTCOME_INVALID;
    char sentence[2 * JSON_SCHEMA_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    tell(check->violation, node, path, keyword, sentence);
    return OUTCOME_INVALID;
}

enum schema_outcome schema_abort(struct schema_check *check, const struct schema_node *node,
                                 const struct schema_path *path, const char *keyword, const char *text) {
    if (check->violation != NULL)
        tell(check->violation, node, path, keyword, text);
    return OUTCOME_ABORTED;
}

enum schema_outcome schema_abort_no_memory(struct schema_check *check) {
    check->no_memory = true;
    return OUTCOME_ABORTED;
}

void json_schema_violation_tell(const struct json_schema_violation *violation, const char *name, char *text,
                                size_t text_size) {
    char whole[JSON_SCHEMA_PLACE_SIZE + JSON_SCHEMA_TEXT_SIZE + 512];
    snprintf(whole, sizeof whole, "%s%s%s %s (%s)", name, violation->place[0] == '\0' ? "" : " at ",
             violation->place, violation->text, violation->keyword);
    if (text_size > 0)
        clip(text, text_size, whole);
}
