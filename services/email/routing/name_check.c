/* SPDX-License-Identifier: Apache-2.0 */
#include "name_check.h"

#include <string.h>

#define FRAMES_MAX (MUSTACHE_MAX_DEPTH + 2)

/* A section around. */
struct frame {
    const char *dotted; /* NULL: an inverted one, which brings nothing into sight */
    bool is_unknown;    /* it is a problem itself: what it would have in sight is nobody's fault */
    struct shape shape;
};

struct checking {
    const struct name_check *check;
    struct shape root;
    struct frame frames[FRAMES_MAX];
    size_t depth;
};

enum finding { FOUND, NOT_DECLARED, NOT_KNOWN };

/* The first part of a name is looked for from the innermost section outwards, as rendering does. */
static enum finding find_first(const struct checking *checking, const char *name, struct shape *shape_out) {
    const struct event_shape *event = checking->check->event;
    bool passed_unknown = false;
    for (size_t i = checking->depth; i > 0; i--) {
        const struct frame *frame = &checking->frames[i - 1];
        if (frame->dotted != NULL && event_shape_member(event, &frame->shape, name, shape_out))
            return FOUND;
        passed_unknown = passed_unknown || frame->is_unknown;
    }
    if (event_shape_member(event, &checking->root, name, shape_out))
        return FOUND;
    return passed_unknown ? NOT_KNOWN : NOT_DECLARED;
}

static enum finding find(const struct checking *checking, const struct mustache_use *use,
                         struct shape *shape_out) {
    if (use->segment_count == 0) {
        for (size_t i = checking->depth; i > 0; i--) {
            if (checking->frames[i - 1].dotted != NULL) {
                *shape_out = checking->frames[i - 1].shape;
                return checking->frames[i - 1].is_unknown ? NOT_KNOWN : FOUND;
            }
        }
        return NOT_DECLARED; /* it would be everything at once */
    }
    const char *segment = use->segments;
    enum finding finding = find_first(checking, segment, shape_out);
    for (size_t i = 1; finding == FOUND && i < use->segment_count; i++) {
        struct shape object = *shape_out;
        segment += strlen(segment) + 1;
        if (!event_shape_member(checking->check->event, &object, segment, shape_out))
            finding = NOT_DECLARED;
    }
    return finding;
}

/* "vars.department_head": {{#vars.department_head}}…{{/vars.department_head}} may ask whether it is set. */
static bool is_optional_variable(const struct checking *checking, const struct mustache_use *use) {
    if (use->segment_count != 2 || strcmp(use->segments, "vars") != 0)
        return false;
    if (use->kind == MUSTACHE_USE_SECTION || use->kind == MUSTACHE_USE_INVERTED)
        return true;
    for (size_t i = 0; i < checking->depth; i++) {
        if (checking->frames[i].dotted != NULL && strcmp(checking->frames[i].dotted, use->dotted) == 0)
            return true;
    }
    return false;
}

static void tell(const struct checking *checking, const struct mustache_use *use) {
    const struct name_check *check = checking->check;
    static const char *const sigils[] = {"", "#", "^", ">*"};
    char user[160] = "", line[32] = "";
    const char *place = check->place_of(check->data, use->template);
    if (check->user != NULL) {
        snprintf(user, sizeof user, " (%s)", check->user);
        snprintf(line, sizeof line, ": line %zu", use->line);
    }
    if (use->segment_count == 0)
        problem_add(check->problems, "%s%s: {{.}} stands in no section%s", place, line, user);
    else if (strcmp(use->segments, "vars") == 0)
        problem_add(check->problems,
                    "%s%s: {{%s}} has no value: no such MAIL_VAR_ is set, and it stands in no {{#%s}}%s",
                    place, line, use->dotted, use->dotted, user);
    else
        problem_add(check->problems, "%s%s: {{%s%s}} is not declared by %s%s", place, line, sigils[use->kind],
                    use->dotted, check->schema_path, user);
}

static void push(struct checking *checking, const struct mustache_use *use, const struct shape *value,
                 bool is_unknown) {
    struct frame *frame = &checking->frames[checking->depth++];
    frame->dotted = use->kind == MUSTACHE_USE_SECTION ? use->dotted : NULL;
    frame->is_unknown = is_unknown;
    frame->shape.count = 0;
    if (use->kind == MUSTACHE_USE_SECTION && !is_unknown)
        event_shape_section(checking->check->event, value, &frame->shape);
}

static void on_use(void *data, const struct mustache_use *use) {
    struct checking *checking = data;
    struct shape value = {.count = 0};
    enum finding finding = find(checking, use, &value);
    bool is_optional = finding == NOT_DECLARED && is_optional_variable(checking, use);
    if (finding == NOT_DECLARED && !is_optional)
        tell(checking, use);
    if (finding != FOUND)
        value.count = 0;
    if (use->kind == MUSTACHE_USE_SECTION || use->kind == MUSTACHE_USE_INVERTED)
        push(checking, use, &value, finding != FOUND && !is_optional);
}

static void on_leave(void *data) {
    struct checking *checking = data;
    checking->depth--;
}

void name_check_run(const struct name_check *check, name_check_walk walk, void *data) {
    struct checking checking = {.check = check, .depth = 0};
    const struct mustache_visitor visitor = {.use = on_use, .leave = on_leave, .data = &checking};
    struct error error = {0};
    event_shape_root(check->event, &checking.root);
    if (!walk(data, &visitor, &error))
        problem_add(check->problems, "%s", error.text);
}
