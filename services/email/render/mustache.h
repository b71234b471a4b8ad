/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mustache (the mustache/spec, lambdas aside), compiled once and rendered many times over a JSON context. Pure. A compiled
 * template is constant and may be used again and again; rendering recurses no deeper than MUSTACHE_MAX_DEPTH.
 */
#ifndef NOTIFY_EMAIL_MUSTACHE_H
#define NOTIFY_EMAIL_MUSTACHE_H

#include "../../common/error.h"
#include "../../common/text_buffer.h"
#include <jansson.h>

#define MUSTACHE_MAX_DEPTH 64

enum mustache_escape { MUSTACHE_ESCAPE_NONE, MUSTACHE_ESCAPE_HTML };

struct mustache; /* a compiled template */

/* text is copied. The error says the line and what is wrong. */
bool mustache_compile(struct mustache **template_out, const char *text, size_t size, struct error *error);
void mustache_free(struct mustache *template);

/* A partial by its name, or NULL: rendered as nothing, as the spec says. May be NULL itself. */
typedef const struct mustache *(*mustache_partial_finder)(void *data, const char *name);

/* Appends to out. False: nested too deep, or no memory. Strings are taken as UTF-8; numbers are written as in JSON. */
bool mustache_render(const struct mustache *template, const json_t *context, enum mustache_escape escape,
                     mustache_partial_finder find_partial, void *partial_data, struct text_buffer *out,
                     struct error *error);

/* Calls visit for each variable, section and inverted section with its dotted name, partials not followed. */
void mustache_each_name(const struct mustache *template, void (*visit)(void *data, const char *name, bool is_section),
                        void *data);

#endif
