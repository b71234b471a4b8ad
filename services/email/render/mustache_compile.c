/* SPDX-License-Identifier: Apache-2.0 */
#include "mustache_compile.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

size_t mustache_add_literal(struct mustache_compiler *compiler, size_t from, size_t to) {
    struct text_buffer *literals = &compiler->template->literals;
    const struct mustache_span strip = compiler->frames[compiler->depth].strip;
    size_t before = literals->size;
    while (from < to) {
        const char *line_feed = strip.size == 0 ? NULL : memchr(compiler->text + from, '\n', to - from);
        size_t line_end = line_feed == NULL ? to : (size_t)(line_feed - compiler->text) + 1;
        if (from == 0 || compiler->text[from - 1] == '\n') {
            for (size_t i = 0; i < strip.size && from < line_end && compiler->text[from] == strip.text[i];
                 i++)
                from++;
        }
        text_buffer_append(literals, compiler->text + from, line_end - from);
        from = line_end;
    }
    return literals->size - before;
}

struct mustache_instruction *mustache_add_instruction(struct mustache_compiler *compiler,
                                                      enum mustache_kind kind, size_t line) {
    struct mustache *template = compiler->template;
    if (template->count == template->capacity) {
        size_t capacity = template->capacity == 0 ? 16 : template->capacity * 2;
        void *instructions = realloc(template->instructions, capacity * sizeof *template->instructions);
        if (instructions == NULL) {
            error_set(compiler->error, "no memory for a template");
            return NULL;
        }
        template->instructions = instructions;
        template->capacity = capacity;
    }
    struct mustache_instruction *added = &template->instructions[template->count++];
    *added = (struct mustache_instruction){
        .kind = (uint8_t)kind,
        .line = (uint32_t)line,
        .end = (uint32_t) template->count,
        .lead = (uint32_t) template->literals.size,
    };
    compiler->text_is_open = false;
    return added;
}

bool mustache_add_text(struct mustache_compiler *compiler, size_t from, size_t to) {
    if (from >= to || compiler->frames[compiler->depth].kind == MUSTACHE_PARENT)
        return true; /* between a parent's arguments text is ignored */
    if (!compiler->text_is_open && mustache_add_instruction(compiler, MUSTACHE_TEXT, compiler->line) == NULL)
        return false;
    size_t size = mustache_add_literal(compiler, from, to);
    compiler->template->instructions[compiler->template->count - 1].lead_size += (uint32_t)size;
    compiler->text_is_open = true;
    return true;
}

bool mustache_blank_before(const struct mustache_compiler *compiler, size_t floor, size_t start,
                           size_t *blanks_out) {
    size_t i = start;
    while (i > floor && is_blank(compiler->text[i - 1]))
        i--;
    *blanks_out = i;
    return i == 0 || compiler->text[i - 1] == '\n' || (floor > 0 && i == floor);
}

bool mustache_blank_after(const struct mustache_compiler *compiler, size_t end, size_t *next_out) {
    while (end < compiler->size && is_blank(compiler->text[end]))
        end++;
    if (end + 1 < compiler->size && compiler->text[end] == '\r' && compiler->text[end + 1] == '\n')
        end++;
    if (end < compiler->size && compiler->text[end] != '\n')
        return false;
    *next_out = end < compiler->size ? end + 1 : end;
    return true;
}

