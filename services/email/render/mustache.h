/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mustache (the whole mustache/spec with inheritance and dynamic names, lambdas aside), compiled once and
 * rendered many times over a JSON context. Pure. A compiled template is constant: any number of threads may
 * render it.
 *
 * What the spec leaves open: null, false, "", [] and what is missing are falsy, everything else (0 too) is
 * truthy; an object or a list that is asked for as a value is written as compact JSON; every line of a
 * standalone partial is indented, an empty one too.
 */
#ifndef NOTIFY_EMAIL_MUSTACHE_H
#define NOTIFY_EMAIL_MUSTACHE_H

#include "../../common/error.h"
#include "../../common/text_buffer.h"
#include <jansson.h>

/* What no sane mail needs, so that neither a template nor the data of an event can stall the event loop. */
#define MUSTACHE_MAX_DEPTH 64                  /* sections, partials, parents and blocks inside each other */
#define MUSTACHE_MAX_TEMPLATE (1024 * 1024)    /* bytes of one template */
#define MUSTACHE_MAX_OUTPUT (10 * 1024 * 1024) /* bytes that one rendering appends */
#define MUSTACHE_MAX_STEPS 1000000 /* tags and texts met in one rendering: a loop in a loop in a loop */

enum mustache_escape {
    MUSTACHE_ESCAPE_NONE,
    MUSTACHE_ESCAPE_HTML,
    MUSTACHE_ESCAPE_URI, /* as a part of one: all but RFC 3986's unreserved characters as %XX */
};

struct mustache; /* a compiled template */

/* text is copied. The error says the line and what is wrong. */
bool mustache_compile(struct mustache **template_out, const char *text, size_t size, struct error *error);
void mustache_free(struct mustache *template);

/* A partial by its name, or NULL: rendered as nothing, as the spec says. May be NULL itself. */
typedef const struct mustache *(*mustache_partial_finder)(void *data, const char *name);

/*
 * Appends to out. False: one of the bounds above, or no memory; what was appended until then stays. Strings
 * are taken as UTF-8; numbers are written as in JSON.
 */
bool mustache_render(const struct mustache *template, const json_t *context, enum mustache_escape escape,
                     mustache_partial_finder find_partial, void *partial_data, struct text_buffer *out,
                     struct error *error);

enum mustache_use_kind {
    MUSTACHE_USE_VALUE,
    MUSTACHE_USE_SECTION,
    MUSTACHE_USE_INVERTED,
    MUSTACHE_USE_PARTIAL
};

/* A place where a template asks its context for a name. */
struct mustache_use {
    enum mustache_use_kind kind;
    const struct mustache *template; /* whose text it stands in: a partial's, perhaps */
    size_t line;
    const char *dotted;   /* "data.items", or "." */
    const char *segments; /* "data", NUL, "items", NUL */
    size_t segment_count; /* 0 for "." */
};

struct mustache_visitor {
    void (*use)(void *data, const struct mustache_use *use);
    /* The section, plain or inverted, that was told last and has not ended yet ends. */
    void (*leave)(void *data);
    void *data;
};

/*
 * Tells each name that rendering could ask for, in its order and with the sections around it: partials and
 * parents are followed, blocks filled as they would be. A partial inside itself is followed twice more; a
 * dynamic name is told, and not followed. False: the template is too large a maze.
 */
bool mustache_walk(const struct mustache *template, mustache_partial_finder find_partial, void *partial_data,
                   const struct mustache_visitor *visitor, struct error *error);

/* Calls visit for each partial and parent that has a fixed name. */
void mustache_each_partial(const struct mustache *template,
                           void (*visit)(void *data, const char *name, size_t line), void *data);

#endif
