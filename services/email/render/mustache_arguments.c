/* SPDX-License-Identifier: Apache-2.0 */
#include "mustache_arguments.h"
#include <string.h>

struct mustache_arguments mustache_arguments_of(const struct mustache *template,
                                                const struct mustache_instruction *parent,
                                                const struct mustache_arguments *outer) {
    return (struct mustache_arguments){
        .outer = outer,
        .template = template,
        .from = (size_t)(parent - template->instructions) + 1,
        .to = parent->end,
    };
}

static const struct mustache_instruction *find_argument(const struct mustache_arguments *arguments,
                                                        const char *name) {
    const struct mustache *template = arguments->template;
    for (size_t i = arguments->from; i < arguments->to; i = template->instructions[i].end) {
        const struct mustache_instruction *instruction = &template->instructions[i];
        if (instruction->kind == MUSTACHE_BLOCK &&
            strcmp(template->names.bytes + instruction->name.dotted, name) == 0)
            return instruction;
    }
    return NULL;
}

struct mustache_filling mustache_fill_block(const struct mustache *template,
                                            const struct mustache_instruction *block,
                                            const struct mustache_arguments *arguments) {
    const char *name = template->names.bytes + block->name.dotted;
    const struct mustache *owner = template;
    const struct mustache_instruction *body = block;
    const struct mustache_arguments *inside = arguments;
    for (const struct mustache_arguments *level = arguments; level != NULL; level = level->outer) {
        const struct mustache_instruction *argument = find_argument(level, name);
        if (argument != NULL) {
            owner = level->template;
            body = argument;
            inside = level->outer; /* an argument is text of the template that gives it: only those around it
                                      fill it */
        }
    }
    return (struct mustache_filling){owner, (size_t)(body - owner->instructions) + 1, body->end, inside};
}
