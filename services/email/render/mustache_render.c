/* SPDX-License-Identifier: Apache-2.0 */
#include "mustache_arguments.h"
#include "mustache_value.h"
#include <string.h>

struct rendering {
    struct text_buffer *out;
    size_t start; /* of this rendering in out */
    enum mustache_escape escape;
    mustache_partial_finder find_partial;
    void *partial_data;
    struct error *error;
    size_t steps;
    size_t depth;
    const json_t *context[MUSTACHE_MAX_DEPTH + 1]; /* a stack; each level of depth pushes at most one */
    size_t context_size;
    struct text_buffer indentation; /* of the line, by all the partials and blocks around it */
    bool at_line_start;             /* of template text: the lines of a value are not indented */
};

static bool render_range(struct rendering *rendering, const struct mustache *template, size_t from, size_t to,
                         const struct mustache_arguments *arguments);

static const json_t *look_up(const struct rendering *rendering, const struct mustache *template,
                             const struct mustache_name *name) {
    if (name->segment_count == 0)
        return rendering->context[rendering->context_size - 1];
    const char *segment = template->names.bytes + name->segments;
    const json_t *value = NULL;
    for (size_t i = rendering->context_size; value == NULL && i > 0; i--)
        value = json_object_get(rendering->context[i - 1], segment);
    for (uint32_t i = 1; value != NULL && i < name->segment_count; i++) {
        segment += strlen(segment) + 1;
        value = json_object_get(value, segment);
    }
    return value;
}

static void write_indentation(struct rendering *rendering) {
    if (rendering->at_line_start && rendering->indentation.size > 0)
        text_buffer_append(rendering->out, rendering->indentation.bytes, rendering->indentation.size);
    rendering->at_line_start = false;
}

static void write_literal(struct rendering *rendering, const char *text, size_t size) {
    if (size == 0)
        return;
    const char *end = text + size;
    while (rendering->indentation.size > 0 && text < end) {
        write_indentation(rendering);
        const char *line_feed = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = line_feed == NULL ? end : line_feed + 1;
        text_buffer_append(rendering->out, text, (size_t)(line_end - text));
        rendering->at_line_start = line_feed != NULL;
        text = line_end;
    }
    text_buffer_append(rendering->out, text, (size_t)(end - text));
    rendering->at_line_start = end[-1] == '\n';
}

static bool enter(struct rendering *rendering, const struct mustache_instruction *instruction) {
    if (rendering->depth == MUSTACHE_MAX_DEPTH)
        return error_set(rendering->error, "line %u: sections and partials are nested more than %d deep",
                         instruction->line, MUSTACHE_MAX_DEPTH);
    rendering->depth++;
    return true;
}

static bool count_step(struct rendering *rendering, const struct mustache_instruction *instruction) {
    if (++rendering->steps > MUSTACHE_MAX_STEPS)
        return error_set(rendering->error,
                         "line %u: more than %d steps; is there a list in a list in a list?",
                         instruction->line, MUSTACHE_MAX_STEPS);
    if (rendering->out->size - rendering->start > MUSTACHE_MAX_OUTPUT)
        return error_set(rendering->error, "line %u: the text is longer than %d bytes", instruction->line,
                         MUSTACHE_MAX_OUTPUT);
    return true;
}

static bool render_with(struct rendering *rendering, const struct mustache *template,
                        const struct mustache_instruction *section, const json_t *context,
                        const struct mustache_arguments *arguments) {
    size_t from = (size_t)(section - template->instructions) + 1;
    rendering->context[rendering->context_size++] = context;
    bool rendered = render_range(rendering, template, from, section->end, arguments);
    rendering->context_size--;
    return rendered;
}

static bool render_section(struct rendering *rendering, const struct mustache *template,
                           const struct mustache_instruction *section,
                           const struct mustache_arguments *arguments) {
    const json_t *value = look_up(rendering, template, &section->name);
    bool is_truthy = mustache_value_is_truthy(value);
    size_t from = (size_t)(section - template->instructions) + 1;
    if (is_truthy == (section->kind == MUSTACHE_INVERTED))
        return true;
    if (!enter(rendering, section))
        return false;
    bool rendered = true;
    if (section->kind == MUSTACHE_INVERTED) {
        rendered = render_range(rendering, template, from, section->end, arguments);
    } else if (json_is_array(value)) {
        for (size_t i = 0; rendered && i < json_array_size(value); i++)
            rendered = count_step(rendering, section) &&
                       render_with(rendering, template, section, json_array_get(value, i), arguments);
    } else {
        rendered = render_with(rendering, template, section, value, arguments);
    }
    rendering->depth--;
    return rendered;
}

