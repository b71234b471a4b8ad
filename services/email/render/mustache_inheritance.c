/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parents and blocks. The spec lets several of their tags share a line and calls the line theirs all the
 * same; a block whose tag stands alone loses the indentation of its own body, and what fills it gets that
 * indentation.
 */
#include "mustache_compile.h"
#include <string.h>

static bool is_inside_parent(const struct mustache_compiler *compiler) {
    return compiler->frames[compiler->depth].kind == MUSTACHE_PARENT;
}

static struct mustache_instruction *instruction_of(const struct mustache_compiler *compiler,
                                                   const struct mustache_frame *frame) {
    return &compiler->template->instructions[frame->instruction];
}

/* Text before the tag, the instruction, its frame; the blanks before the tag become its lead. */
static struct mustache_frame *open_tag(struct mustache_compiler *compiler, const struct mustache_tag *tag,
                                       enum mustache_kind kind, struct mustache_span *lead_out) {
    size_t blanks = tag->start;
    bool is_first = is_inside_parent(compiler) ||
                    mustache_blank_before(compiler, compiler->clean_from, tag->start, &blanks);
    if (!is_first)
        blanks = tag->start;
    if (!mustache_add_text(compiler, compiler->position, blanks))
        return NULL;
    struct mustache_frame *frame = mustache_open_body(compiler, tag, kind);
    if (frame == NULL)
        return NULL;
    frame->is_first = is_first;
    if (is_first)
        compiler->clean_from = tag->end;
    compiler->position = tag->end;
    instruction_of(compiler, frame)->lead_is_text = true;
    *lead_out = (struct mustache_span){compiler->text + blanks, tag->start - blanks};
    return frame;
}

static void set_lead(struct mustache_compiler *compiler, const struct mustache_frame *frame,
                     struct mustache_span lead) {
    size_t from = (size_t)(lead.text - compiler->text);
    struct mustache_instruction *instruction = instruction_of(compiler, frame);
    instruction->lead = (uint32_t)compiler->template->literals.size;
    instruction->lead_size = (uint32_t)mustache_add_literal(compiler, from, from + lead.size);
}

static void close_frame(struct mustache_compiler *compiler) {
    instruction_of(compiler, &compiler->frames[compiler->depth])->end = (uint32_t)compiler->template->count;
    compiler->depth--;
    compiler->text_is_open = false;
}

bool mustache_open_parent(struct mustache_compiler *compiler, const struct mustache_tag *tag) {
    struct mustache_span lead;
    struct mustache_frame *frame = open_tag(compiler, tag, MUSTACHE_PARENT, &lead);
    if (frame == NULL)
        return false;
    set_lead(compiler, frame, lead);
    return true;
}

bool mustache_close_parent(struct mustache_compiler *compiler, const struct mustache_tag *tag) {
    const struct mustache_frame *frame = &compiler->frames[compiler->depth];
    size_t next;
    bool is_alone = frame->is_first && mustache_blank_after(compiler, tag->end, &next);
    instruction_of(compiler, frame)->lead_is_text = !is_alone;
    compiler->position = is_alone ? next : tag->end;
    close_frame(compiler);
    return true;
}

/* The indentation of the first line from position on that is not blank; false: that line begins with a
 * closing tag. */
static bool find_body_indentation(const struct mustache_compiler *compiler, size_t position,
                                  struct mustache_span *indentation_out) {
    for (;;) {
        size_t i = position;
        while (i < compiler->size && (compiler->text[i] == ' ' || compiler->text[i] == '\t'))
            i++;
        *indentation_out = (struct mustache_span){compiler->text + position, i - position};
        size_t next;
        if (i < compiler->size && mustache_blank_after(compiler, i, &next)) {
            position = next;
            continue;
        }
        size_t left = compiler->size - i;
        return !(left > compiler->open.size &&
                 memcmp(compiler->text + i, compiler->open.text, compiler->open.size) == 0 &&
                 compiler->text[i + compiler->open.size] == '/');
    }
}

bool mustache_open_block(struct mustache_compiler *compiler, const struct mustache_tag *tag) {
    struct mustache_span lead, indentation;
    struct mustache_frame *frame = open_tag(compiler, tag, MUSTACHE_BLOCK, &lead);
    if (frame == NULL)
        return false;
    size_t next;
    frame->is_alone = frame->is_first && mustache_blank_after(compiler, tag->end, &next);
    if (!frame->is_alone) {
        set_lead(compiler, frame, lead);
        return true;
    }
    compiler->position = next;
    instruction_of(compiler, frame)->lead_is_text = false;
    if (find_body_indentation(compiler, next, &indentation)) {
        set_lead(compiler, frame, indentation); /* less what the surrounding block strips already */
        frame->strip = indentation;
    } else {
        set_lead(compiler, frame, lead);
    }
    return true;
}

bool mustache_close_block(struct mustache_compiler *compiler, const struct mustache_tag *tag) {
    const struct mustache_frame *frame = &compiler->frames[compiler->depth];
    size_t blanks, next = 0;
    bool is_first = mustache_blank_before(compiler, compiler->clean_from, tag->start, &blanks);
    bool is_last = mustache_blank_after(compiler, tag->end, &next);
    bool is_one_line = memchr(compiler->text + frame->tag.start, '\n', tag->start - frame->tag.start) == NULL;
    if (!mustache_add_text(compiler, compiler->position, is_first && frame->is_alone ? blanks : tag->start))
        return false;
    struct mustache_instruction *block = instruction_of(compiler, frame);
    bool is_empty = block->end == compiler->template->count;
    if (is_one_line && is_empty && frame->is_first && is_last)
        block->lead_is_text = false; /* what fills it is indented; the line's end stays */
    compiler->position = is_first && is_last && !is_one_line ? next : tag->end;
    if (is_first)
        compiler->clean_from = tag->end;
    close_frame(compiler);
    return true;
}
