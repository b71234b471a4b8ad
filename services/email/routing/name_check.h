/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the names of a template, or of a string of a route, against what an event's schema declares. */
#ifndef NOTIFY_EMAIL_NAME_CHECK_H
#define NOTIFY_EMAIL_NAME_CHECK_H

#include "event_shape.h"
#include "problem_list.h"
#include "render/mustache.h"

struct name_check {
    const struct event_shape *event;
    const char *schema_path; /* for what is told */
    /* Where a use stands: "templates/x/body.txt". */
    const char *(*place_of)(void *data, const struct mustache *template);
    void *data;
    const char *user; /* "template x", behind the sentence; NULL: the place says it all */
    struct problem_list *problems;
};

/* Called with a visitor that is valid until it returns, to walk with it. */
typedef bool (*name_check_walk)(void *data, const struct mustache_visitor *visitor, struct error *error);

/*
 * Each name that is walked over is either declared by the schema, of vars and set by MAIL_VAR_*, or of vars
 * and optional: a section on it, or inside of one. Everything else is a problem.
 */
void name_check_run(const struct name_check *check, name_check_walk walk, void *data);

#endif