/* A range of instructions with the lead of a partial, parent or block before each of its lines. */
static bool render_indented(struct rendering *rendering, const struct mustache *owner,
                            const struct mustache_instruction *instruction, const struct mustache *template,
                            size_t from, size_t to, const struct mustache_arguments *arguments) {
    if (!enter(rendering, instruction))
        return false;
    size_t indentation = rendering->indentation.size;
    const char *lead = owner->literals.bytes + instruction->lead;
    if (instruction->lead_size > 0) {
        if (instruction->lead_is_text)
            write_literal(rendering, lead, instruction->lead_size);
        else
            text_buffer_append(&rendering->indentation, lead, instruction->lead_size);
    }
    bool rendered = rendering->indentation.failed ? error_set(rendering->error, "no memory to render")
                                                  : render_range(rendering, template, from, to, arguments);
    rendering->indentation.size = indentation;
    rendering->depth--;
    return rendered;
}

/* NULL: there is none, which the spec renders as nothing. */
static const struct mustache *find_partial(const struct rendering *rendering, const struct mustache *template,
                                           const struct mustache_instruction *instruction) {
    const char *name = template->names.bytes + instruction->name.dotted;
    if (instruction->is_dynamic)
        name = json_string_value(look_up(rendering, template, &instruction->name));
    if (name == NULL || rendering->find_partial == NULL)
        return NULL;
    return rendering->find_partial(rendering->partial_data, name);
}

static bool render_partial(struct rendering *rendering, const struct mustache *template,
                           const struct mustache_instruction *instruction,
                           const struct mustache_arguments *arguments) {
    const struct mustache *partial = find_partial(rendering, template, instruction);
    if (partial == NULL) {
        if (instruction->lead_is_text)
            write_literal(rendering, template->literals.bytes + instruction->lead, instruction->lead_size);
        return true;
    }
    if (instruction->kind == MUSTACHE_PARTIAL)
        return render_indented(rendering, template, instruction, partial, 0, partial->count, arguments);
    struct mustache_arguments own = mustache_arguments_of(template, instruction, arguments);
    return render_indented(rendering, template, instruction, partial, 0, partial->count, &own);
}

static bool render_block(struct rendering *rendering, const struct mustache *template,
                         const struct mustache_instruction *block,
                         const struct mustache_arguments *arguments) {
    struct mustache_filling filling = mustache_fill_block(template, block, arguments);
    return render_indented(rendering, template, block, filling.template, filling.from, filling.to,
                           filling.arguments);
}

static bool render_variable(struct rendering *rendering, const struct mustache *template,
                            const struct mustache_instruction *variable) {
    write_indentation(rendering);
    const json_t *value = look_up(rendering, template, &variable->name);
    enum mustache_escape escape = variable->is_raw ? MUSTACHE_ESCAPE_NONE : rendering->escape;
    return mustache_value_write(value, escape, rendering->out, rendering->error);
}

static bool render_range(struct rendering *rendering, const struct mustache *template, size_t from, size_t to,
                         const struct mustache_arguments *arguments) {
    bool rendered = true;
    for (size_t i = from; rendered && i < to; i = template->instructions[i].end) {
        const struct mustache_instruction *instruction = &template->instructions[i];
        if (!count_step(rendering, instruction))
            return false;
        switch ((enum mustache_kind)instruction->kind) {
        case MUSTACHE_TEXT:
            write_literal(rendering, template->literals.bytes + instruction->lead, instruction->lead_size);
            break;
        case MUSTACHE_VARIABLE:
            rendered = render_variable(rendering, template, instruction);
            break;
        case MUSTACHE_SECTION:
        case MUSTACHE_INVERTED:
            rendered = render_section(rendering, template, instruction, arguments);
            break;
        case MUSTACHE_PARTIAL:
        case MUSTACHE_PARENT:
            rendered = render_partial(rendering, template, instruction, arguments);
            break;
        case MUSTACHE_BLOCK:
            rendered = render_block(rendering, template, instruction, arguments);
            break;
        }
    }
    return rendered;
}

bool mustache_render(const struct mustache *template, const json_t *context, enum mustache_escape escape,
                     mustache_partial_finder find, void *partial_data, struct text_buffer *out,
                     struct error *error) {
    struct rendering rendering;
    memset(&rendering, 0,
           offsetof(struct rendering, context)); /* not the stack: it costs more than a short text */
    rendering.out = out;
    rendering.start = out->size;
    rendering.escape = escape;
    rendering.find_partial = find;
    rendering.partial_data = partial_data;
    rendering.error = error;
    rendering.context[0] = context;
    rendering.context_size = 1;
    rendering.indentation = TEXT_BUFFER_EMPTY;
    rendering.at_line_start = true;
    bool rendered = render_range(&rendering, template, 0, template->count, NULL);
    text_buffer_free(&rendering.indentation);
    if (rendered && out->failed)
        return error_set(error, "no memory to render");
    if (rendered && out->size - rendering.start > MUSTACHE_MAX_OUTPUT)
        return error_set(error, "the text is longer than %d bytes", MUSTACHE_MAX_OUTPUT);
    return rendered;
}
