/* SPDX-License-Identifier: Apache-2.0 */
#include "render_route.h"
#include "routing/catalog_check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAND_IN_RECIPIENT "recipient@example.org"

static bool set_field(struct route_mail *mail, enum route_field field, const char *text,
                      struct error *error) {
    struct mustache *compiled = NULL;
    if (!mustache_compile(&compiled, text, strlen(text), error))
        return false;
    mustache_free(mail->fields[field]);
    mail->fields[field] = compiled;
    return true;
}

static struct route_mail *find_mail(const struct route *route, const char *template_name) {
    for (size_t i = 0; i < route->mail_count; i++) {
        if (strcmp(route->mails[i].template_name, template_name) == 0)
            return &route->mails[i];
    }
    return NULL;
}

static bool load_schema(struct route *route, const char *folder, struct error *error) {
    char *path = NULL, text[900] = "out of memory";
    if (asprintf(&path, "%s/%s.json", folder, route->type) < 0)
        return error_set(error, "out of memory");
    bool loaded = json_schema_load_file(&route->schema, path, text, sizeof text) == JSON_SCHEMA_OK;
    free(path);
    return loaded || error_set_status(error, EXIT_STATUS_CONFIG, "%s", text);
}

/* What the worker would say of the new route. */
static bool check(const struct mail_files *files, struct error *error) {
    const struct mail_catalog_source source = email_settings_catalog_source(&files->settings);
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    catalog_check(&files->catalog, &source, &problems);
    bool good = mail_files_tell(&problems, error);
    problem_list_free(&problems);
    return good;
}

/* The route of the type with one more mail, or a new one. */
static bool add_stand_in(struct mail_files *files, struct route *route, const char *type,
                         const char *template_name, struct error *error) {
    struct route_table *table = &files->catalog.routes;
    if (route == NULL) {
        struct route *routes = realloc(table->routes, (table->count + 1) * sizeof *routes);
        if (routes == NULL)
            return error_set(error, "out of memory");
        table->routes = routes;
        route = &routes[table->count++];
        *route = (struct route){.type = strdup(type)};
        if (route->type == NULL || !load_schema(route, files->settings.schemas_folder, error))
            return route->type != NULL ? false : error_set(error, "out of memory");
    }
    struct route_mail *mails = realloc(route->mails, (route->mail_count + 1) * sizeof *mails);
    if (mails == NULL)
        return error_set(error, "out of memory");
    route->mails = mails;
    struct route_mail *mail = &mails[route->mail_count++];
    *mail = (struct route_mail){.template_name = strdup(template_name)};
    if (mail->template_name == NULL)
        return error_set(error, "out of memory");
    fprintf(stderr, "There is no route from %s to %s: it is shown as to " STAND_IN_RECIPIENT ".\n", type,
            template_name);
    return set_field(mail, ROUTE_TO, STAND_IN_RECIPIENT, error) && check(files, error);
}

static bool set_locale(struct route *route, const char *locale, struct error *error) {
    for (size_t i = 0; route != NULL && i < route->mail_count; i++) {
        if (!set_field(&route->mails[i], ROUTE_LOCALE, locale, error))
            return false;
    }
    return true;
}

bool render_route_adapt(struct mail_files *files, const struct command_line *line, const json_t *event,
                        struct error *error) {
    const char *type = json_string_value(json_object_get(event, "type"));
    const char *template_name = option_value(line, "template"), *locale = option_value(line, "locale");
    if (type == NULL || strcmp(type, REQUESTED_TYPE) == 0)
        return true;
    if (template_name != NULL && template_store_find(files->catalog.templates, template_name, NULL) == NULL)
        return error_set_status(error, EXIT_STATUS_USAGE, "there is no template %s in %s", template_name,
                                files->settings.templates_folder);
    struct route *route = (struct route *)route_table_find(&files->catalog.routes, type);
    if (template_name != NULL && (route == NULL || find_mail(route, template_name) == NULL) &&
        !add_stand_in(files, route, type, template_name, error))
        return false;
    route = (struct route *)route_table_find(&files->catalog.routes, type);
    return locale == NULL || set_locale(route, locale, error);
}
