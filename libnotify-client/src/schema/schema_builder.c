/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool schema_no_memory(struct schema_builder *builder) {
    builder->result = JSON_SCHEMA_NO_MEMORY;
    if (builder->error_text != NULL && builder->error_text_size > 0)
        snprintf(builder->error_text, builder->error_text_size, "out of memory");
    return false;
}

bool schema_refuse(struct schema_builder *builder, const struct schema_node *node, const char *keyword,
                   const char *format, ...) {
    char sentence[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    builder->result = JSON_SCHEMA_REFUSED;
    if (builder->error_text != NULL && builder->error_text_size > 0) {
        if (keyword == NULL && node->place[0] == '\0')
            snprintf(builder->error_text, builder->error_text_size, "the schema %s", sentence);
        else
            snprintf(builder->error_text, builder->error_text_size, "%s%s%s %s", node->place,
                     keyword == NULL ? "" : "/", keyword == NULL ? "" : keyword, sentence);
    }
    return false;
}

void *schema_take(struct schema_builder *builder, size_t count, size_t size) {
    void *taken = schema_arena_take_many(&builder->schema->arena, count, size);
    if (taken == NULL)
        schema_no_memory(builder);
    return taken;
}

/* parent/name, the name escaped as RFC 6901 §3 says. NULL after setting the error. */
static const char *make_place(struct schema_builder *builder, const char *parent, const char *name) {
    char *place = schema_take(builder, strlen(parent) + 1 + 2 * strlen(name) + 1, 1);
    if (place == NULL)
        return NULL;
    int at = sprintf(place, "%s/", parent);
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            place[at++] = '~';
            place[at++] = *name == '~' ? '0' : '1';
        } else {
            place[at++] = *name;
        }
    }
    return place;
}

static const struct schema_keyword *find_keyword(const char *name) {
    const struct schema_keyword *const tables[] = {schema_core_keywords, schema_applicator_keywords,
                                                   schema_validation_keywords};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (const struct schema_keyword *keyword = tables[i]; keyword->name != NULL; keyword++) {
            if (strcmp(keyword->name, name) == 0)
                return keyword;
        }
    }
    return NULL;
}

static bool read_keyword(struct schema_builder *builder, struct schema_node *node, const char *name,
                         const json_t *value) {
    const struct schema_keyword *keyword = find_keyword(name);
    if (keyword == NULL) {
        const struct schema_node here = {.place = make_place(builder, node->place, name)};
        return here.place != NULL && schema_refuse(builder, &here, NULL, "is refused: an unknown keyword");
    }
    if (keyword->read == NULL)
        return schema_refuse(builder, node, keyword->name, "is refused: %s", keyword->refusal);
    return keyword->read(builder, node, keyword->name, value);
}

static bool is_empty(const struct schema_node *node) {
    return node->types == 0 && node->values == NULL && node->number == NULL && node->string == NULL &&
           node->array == NULL && node->object == NULL && node->combination == NULL &&
           node->reference == NULL;
}

static bool read_keywords(struct schema_builder *builder, struct schema_node *node, const json_t *value) {
    const json_t *id = json_object_get(value, "$id");
    if (id != NULL && !schema_read_id(builder, node, id))
        return false;
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member) {
        if (!read_keyword(builder, node, name, member))
            return false;
    }
    node->kind = is_empty(node) ? SCHEMA_TRUE : SCHEMA_RULES;
    return true;
}

static struct schema_node *build(struct schema_builder *builder, const char *place, const char *keyword,
                                 const char *base, const json_t *value) {
    struct schema_node *node = schema_take(builder, 1, sizeof *node);
    if (node == NULL)
        return NULL;
    *node = (struct schema_node){.place = place, .keyword = keyword, .base = base, .next = builder->nodes};
    builder->nodes = node;
    builder->node_count++;
    bool built = true;
    if (builder->node_count > JSON_SCHEMA_MAX_NODES)
        built =
            schema_refuse(builder, node, NULL, "is refused: more than %d subschemas", JSON_SCHEMA_MAX_NODES);
    else if (builder->nesting == JSON_SCHEMA_MAX_NESTING)
        built = schema_refuse(builder, node, NULL, "is refused: nested deeper than %d subschemas",
                              JSON_SCHEMA_MAX_NESTING);
    else if (json_is_boolean(value))
        node->kind = json_is_true(value) ? SCHEMA_TRUE : SCHEMA_FALSE;
    else if (!json_is_object(value))
        built = schema_refuse(builder, node, NULL, "is not a schema: neither an object nor a boolean");
    else {
        builder->nesting++;
        built = read_keywords(builder, node, value);
        builder->nesting--;
    }
    return built ? node : NULL;
}

