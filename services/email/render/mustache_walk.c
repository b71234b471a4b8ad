/* SPDX-License-Identifier: Apache-2.0 */
#include "mustache_arguments.h"

#define MOST_TIMES_INSIDE_ITSELF 2

struct walk {
    mustache_partial_finder find_partial;
    void *partial_data;
    const struct mustache_visitor *visitor;
    struct error *error;
    size_t steps;
    size_t nesting; /* sections, partials, parents and blocks around */
    size_t open_count;
    const struct mustache *open[MUSTACHE_MAX_DEPTH + 1]; /* the templates around */
};

static bool walk_range(struct walk *walk, const struct mustache *template, size_t from, size_t to,
                       const struct mustache_arguments *arguments);

static void tell(const struct walk *walk, const struct mustache *template,
                 const struct mustache_instruction *instruction, enum mustache_use_kind kind) {
    const struct mustache_use use = {
        .kind = kind,
        .template = template,
        .line = instruction->line,
        .dotted = template->names.bytes + instruction->name.dotted,
        .segments = template->names.bytes + instruction->name.segments,
        .segment_count = instruction->name.segment_count,
    };
    walk->visitor->use(walk->visitor->data, &use);
}

static bool walk_section(struct walk *walk, const struct mustache *template,
                         const struct mustache_instruction *section,
                         const struct mustache_arguments *arguments) {
    tell(walk, template, section,
         section->kind == MUSTACHE_SECTION ? MUSTACHE_USE_SECTION : MUSTACHE_USE_INVERTED);
    bool walked =
        walk_range(walk, template, (size_t)(section - template->instructions) + 1, section->end, arguments);
    walk->visitor->leave(walk->visitor->data);
    return walked;
}

/* Rendering stops at a depth, but only where the data goes on as well: a tree of comments is a partial inside
 * itself, and what it asks for deeper down is the same again. */
static bool may_be_opened(const struct walk *walk, const struct mustache *partial) {
    unsigned times = 0;
    for (size_t i = 0; i < walk->open_count; i++)
        times += walk->open[i] == partial;
    return times <= MOST_TIMES_INSIDE_ITSELF;
}

static bool walk_partial(struct walk *walk, const struct mustache *template,
                         const struct mustache_instruction *instruction,
                         const struct mustache_arguments *arguments) {
    if (instruction->is_dynamic) {
        tell(walk, template, instruction, MUSTACHE_USE_PARTIAL);
        return true;
    }
    const struct mustache *partial =
        walk->find_partial == NULL
            ? NULL
            : walk->find_partial(walk->partial_data, template->names.bytes + instruction->name.dotted);
    if (partial == NULL || !may_be_opened(walk, partial))
        return true;
    struct mustache_arguments own = mustache_arguments_of(template, instruction, arguments);
    walk->open[walk->open_count++] = partial;
    bool walked =
        walk_range(walk, partial, 0, partial->count, instruction->kind == MUSTACHE_PARENT ? &own : arguments);
    walk->open_count--;
    return walked;
}

static bool walk_block(struct walk *walk, const struct mustache *template,
                       const struct mustache_instruction *block, const struct mustache_arguments *arguments) {
    struct mustache_filling filling = mustache_fill_block(template, block, arguments);
    return walk_range(walk, filling.template, filling.from, filling.to, filling.arguments);
}

static bool walk_range(struct walk *walk, const struct mustache *template, size_t from, size_t to,
                       const struct mustache_arguments *arguments) {
    if (walk->nesting > MUSTACHE_MAX_DEPTH)
        return error_set(walk->error, "sections and partials are nested more than %d deep",
                         MUSTACHE_MAX_DEPTH);
    walk->nesting++;
    bool walked = true;
    for (size_t i = from; walked && i < to; i = template->instructions[i].end) {
        const struct mustache_instruction *instruction = &template->instructions[i];
        if (++walk->steps > MUSTACHE_MAX_STEPS)
            return error_set(walk->error, "line %u: more than %d steps to look through it", instruction->line,
                             MUSTACHE_MAX_STEPS);
        switch ((enum mustache_kind)instruction->kind) {
        case MUSTACHE_TEXT:
            break;
        case MUSTACHE_VARIABLE:
            tell(walk, template, instruction, MUSTACHE_USE_VALUE);
            break;
        case MUSTACHE_SECTION:
        case MUSTACHE_INVERTED:
            walked = walk_section(walk, template, instruction, arguments);
            break;
        case MUSTACHE_PARTIAL:
        case MUSTACHE_PARENT:
            walked = walk_partial(walk, template, instruction, arguments);
            break;
        case MUSTACHE_BLOCK:
            walked = walk_block(walk, template, instruction, arguments);
            break;
        }
    }
    walk->nesting--;
    return walked;
}

bool mustache_walk(const struct mustache *template, mustache_partial_finder find_partial, void *partial_data,
                   const struct mustache_visitor *visitor, struct error *error) {
    struct walk walk = {
        .find_partial = find_partial,
        .partial_data = partial_data,
        .visitor = visitor,
        .error = error,
    };
    walk.open[walk.open_count++] = template;
    return walk_range(&walk, template, 0, template->count, NULL);
}
