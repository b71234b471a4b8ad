/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog_check.h"

#include "common/mail_address.h"
#include "compose/message.h"
#include "name_check.h"
#include "route_text.h"
#include <stdio.h>
#include <string.h>

/* A route's mail under check. */
struct checked_mail {
    const struct mail_catalog *catalog;
    const struct mail_catalog_source *source;
    const struct event_shape *shape; /* NULL: there is no schema to check by */
    const char *schema_path;
    size_t route_index, mail_index;
    const struct route_mail *mail;
    struct problem_list *problems;
};

/* --- templates --- */

static const char *template_place(void *data, const struct mustache *template) {
    const struct checked_mail *checked = data;
    return template_store_path_of(checked->catalog->templates, template);
}

static bool walk_template(void *data, const struct mustache_visitor *visitor, struct error *error) {
    const struct checked_mail *checked = data;
    return template_store_walk(checked->catalog->templates, checked->mail->template_name, visitor, error);
}

static void check_template(struct checked_mail *checked) {
    const char *name = checked->mail->template_name;
    if (checked->catalog->templates == NULL)
        return;
    if (template_store_find(checked->catalog->templates, name, NULL) == NULL) {
        problem_add(checked->problems, "%s: /routes/%zu/mails/%zu/template: there is no template %s in %s",
                    checked->source->routes_file, checked->route_index, checked->mail_index, name,
                    checked->source->templates_folder);
        return;
    }
    if (checked->shape == NULL)
        return;
    char user[100];
    snprintf(user, sizeof user, "template %s", name);
    const struct name_check check = {
        .event = checked->shape,
        .schema_path = checked->schema_path,
        .place_of = template_place,
        .data = checked,
        .user = user,
        .problems = checked->problems,
    };
    name_check_run(&check, walk_template, checked);
}

/* --- the route's own strings --- */

struct checked_field {
    const struct checked_mail *checked;
    enum route_field field;
    char place[512];
    bool has_data; /* asks for more than vars */
};

static const char *field_place(void *data, const struct mustache *template) {
    const struct checked_field *field = data;
    (void)template;
    return field->place;
}

static bool walk_field(void *data, const struct mustache_visitor *visitor, struct error *error) {
    const struct checked_field *field = data;
    return mustache_walk(field->checked->mail->fields[field->field], NULL, NULL, visitor, error) ||
           error_prefix(error, "%s", field->place);
}

static void note_use(void *data, const struct mustache_use *use) {
    struct checked_field *field = data;
    if (use->segment_count > 0 && strcmp(use->segments, "vars") != 0)
        field->has_data = true;
}

static void ignore_leave(void *data) {
    (void)data;
}

/* What no event changes can be tried now. */
static void try_field(struct checked_field *field) {
    const struct checked_mail *checked = field->checked;
    cleanup(text_buffer_free) struct text_buffer text = TEXT_BUFFER_EMPTY;
    json_t *context = json_pack("{s:O}", "vars", checked->source->variables);
    struct error error = {0};
    bool is_fit = context != NULL && route_text_render(checked->mail->fields[field->field], field->field,
                                                       context, &text, &error);
    json_decref(context);
    if (!is_fit || !route_text_check(field->field, text.bytes, &error))
        problem_add(checked->problems, "%s: %s", field->place, error.text);
}

static void check_field(const struct checked_mail *checked, enum route_field which) {
    struct checked_field field = {.checked = checked, .field = which};
    struct error error = {0};
    const struct mustache_visitor visitor = {.use = note_use, .leave = ignore_leave, .data = &field};
    snprintf(field.place, sizeof field.place, "%.400s: /routes/%zu/mails/%zu/%s",
             checked->source->routes_file, checked->route_index, checked->mail_index,
             route_field_name(which));
    if (!walk_field(&field, &visitor, &error)) {
        problem_add(checked->problems, "%s", error.text);
        return;
    }
    if (!field.has_data)
        try_field(&field);
    if (checked->shape == NULL)
        return;
    const struct name_check check = {
        .event = checked->shape,
        .schema_path = checked->schema_path,
        .place_of = field_place,
        .data = &field,
        .problems = checked->problems,
    };
    name_check_run(&check, walk_field, &field);
}

/* --- all of it --- */

static void check_route(struct checked_mail *checked, const struct route *route) {
    for (checked->mail_index = 0; checked->mail_index < route->mail_count; checked->mail_index++) {
        checked->mail = &route->mails[checked->mail_index];
        check_template(checked);
        for (int field = 0; field < ROUTE_FIELDS; field++) {
            if (checked->mail->fields[field] != NULL)
                check_field(checked, (enum route_field)field);
        }
    }
}

void catalog_check(const struct mail_catalog *catalog, const struct mail_catalog_source *source,
                   struct problem_list *problems) {
    for (size_t i = 0; i < catalog->routes.count; i++) {
        const struct route *route = &catalog->routes.routes[i];
        struct event_shape shape = {0};
        struct error error = {0};
        char path[PATH_MAX];
        struct checked_mail checked = {
            .catalog = catalog,
            .source = source,
            .schema_path = path,
            .route_index = i,
            .problems = problems,
        };
        if (route->schema != NULL && schema_path(path, source, route->type, problems)) {
            if (event_shape_load(&shape, path, source->variables, &error))
                checked.shape = &shape;
            else
                problem_add(problems, "%s", error.text);
        }
        check_route(&checked, route);
        event_shape_free(&shape);
    }
}