const struct schema_node *schema_build_under(struct schema_builder *builder, const struct schema_node *parent,
                                             const char *keyword, const json_t *value) {
    const char *place = make_place(builder, parent->place, keyword);
    return place == NULL ? NULL : build(builder, place, keyword, parent->base, value);
}

const struct schema_node *schema_build_member(struct schema_builder *builder,
                                              const struct schema_node *parent, const char *keyword,
                                              const char *name, const json_t *value) {
    const char *place = make_place(builder, parent->place, keyword);
    if (place != NULL)
        place = make_place(builder, place, name);
    return place == NULL ? NULL : build(builder, place, keyword, parent->base, value);
}

bool schema_build_list(struct schema_builder *builder, const struct schema_node *parent, const char *keyword,
                       const json_t *value, struct schema_node_list *list) {
    size_t count = json_array_size(value);
    if (count == 0)
        return schema_refuse(builder, parent, keyword, "is not an array with at least one schema");
    list->nodes = schema_take(builder, count, sizeof *list->nodes);
    if (list->nodes == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        list->nodes[i] = schema_build_member(builder, parent, keyword, index, json_array_get(value, i));
        if (list->nodes[i] == NULL)
            return false;
        list->count++;
    }
    return true;
}

bool schema_add_target(struct schema_builder *builder, const char *uri, const char *anchor,
                       const struct schema_node *node) {
    for (const struct schema_target *target = builder->targets; target != NULL; target = target->next) {
        bool same_anchor = target->anchor == anchor ||
                           (target->anchor != NULL && anchor != NULL && strcmp(target->anchor, anchor) == 0);
        if (same_anchor && strcmp(target->uri, uri) == 0)
            return schema_refuse(builder, node, anchor == NULL ? "$id" : "$anchor",
                                 "is the same as that of %s",
                                 target->node->place[0] == '\0' ? "the document" : target->node->place);
    }
    struct schema_target *target = schema_take(builder, 1, sizeof *target);
    if (target == NULL)
        return false;
    *target = (struct schema_target){.uri = uri, .anchor = anchor, .node = node, .next = builder->targets};
    builder->targets = target;
    return true;
}

const struct schema_pattern *schema_build_pattern(struct schema_builder *builder,
                                                  const struct schema_node *node, const char *keyword,
                                                  const char *text, size_t size) {
    char problem[160];
    struct schema_pattern *pattern =
        schema_pattern_new(text, size, builder->schema->patterns, problem, sizeof problem);
    if (pattern != NULL)
        builder->schema->patterns = pattern;
    else if (problem[0] == '\0')
        schema_no_memory(builder);
    else
        schema_refuse(builder, node, keyword, "is not a regular expression: %s", problem);
    return pattern;
}

static bool build_document(struct schema_builder *builder) {
    struct json_schema *schema = builder->schema;
    schema->root = build(builder, "", "false schema", "", schema->document);
    if (schema->root == NULL)
        return false;
    /* A document without $id is known by the empty URI, which its references start from. */
    if (schema->root->base[0] == '\0' && !schema_add_target(builder, "", NULL, schema->root))
        return false;
    return schema_resolve_references(builder) && schema_refuse_loops(builder);
}

enum json_schema_result json_schema_compile(struct json_schema **schema_out, const json_t *document,
                                            char *error_text, size_t error_text_size) {
    *schema_out = NULL;
    struct schema_builder builder = {.error_text = error_text, .error_text_size = error_text_size};
    builder.schema = calloc(1, sizeof *builder.schema);
    if (builder.schema != NULL)
        builder.schema->document = json_deep_copy(document);
    if (builder.schema == NULL || builder.schema->document == NULL)
        schema_no_memory(&builder);
    else if (build_document(&builder))
        *schema_out = builder.schema;
    if (*schema_out == NULL)
        json_schema_free(builder.schema);
    return builder.result;
}

void json_schema_free(struct json_schema *schema) {
    if (schema == NULL)
        return;
    schema_pattern_free_all(schema->patterns);
    schema_arena_free(&schema->arena);
    json_decref(schema->document);
    free(schema);
}
