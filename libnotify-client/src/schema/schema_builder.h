/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compilation of a document, in three steps: each subschema becomes a node (schema_builder.c, which calls
 * the keywords' functions in keywords_*.c), references find their nodes, and endless loops of references are
 * refused (schema_reference.c). Functions return false after they set the error.
 */
#ifndef NOTIFY_SCHEMA_SCHEMA_BUILDER_H
#define NOTIFY_SCHEMA_SCHEMA_BUILDER_H

#include "schema_node.h"

#include <stdbool.h>

/* Something a reference can name: a node with its own URI ($id, or the document), or with an anchor in one.
 */
struct schema_target {
    const char *uri;    /* absolute, or "" for a document without $id */
    const char *anchor; /* NULL: the resource itself */
    const struct schema_node *node;
    struct schema_target *next;
};

struct schema_builder {
    struct json_schema *schema;
    struct schema_node *nodes; /* all, the last made first */
    size_t node_count;
    unsigned nesting;
    struct schema_target *targets;
    enum json_schema_result result;
    char *error_text; /* may be NULL */
    size_t error_text_size;
};

/* Reads one keyword of a node. name is static, as the table of keywords has it. */
typedef bool (*schema_keyword_function)(struct schema_builder *builder, struct schema_node *node,
                                        const char *name, const json_t *value);

struct schema_keyword {
    const char *name;
    schema_keyword_function read; /* NULL: known, and refused */
    const char *refusal;          /* why, and what to use: "…" after "is refused: " */
};

extern const struct schema_keyword schema_core_keywords[];
extern const struct schema_keyword schema_applicator_keywords[];
extern const struct schema_keyword schema_validation_keywords[];

/* Both return false. The sentence goes on after the pointer to the keyword; keyword NULL: the subschema
 * itself. */
bool schema_refuse(struct schema_builder *builder, const struct schema_node *node, const char *keyword,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
bool schema_no_memory(struct schema_builder *builder);

/* Zeroed memory of the schema; NULL after setting the error. */
void *schema_take(struct schema_builder *builder, size_t count, size_t size);

/* The subschema under a keyword, or under a member (name) or an item (index, with name NULL) of it. */
const struct schema_node *schema_build_under(struct schema_builder *builder, const struct schema_node *parent,
                                             const char *keyword, const json_t *value);
const struct schema_node *schema_build_member(struct schema_builder *builder,
                                              const struct schema_node *parent, const char *keyword,
                                              const char *name, const json_t *value);
/* A non-empty array of subschemas. */
bool schema_build_list(struct schema_builder *builder, const struct schema_node *parent, const char *keyword,
                       const json_t *value, struct schema_node_list *list);

bool schema_add_target(struct schema_builder *builder, const char *uri, const char *anchor,
                       const struct schema_node *node);

/* The rules of one kind, made at the first call. NULL after setting the error. */
struct value_rules *schema_value_rules(struct schema_builder *builder, struct schema_node *node);
struct number_rules *schema_number_rules(struct schema_builder *builder, struct schema_node *node);
struct string_rules *schema_string_rules(struct schema_builder *builder, struct schema_node *node);
struct array_rules *schema_array_rules(struct schema_builder *builder, struct schema_node *node);
struct object_rules *schema_object_rules(struct schema_builder *builder, struct schema_node *node);
struct combination_rules *schema_combination_rules(struct schema_builder *builder, struct schema_node *node);

/* The entry for a member, added if there is none yet. NULL after setting the error. */
struct member_rule *schema_member_rule(struct schema_builder *builder, struct object_rules *rules,
                                       const char *name, size_t size);

/* The expression compiled. NULL after setting the error. */
const struct schema_pattern *schema_build_pattern(struct schema_builder *builder,
                                                  const struct schema_node *node, const char *keyword,
                                                  const char *text, size_t size);

/* Steps two and three. */
bool schema_resolve_references(struct schema_builder *builder);
bool schema_refuse_loops(struct schema_builder *builder);

/* $id, before the other keywords: it changes node->base. */
bool schema_read_id(struct schema_builder *builder, struct schema_node *node, const json_t *id);

#endif
