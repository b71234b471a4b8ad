/* SPDX-License-Identifier: Apache-2.0 */
#include "route_table.h"

#include "http/html.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct embedded_file route_schema_files[]; /* deploy/routes.schema.json */

static const char *const field_names[ROUTE_FIELDS] = {
    [ROUTE_TO] = "to",
    [ROUTE_FROM] = "from",
    [ROUTE_REPLY_TO] = "reply_to",
    [ROUTE_LOCALE] = "locale",
    [ROUTE_LIST_UNSUBSCRIBE] = "list_unsubscribe",
};

const char *route_field_name(enum route_field field) {
    return field_names[field];
}

enum mustache_escape route_field_escape(enum route_field field) {
    return field == ROUTE_LIST_UNSUBSCRIBE ? MUSTACHE_ESCAPE_URI : MUSTACHE_ESCAPE_NONE;
}

/* --- the file --- */

static bool compile_own_schema(struct json_schema **schema_out, struct problem_list *problems) {
    char text[512] = "no memory";
    json_t *document = json_loadb(route_schema_files[0].bytes, route_schema_files[0].size, 0, NULL);
    bool compiled =
        document != NULL && json_schema_compile(schema_out, document, text, sizeof text) == JSON_SCHEMA_OK;
    json_decref(document);
    if (!compiled)
        problem_add(problems, "the schema of routes: %s", text);
    return compiled;
}

static bool check_document(const struct route_table *table, const json_t *document,
                           struct problem_list *problems) {
    struct json_schema *schema = NULL;
    if (!compile_own_schema(&schema, problems))
        return false;
    struct json_schema_violation violation = {0};
    enum json_schema_result result = json_schema_validate(schema, document, &violation);
    if (result == JSON_SCHEMA_VIOLATED)
        problem_add(problems, "%s: %s %s", table->path, violation.place[0] == '\0' ? "it" : violation.place,
                    violation.text);
    else if (result != JSON_SCHEMA_OK)
        problem_add(problems, "%s: no memory to check it", table->path);
    json_schema_free(schema);
    return result == JSON_SCHEMA_OK;
}

/* --- what it says --- */

struct place { /* of a mail in the file */
    const struct route_table *table;
    size_t route, mail;
};

static bool no_memory(const struct route_table *table, struct problem_list *problems) {
    problem_add(problems, "%s: no memory for the routes", table->path);
    return false;
}

static bool read_when(struct route_mail *mail, const json_t *document, const struct place *place,
                      struct problem_list *problems) {
    const json_t *when = json_object_get(document, "when");
    char text[512] = "";
    if (when == NULL || json_schema_compile(&mail->when, when, text, sizeof text) == JSON_SCHEMA_OK)
        return true;
    problem_add(problems, "%s: /routes/%zu/mails/%zu/when: %s", place->table->path, place->route, place->mail,
                text);
    return false;
}

static bool read_field(struct route_mail *mail, enum route_field field, const json_t *document,
                       const struct place *place, struct problem_list *problems) {
    const json_t *text = json_object_get(document, field_names[field]);
    struct error error = {0};
    if (text == NULL ||
        mustache_compile(&mail->fields[field], json_string_value(text), json_string_length(text), &error))
        return true;
    problem_add(problems, "%s: /routes/%zu/mails/%zu/%s: %s", place->table->path, place->route, place->mail,
                field_names[field], error.text);
    return false;
}

static bool read_mail(struct route_mail *mail, const json_t *document, const struct place *place,
                      struct problem_list *problems) {
    mail->template_name = strdup(json_string_value(json_object_get(document, "template")));
    if (mail->template_name == NULL)
        return no_memory(place->table, problems);
    bool read = read_when(mail, document, place, problems);
    for (int field = 0; field < ROUTE_FIELDS; field++)
        read = read_field(mail, (enum route_field)field, document, place, problems) && read;
    return read;
}

static bool read_route(struct route_table *table, size_t index, const json_t *document,
                       struct problem_list *problems) {
    const json_t *mails = json_object_get(document, "mails");
    const char *type = json_string_value(json_object_get(document, "type"));
    if (strcmp(type, REQUESTED_TYPE) == 0) {
        problem_add(problems, "%s: /routes/%zu/type: an event of this type says itself what to mail",
                    table->path, index);
        return false;
    }
    if (route_table_find(table, type) != NULL) {
        problem_add(problems, "%s: /routes/%zu/type: there is a route for %s already", table->path, index,
                    type);
        return false;
    }
    struct place place = {.table = table, .route = index};
    struct route *route = &table->routes[table->count++];
    route->type = strdup(type);
    route->mails = calloc(json_array_size(mails), sizeof *route->mails);
    if (route->type == NULL || route->mails == NULL)
        return no_memory(table, problems);
    route->mail_count = json_array_size(mails);
    bool read = true;
    for (place.mail = 0; place.mail < route->mail_count; place.mail++)
        read =
            read_mail(&route->mails[place.mail], json_array_get(mails, place.mail), &place, problems) && read;
    return read;
}

static bool read_routes(struct route_table *table, const json_t *document, struct problem_list *problems) {
    const json_t *routes = json_object_get(document, "routes");
    table->routes = calloc(json_array_size(routes) + 1, sizeof *table->routes);
    if (table->routes == NULL)
        return no_memory(table, problems);
    bool read = true;
    for (size_t i = 0; i < json_array_size(routes); i++)
        read = read_route(table, i, json_array_get(routes, i), problems) && read;
    return read;
}

bool route_table_load(struct route_table *table, const char *path, struct problem_list *problems) {
    *table = (struct route_table){.path = strdup(path)};
    if (table->path == NULL) {
        problem_add(problems, "%s: no memory for the routes", path);
        return false;
    }
    json_error_t trouble;
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &trouble);
    if (document == NULL) {
        if (trouble.line > 0)
            problem_add(problems, "%s: line %d: %s", path, trouble.line, trouble.text);
        else
            problem_add(problems, "%s", trouble.text); /* it names the file */
        return false;
    }
    bool read = check_document(table, document, problems) && read_routes(table, document, problems);
    json_decref(document);
    return read;
}

static void free_mail(struct route_mail *mail) {
    free(mail->template_name);
    for (int field = 0; field < ROUTE_FIELDS; field++)
        mustache_free(mail->fields[field]);
    json_schema_free(mail->when);
}

void route_table_free(struct route_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        struct route *route = &table->routes[i];
        for (size_t j = 0; j < route->mail_count; j++)
            free_mail(&route->mails[j]);
        free(route->mails);
        free(route->type);
        json_schema_free(route->schema);
    }
    free(table->routes);
    free(table->path);
    *table = (struct route_table){0};
}

const struct route *route_table_find(const struct route_table *table, const char *type) {
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->routes[i].type, type) == 0)
            return &table->routes[i];
    }
    return NULL;
}
