/* SPDX-License-Identifier: Apache-2.0 */
#include "mail_catalog.h"

#include "catalog_check.h"
#include <limits.h>
#include <stdio.h>

bool schema_path(char path[PATH_MAX], const struct mail_catalog_source *source, const char *type,
                 struct problem_list *problems) {
    int length = snprintf(path, PATH_MAX, "%s/%s.json", source->schemas_folder, type);
    if (length > 0 && length < PATH_MAX)
        return true;
    problem_add(problems, "%s/%s.json: the path is too long", source->schemas_folder, type);
    return false;
}

static bool load_schema(struct json_schema **schema_out, const struct mail_catalog_source *source,
                        const char *type, struct problem_list *problems) {
    char path[PATH_MAX], text[1024] = "no memory for it";
    if (!schema_path(path, source, type, problems))
        return false;
    if (json_schema_load_file(schema_out, path, text, sizeof text) == JSON_SCHEMA_OK)
        return true;
    problem_add(problems, "%s (events of type %s are mailed, and need it)", text, type);
    return false;
}

static bool load_schemas(struct mail_catalog *catalog, const struct mail_catalog_source *source,
                         struct problem_list *problems) {
    bool loaded = load_schema(&catalog->requested_schema, source, REQUESTED_TYPE, problems);
    for (size_t i = 0; i < catalog->routes.count; i++) {
        struct route *route = &catalog->routes.routes[i];
        loaded = load_schema(&route->schema, source, route->type, problems) && loaded;
    }
    return loaded;
}

bool mail_catalog_load(struct mail_catalog *catalog, const struct mail_catalog_source *source,
                       struct problem_list *problems) {
    struct mail_catalog loading = {.templates = NULL};
    struct error error = {0};
    size_t before = problems->count;
    route_table_load(&loading.routes, source->routes_file, problems);
    if (!template_store_load(&loading.templates, source->templates_folder, &error))
        problem_add(problems, "%s", error.text);
    load_schemas(&loading, source, problems);
    catalog_check(&loading, source, problems);
    if (problems->count > before) {
        mail_catalog_free(&loading);
        return false;
    }
    mail_catalog_free(catalog);
    *catalog = loading;
    return true;
}

void mail_catalog_free(struct mail_catalog *catalog) {
    template_store_free(catalog->templates);
    route_table_free(&catalog->routes);
    json_schema_free(catalog->requested_schema);
    *catalog = (struct mail_catalog){0};
}
