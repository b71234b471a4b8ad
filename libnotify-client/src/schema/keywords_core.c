/* SPDX-License-Identifier: Apache-2.0 */
/* The core vocabulary, and the annotations of the meta-data and content vocabularies. */
#include "schema_builder.h"
#include "uri.h"

#include <string.h>

static const char dialect[] = "https://json-schema.org/draft/2020-12/schema";

static bool read_schema(struct schema_builder *builder, struct schema_node *node, const char *name,
                        const json_t *value) {
    const char *text = json_string_value(value);
    size_t size = strlen(dialect);
    if (text == NULL || strncmp(text, dialect, size) != 0 ||
        (text[size] != '\0' && strcmp(text + size, "#") != 0))
        return schema_refuse(builder, node, name, "is not \"%s\"", dialect);
    return true;
}

bool schema_read_id(struct schema_builder *builder, struct schema_node *node, const json_t *id) {
    struct uri base, reference;
    const char *text = json_string_value(id);
    if (text == NULL || !uri_parse(&reference, text, json_string_length(id)))
        return schema_refuse(builder, node, "$id", "is not a URI reference");
    if (reference.fragment.size > 0)
        return schema_refuse(builder, node, "$id",
                             "has a fragment; a place inside a schema is named by $anchor");
    if (!uri_parse(&base, node->base, strlen(node->base)))
        return schema_refuse(builder, node, "$id", "cannot be resolved");
    char *uri = schema_take(builder, strlen(node->base) + strlen(text) + 3, 1);
    if (uri == NULL)
        return false;
    uri_resolve(&base, &reference, uri);
    node->base = uri;
    return schema_add_target(builder, uri, NULL, node);
}

static bool read_nothing(struct schema_builder *builder, struct schema_node *node, const char *name,
                         const json_t *value) {
    (void)builder, (void)node, (void)name, (void)value;
    return true;
}

static bool read_anchor(struct schema_builder *builder, struct schema_node *node, const char *name,
                        const json_t *value) {
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char digits[] = "-.0123456789";
    const char *text = json_string_value(value);
    bool valid = text != NULL && *text != '\0' && strchr(first, *text) != NULL;
    for (size_t i = 1; valid && text[i] != '\0'; i++)
        valid = strchr(first, text[i]) != NULL || strchr(digits, text[i]) != NULL;
    if (!valid)
        return schema_refuse(builder, node, name, "is not a name of letters, digits, \"-\", \"_\" and \".\"");
    return schema_add_target(builder, node->base, text, node);
}

static bool read_reference(struct schema_builder *builder, struct schema_node *node, const char *name,
                           const json_t *value) {
    struct uri uri;
    if (!json_is_string(value) || !uri_parse(&uri, json_string_value(value), json_string_length(value)))
        return schema_refuse(builder, node, name, "is not a URI reference");
    node->reference = json_string_value(value);
    return true;
}

static bool read_definitions(struct schema_builder *builder, struct schema_node *node, const char *name,
                             const json_t *value) {
    const char *member;
    json_t *definition;
    if (!json_is_object(value))
        return schema_refuse(builder, node, name, "is not an object of schemas");
    json_object_foreach((json_t *)value, member, definition) {
        if (schema_build_member(builder, node, name, member, definition) == NULL)
            return false;
    }
    return true;
}

static bool read_text(struct schema_builder *builder, struct schema_node *node, const char *name,
                      const json_t *value) {
    return json_is_string(value) || schema_refuse(builder, node, name, "is not a string");
}

static bool read_boolean(struct schema_builder *builder, struct schema_node *node, const char *name,
                         const json_t *value) {
    return json_is_boolean(value) || schema_refuse(builder, node, name, "is not a boolean");
}

static bool read_write_only(struct schema_builder *builder, struct schema_node *node, const char *name,
                            const json_t *value) {
    node->write_only = json_is_true(value);
    return read_boolean(builder, node, name, value);
}

static bool read_examples(struct schema_builder *builder, struct schema_node *node, const char *name,
                          const json_t *value) {
    return json_is_array(value) || schema_refuse(builder, node, name, "is not an array");
}

/* An annotation too, but what stands in it has to be a schema, and references may lead there. */
static bool read_content_schema(struct schema_builder *builder, struct schema_node *node, const char *name,
                                const json_t *value) {
    return schema_build_under(builder, node, name, value) != NULL;
}

const struct schema_keyword schema_core_keywords[] = {
    {"$schema", read_schema, NULL},
    {"$id", read_nothing, NULL}, /* schema_read_id() has */
    {"$anchor", read_anchor, NULL},
    {"$ref", read_reference, NULL},
    {"$defs", read_definitions, NULL},
    {"$comment", read_text, NULL},
    {"$dynamicRef", NULL, "dynamic references are not done here; use $ref"},
    {"$dynamicAnchor", NULL, "dynamic references are not done here; use $anchor"},
    {"$vocabulary", NULL, "this is not the place for a meta-schema"},
    {"$recursiveRef", NULL, "it is of an older draft; use $ref"},
    {"$recursiveAnchor", NULL, "it is of an older draft; use $anchor"},
    {"definitions", NULL, "it is of an older draft; use $defs"},
    {"id", NULL, "it is of an older draft; use $id"},
    {"title", read_text, NULL},
    {"description", read_text, NULL},
    {"default", read_nothing, NULL},
    {"examples", read_examples, NULL},
    {"deprecated", read_boolean, NULL},
    {"readOnly", read_boolean, NULL},
    {"writeOnly", read_write_only, NULL},
    {"contentEncoding", read_text, NULL},
    {"contentMediaType", read_text, NULL},
    {"contentSchema", read_content_schema, NULL},
    {NULL, NULL, NULL},
};
