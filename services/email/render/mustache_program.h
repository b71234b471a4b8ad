/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a template is compiled to: a flat row of instructions. An instruction with a body (section, parent,
 * block) is followed by it and knows where it ends. Private to the compiler and the renderer.
 */
#ifndef NOTIFY_EMAIL_MUSTACHE_PROGRAM_H
#define NOTIFY_EMAIL_MUSTACHE_PROGRAM_H

#include "mustache.h"
#include <stdint.h>

enum mustache_kind {
    MUSTACHE_TEXT,
    MUSTACHE_VARIABLE,
    MUSTACHE_SECTION,
    MUSTACHE_INVERTED,
    MUSTACHE_PARTIAL,
    MUSTACHE_PARENT, /* a partial with arguments: of its body only the blocks count */
    MUSTACHE_BLOCK,  /* a parameter with its default, or, directly in a parent, an argument */
};

/* A dotted name, in the template's pool of names: the whole, and then its segments, each with a NUL. */
struct mustache_name {
    uint32_t dotted;
    uint32_t segments;
    uint32_t segment_count; /* 0: the implicit iterator "." */
};

struct mustache_instruction {
    uint8_t kind;
    bool is_raw;       /* variable: never escaped */
    bool is_dynamic;   /* partial, parent: the name is looked up in the context */
    bool lead_is_text; /* parent, block: lead is ordinary text before it, as it does not stand alone on its
                          lines */
    uint32_t line;
    uint32_t end;  /* index of the first instruction behind the body */
    uint32_t lead; /* text: the literal; partial, parent, block: the indentation of each of its lines */
    uint32_t lead_size;
    struct mustache_name name;
};

struct mustache {
    struct mustache_instruction *instructions;
    size_t count, capacity;
    struct text_buffer literals;
    struct text_buffer names;
};

#endif
