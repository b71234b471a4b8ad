/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler's state, shared by its three files: tags (mustache_tags.c), the core, and inheritance.
 * Private. */
#ifndef NOTIFY_EMAIL_MUSTACHE_COMPILE_H
#define NOTIFY_EMAIL_MUSTACHE_COMPILE_H

#include "mustache_program.h"

struct mustache_span {
    const char *text;
    size_t size;
};

struct mustache_tag {
    char sigil; /* one of # ^ / ! = > < $ { & or 0 for a variable */
    bool is_dynamic;
    struct mustache_span name;
    size_t start, end; /* with the delimiters */
    size_t line;
};

/* An open section, parent or block. The first frame is the template itself. */
struct mustache_frame {
    enum mustache_kind kind;
    struct mustache_tag tag;
    size_t instruction;
    struct mustache_span
        strip;     /* indentation that the body's lines lose: a block's own, put back where it is expanded */
    bool is_first; /* before the tag its line has blanks and tags of inheritance only */
    bool is_alone; /* … and so it is behind the tag */
};

struct mustache_compiler {
    const char *text;
    size_t size;
    size_t position; /* what is before is compiled */
    size_t line;     /* at line_position */
    size_t line_position;
    size_t clean_from; /* on its line there are blanks and tags of inheritance only before this; 0: nowhere */
    struct mustache_span open, close;
    struct mustache *template;
    struct error *error;
    bool text_is_open; /* the last instruction is a text that may grow */
    size_t depth;
    struct mustache_frame frames[MUSTACHE_MAX_DEPTH + 1];
};

/* mustache_tags.c: the next tag from position on; found is false at the end. Set delimiter tags have taken
 * effect. */
bool mustache_next_tag(struct mustache_compiler *compiler, struct mustache_tag *tag_out, bool *found);

/* mustache_compile.c */
/* Appends source text to the literals, less the indentation that is stripped here; returns how much it was.
 */
size_t mustache_add_literal(struct mustache_compiler *compiler, size_t from, size_t to);
bool mustache_add_text(struct mustache_compiler *compiler, size_t from, size_t to);
struct mustache_instruction *mustache_add_instruction(struct mustache_compiler *compiler,
                                                      enum mustache_kind kind, size_t line);
bool mustache_add_name(struct mustache_compiler *compiler, const struct mustache_tag *tag,
                       struct mustache_name *name_out);
struct mustache_frame *mustache_open_body(struct mustache_compiler *compiler, const struct mustache_tag *tag,
                                          enum mustache_kind kind);
/* Whether only blanks stand between the line's start (or floor) and start; blanks_out is where they begin. */
bool mustache_blank_before(const struct mustache_compiler *compiler, size_t floor, size_t start,
                           size_t *blanks_out);
/* Whether only blanks stand between end and the line's end; next_out is the next line's start. */
bool mustache_blank_after(const struct mustache_compiler *compiler, size_t end, size_t *next_out);

/* mustache_inheritance.c */
bool mustache_open_parent(struct mustache_compiler *compiler, const struct mustache_tag *tag);
bool mustache_close_parent(struct mustache_compiler *compiler, const struct mustache_tag *tag);
bool mustache_open_block(struct mustache_compiler *compiler, const struct mustache_tag *tag);
bool mustache_close_block(struct mustache_compiler *compiler, const struct mustache_tag *tag);

#endif
