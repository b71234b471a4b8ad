/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event's JSON Schema declares, to tell at the start whether a template asks for something that will
 * never be there. Pure but for reading the file.
 *
 * Declared is what `properties` names, in the schema itself or in what it is made of ($ref, allOf, anyOf,
 * oneOf, if, then, else), and any name where additionalProperties or patternProperties have a schema for it.
 * An object that merely allows members declares none.
 */
#ifndef NOTIFY_EMAIL_EVENT_SHAPE_H
#define NOTIFY_EMAIL_EVENT_SHAPE_H

#include "common/error.h"
#include <jansson.h>

#define SHAPE_NODES_MAX 64

/* The subschemas that apply to a value. None: a plain value, in which nothing is declared. */
struct shape {
    const json_t *nodes[SHAPE_NODES_MAX];
    size_t count;
};

struct event_shape {
    json_t *document; /* the schema of the event's data */
    json_t *context;  /* a schema of all that a template sees: event, data, vars */
};

/* variables: an object; each of its names is declared in vars. */
bool event_shape_load(struct event_shape *event, const char *path, const json_t *variables,
                      struct error *error);
/* Takes a reference to the document. False: no memory. */
bool event_shape_init(struct event_shape *event, json_t *document, const json_t *variables);
void event_shape_free(struct event_shape *event);

void event_shape_root(const struct event_shape *event, struct shape *shape_out);
/* False: not declared. */
bool event_shape_member(const struct event_shape *event, const struct shape *object, const char *name,
                        struct shape *shape_out);
/* What a section on the value has in sight: the value itself, or where it is a list its items. */
void event_shape_section(const struct event_shape *event, const struct shape *value, struct shape *shape_out);

#endif