bool mustache_add_name(struct mustache_compiler *compiler, const struct mustache_tag *tag,
                       struct mustache_name *name_out) {
    struct text_buffer *names = &compiler->template->names;
    name_out->dotted = (uint32_t)names->size;
    text_buffer_append(names, tag->name.text, tag->name.size);
    text_buffer_append_byte(names, '\0');
    name_out->segments = (uint32_t)names->size;
    if (tag->name.size == 1 && tag->name.text[0] == '.')
        return true;
    const char *segment = tag->name.text, *end = tag->name.text + tag->name.size;
    for (;;) {
        const char *dot = memchr(segment, '.', (size_t)(end - segment));
        const char *segment_end = dot == NULL ? end : dot;
        if (segment_end == segment)
            return error_set(compiler->error, "line %zu: the name \"%.*s\" has an empty part", tag->line,
                             (int)tag->name.size, tag->name.text);
        text_buffer_append(names, segment, (size_t)(segment_end - segment));
        text_buffer_append_byte(names, '\0');
        name_out->segment_count++;
        if (dot == NULL)
            return true;
        segment = dot + 1;
    }
}

static struct mustache_frame *push_frame(struct mustache_compiler *compiler, const struct mustache_tag *tag,
                                         enum mustache_kind kind) {
    if (compiler->depth == MUSTACHE_MAX_DEPTH) {
        error_set(compiler->error, "line %zu: more than %d tags are nested", tag->line, MUSTACHE_MAX_DEPTH);
        return NULL;
    }
    struct mustache_frame *frame = &compiler->frames[compiler->depth + 1];
    *frame = (struct mustache_frame){
        .kind = kind,
        .tag = *tag,
        .strip = compiler->frames[compiler->depth].strip,
        .instruction = compiler->template->count - 1,
    };
    compiler->depth++;
    return frame;
}

struct mustache_frame *mustache_open_body(struct mustache_compiler *compiler, const struct mustache_tag *tag,
                                          enum mustache_kind kind) {
    struct mustache_instruction *opened = mustache_add_instruction(compiler, kind, tag->line);
    if (opened == NULL)
        return NULL;
    opened->is_dynamic = tag->is_dynamic;
    if (!mustache_add_name(compiler, tag, &opened->name))
        return NULL;
    return push_frame(compiler, tag, kind);
}

/* A tag of the core spec. Alone on its line it takes the line with it. */
static bool handle_plain_tag(struct mustache_compiler *compiler, const struct mustache_tag *tag) {
    size_t blanks, next;
    bool can_stand_alone = tag->sigil != 0 && strchr("#^/!=>", tag->sigil) != NULL;
    bool is_alone = can_stand_alone && mustache_blank_before(compiler, 0, tag->start, &blanks) &&
                    mustache_blank_after(compiler, tag->end, &next);
    if (!mustache_add_text(compiler, compiler->position, is_alone ? blanks : tag->start))
        return false;
    compiler->position = is_alone ? next : tag->end;

    struct mustache_instruction *added;
    switch (tag->sigil) {
    case '!':
    case '=':
        return true;
    case '#':
    case '^':
        return mustache_open_body(compiler, tag, tag->sigil == '#' ? MUSTACHE_SECTION : MUSTACHE_INVERTED) !=
               NULL;
    case '/':
        compiler->template->instructions[compiler->frames[compiler->depth].instruction].end =
            (uint32_t)compiler->template->count;
        compiler->depth--;
        compiler->text_is_open = false;
        return true;
    case '>':
        added = mustache_add_instruction(compiler, MUSTACHE_PARTIAL, tag->line);
        if (added == NULL)
            return false;
        added->is_dynamic = tag->is_dynamic;
        if (is_alone)
            added->lead_size = (uint32_t)mustache_add_literal(compiler, blanks, tag->start);
        break;
    default:
        added = mustache_add_instruction(compiler, MUSTACHE_VARIABLE, tag->line);
        if (added == NULL)
            return false;
        added->is_raw = tag->sigil == '{' || tag->sigil == '&';
    }
    /* A partial's name is a file's, not a path into the context. */
    if (tag->sigil == '>' && !tag->is_dynamic) {
        added->name.dotted = (uint32_t)compiler->template->names.size;
        text_buffer_append(&compiler->template->names, tag->name.text, tag->name.size);
        text_buffer_append_byte(&compiler->template->names, '\0');
        return true;
    }
    return mustache_add_name(compiler, tag, &added->name);
}

