/* SPDX-License-Identifier: Apache-2.0 */
/* What a parent's blocks put in the place of parameters: for the renderer and for the walk. Private. */
#ifndef NOTIFY_EMAIL_MUSTACHE_ARGUMENTS_H
#define NOTIFY_EMAIL_MUSTACHE_ARGUMENTS_H

#include "mustache_program.h"

/* The blocks directly in a parent. The outermost that names a parameter wins. */
struct mustache_arguments {
    const struct mustache_arguments *outer;
    const struct mustache *template;
    size_t from, to;
};

/* The blocks of a parent; outer are the arguments where it stands. */
struct mustache_arguments mustache_arguments_of(const struct mustache *template,
                                                const struct mustache_instruction *parent,
                                                const struct mustache_arguments *outer);

/* What stands in a block's place: its default, or an argument. */
struct mustache_filling {
    const struct mustache *template;
    size_t from, to;
    const struct mustache_arguments *arguments; /* that hold inside of it */
};
struct mustache_filling mustache_fill_block(const struct mustache *template,
                                            const struct mustache_instruction *block,
                                            const struct mustache_arguments *arguments);

#endif
