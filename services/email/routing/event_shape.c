/* SPDX-License-Identifier: Apache-2.0 */
#include "event_shape.h"

#include "schema_reference_text.h"
#include <string.h>

static void add_node(const struct event_shape *event, const json_t *node, struct shape *shape);

static void add_each(const struct event_shape *event, const json_t *list, struct shape *shape) {
    for (size_t i = 0; i < json_array_size(list); i++)
        add_node(event, json_array_get(list, i), shape);
}

/* The subschema, and those that it is made of. One that is there already ends a loop of references. */
static void add_node(const struct event_shape *event, const json_t *node, struct shape *shape) {
    static const char *const lists[] = {"allOf", "anyOf", "oneOf"};
    static const char *const branches[] = {"if", "then", "else"};
    if (!json_is_object(node) || shape->count == SHAPE_NODES_MAX)
        return;
    for (size_t i = 0; i < shape->count; i++) {
        if (shape->nodes[i] == node)
            return;
    }
    shape->nodes[shape->count++] = node;
    const char *reference = json_string_value(json_object_get(node, "$ref"));
    if (reference != NULL)
        add_node(event, schema_reference_find(event->document, reference), shape);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        add_each(event, json_object_get(node, lists[i]), shape);
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++)
        add_node(event, json_object_get(node, branches[i]), shape);
}

static bool declares(const json_t *node, const char *name) {
    return json_object_get(json_object_get(node, "properties"), name) != NULL;
}

/* {amount, currency} gains it (money.h). */
static bool is_formatted_money(const struct shape *object, const char *name) {
    bool has_amount = false, has_currency = false;
    for (size_t i = 0; i < object->count; i++) {
        has_amount = has_amount || declares(object->nodes[i], "amount");
        has_currency = has_currency || declares(object->nodes[i], "currency");
    }
    return strcmp(name, "formatted") == 0 && has_amount && has_currency;
}

/* Whether a name that `properties` does not have may be there with a schema of its own. */
static bool add_unnamed(const struct event_shape *event, const json_t *node, struct shape *shape) {
    const json_t *additional = json_object_get(node, "additionalProperties");
    const json_t *patterns = json_object_get(node, "patternProperties");
    for (void *member = json_object_iter((json_t *)patterns); member != NULL;
         member = json_object_iter_next((json_t *)patterns, member))
        add_node(event, json_object_iter_value(member), shape);
    add_node(event, additional, shape);
    return json_object_size(patterns) > 0 || json_object_size(additional) > 0;
}

bool event_shape_member(const struct event_shape *event, const struct shape *object, const char *name,
                        struct shape *shape_out) {
    bool is_declared = false;
    shape_out->count = 0;
    for (size_t i = 0; i < object->count; i++) {
        const json_t *property = json_object_get(json_object_get(object->nodes[i], "properties"), name);
        if (property != NULL) {
            is_declared = !json_is_false(property) || is_declared;
            add_node(event, property, shape_out);
        } else if (add_unnamed(event, object->nodes[i], shape_out)) {
            is_declared = true;
        }
    }
    return is_declared || is_formatted_money(object, name);
}

void event_shape_section(const struct event_shape *event, const struct shape *value,
                         struct shape *shape_out) {
    *shape_out = *value;
    for (size_t i = 0; i < value->count; i++) {
        add_each(event, json_object_get(value->nodes[i], "prefixItems"), shape_out);
        add_node(event, json_object_get(value->nodes[i], "items"), shape_out);
    }
}

void event_shape_root(const struct event_shape *event, struct shape *shape_out) {
    shape_out->count = 0;
    add_node(event, event->context, shape_out);
}

/* --- making --- */

static json_t *variable_properties(const json_t *variables) {
    json_t *properties = json_object();
    for (void *member = json_object_iter((json_t *)variables); properties != NULL && member != NULL;
         member = json_object_iter_next((json_t *)variables, member)) {
        if (json_object_set_new(properties, json_object_iter_key(member), json_object()) != 0) {
            json_decref(properties);
            return NULL;
        }
    }
    return properties;
}

bool event_shape_init(struct event_shape *event, json_t *document, const json_t *variables) {
    event->document = json_incref(document);
    event->context = json_pack("{s:{s:{s:{s:{}, s:{}, s:{}, s:{}, s:{}}}, s:O, s:{s:o}}}", "properties",
                               "event", "properties", "id", "source", "type", "subject", "time", "data",
                               document, "vars", "properties", variable_properties(variables));
    return event->context != NULL;
}

bool event_shape_load(struct event_shape *event, const char *path, const json_t *variables,
                      struct error *error) {
    json_error_t trouble;
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &trouble);
    if (document == NULL)
        return error_set(error, "%s: line %d: %s", path, trouble.line, trouble.text);
    bool made = event_shape_init(event, document, variables);
    json_decref(document);
    return made ? true : error_set(error, "%s: no memory for it", path);
}

void event_shape_free(struct event_shape *event) {
    json_decref(event->document);
    json_decref(event->context);
    *event = (struct event_shape){0};
}