static bool check_close(struct mustache_compiler *compiler, const struct mustache_tag *tag) {
    if (compiler->depth == 0)
        return error_set(compiler->error, "line %zu: {{/%.*s}} closes nothing", tag->line,
                         (int)tag->name.size, tag->name.text);
    const struct mustache_tag *open = &compiler->frames[compiler->depth].tag;
    if (open->is_dynamic != tag->is_dynamic || open->name.size != tag->name.size ||
        memcmp(open->name.text, tag->name.text, tag->name.size) != 0)
        return error_set(compiler->error,
                         "line %zu: {{/%.*s}} stands where {{%c%.*s}} of line %zu has to be closed",
                         tag->line, (int)tag->name.size, tag->name.text, open->sigil, (int)open->name.size,
                         open->name.text, open->line);
    return true;
}

static bool handle_tag(struct mustache_compiler *compiler, const struct mustache_tag *tag) {
    switch (tag->sigil) {
    case '<':
        return mustache_open_parent(compiler, tag);
    case '$':
        return mustache_open_block(compiler, tag);
    case '/':
        if (!check_close(compiler, tag))
            return false;
        if (compiler->frames[compiler->depth].kind == MUSTACHE_PARENT)
            return mustache_close_parent(compiler, tag);
        if (compiler->frames[compiler->depth].kind == MUSTACHE_BLOCK)
            return mustache_close_block(compiler, tag);
        break;
    }
    return handle_plain_tag(compiler, tag);
}

static bool compile(struct mustache_compiler *compiler) {
    struct mustache_tag tag;
    bool found;
    while (mustache_next_tag(compiler, &tag, &found)) {
        if (!found) {
            if (compiler->depth > 0) {
                const struct mustache_tag *open = &compiler->frames[compiler->depth].tag;
                return error_set(compiler->error, "line %zu: {{%c%.*s}} is never closed", open->line,
                                 open->sigil, (int)open->name.size, open->name.text);
            }
            return mustache_add_text(compiler, compiler->position, compiler->size);
        }
        if (!handle_tag(compiler, &tag))
            return false;
    }
    return false;
}

bool mustache_compile(struct mustache **template_out, const char *text, size_t size, struct error *error) {
    *template_out = NULL;
    if (size > MUSTACHE_MAX_TEMPLATE)
        return error_set(error, "the template has %zu bytes, more than %d", size, MUSTACHE_MAX_TEMPLATE);
    struct mustache *template = calloc(1, sizeof *template);
    if (template == NULL)
        return error_set(error, "no memory for a template");
    struct mustache_compiler compiler = {
        .text = text,
        .size = size,
        .line = 1,
        .template = template,
        .error = error,
        .open = {"{{", 2},
        .close = {"}}", 2},
    };
    text_buffer_append(&template->literals, "", 0); /* so that both have bytes, however few */
    text_buffer_append(&template->names, "", 0);
    bool compiled = compile(&compiler);
    if (compiled && (template->literals.failed || template->names.failed))
        compiled = error_set(error, "no memory for a template");
    if (!compiled) {
        mustache_free(template);
        return false;
    }
    *template_out = template;
    return true;
}

void mustache_free(struct mustache *template) {
    if (template == NULL)
        return;
    free(template->instructions);
    text_buffer_free(&template->literals);
    text_buffer_free(&template->names);
    free(template);
}

void mustache_each_partial(const struct mustache *template,
                           void (*visit)(void *data, const char *name, size_t line), void *data) {
    for (size_t i = 0; i < template->count; i++) {
        const struct mustache_instruction *instruction = &template->instructions[i];
        bool is_partial = instruction->kind == MUSTACHE_PARTIAL || instruction->kind == MUSTACHE_PARENT;
        if (is_partial && !instruction->is_dynamic)
            visit(data, template->names.bytes + instruction->name.dotted, instruction->line);
    }
}
