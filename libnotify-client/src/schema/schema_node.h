/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a compiled schema: a graph of nodes, one for each subschema. Names, values and limits are
 * borrowed from the schema's own copy of the document. Nothing here changes once the schema is compiled.
 */
#ifndef NOTIFY_SCHEMA_SCHEMA_NODE_H
#define NOTIFY_SCHEMA_SCHEMA_NODE_H

#include "json_schema.h"
#include "schema_arena.h"
#include "schema_format.h"
#include "schema_pattern.h"

#include <stdbool.h>
#include <stdint.h>

enum schema_kind {
    SCHEMA_TRUE, /* also an object without a keyword that asserts or applies anything */
    SCHEMA_FALSE,
    SCHEMA_RULES,
};

enum schema_type {
    SCHEMA_NULL = 1 << 0,
    SCHEMA_BOOLEAN = 1 << 1,
    SCHEMA_OBJECT = 1 << 2,
    SCHEMA_ARRAY = 1 << 3,
    SCHEMA_STRING = 1 << 4,
    SCHEMA_INTEGER = 1 << 5,
    SCHEMA_NUMBER = 1 << 6, /* includes the integers */
};

struct schema_node_list {
    const struct schema_node **nodes;
    size_t count;
};

struct value_rules { /* enum and const */
    const json_t *one, *any_of;
};

struct number_rules { /* NULL: no such limit */
    const json_t *minimum, *maximum, *exclusive_minimum, *exclusive_maximum, *multiple_of;
};

struct string_rules {
    size_t min, max; /* code points; SIZE_MAX: no limit */
    const struct schema_pattern *pattern;
    const struct schema_format *format;
};

struct array_rules {
    size_t min, max;
    bool unique;
    struct schema_node_list prefix;
    const struct schema_node *rest; /* `items` */
    const struct schema_node *contains;
    size_t min_contains, max_contains;
};

/* A member that `properties` or `required` names. */
struct member_rule {
    const char *name; /* NULL: an empty place of the table */
    size_t size;
    const struct schema_node *schema; /* NULL: only required */
    bool required;
};

struct pattern_rule {
    const struct schema_pattern *pattern;
    const struct schema_node *schema;
};

struct object_rules {
    size_t min, max;
    struct member_rule *members; /* a hash table at most half full, of mask + 1 places; NULL: no names */
    size_t member_mask;
    size_t member_count;
    size_t required_count;
    const json_t *required;           /* the names in their order, to tell the first that is missing */
    const json_t *dependent_required; /* name → names */
    struct pattern_rule *patterns;
    size_t pattern_count;
    const struct schema_node *additional, *names;
};

/* Subschemas that apply to the same instance. NULL and empty lists: not there. */
struct combination_rules {
    const struct schema_node *reference;
    struct schema_node_list all, any, one;
    const struct schema_node *none; /* `not` */
    const struct schema_node *condition, *then_schema, *else_schema;
};

struct schema_node {
    enum schema_kind kind;
    unsigned types; /* bits of enum schema_type; 0: any */
    bool write_only;
    struct value_rules *values;
    struct number_rules *number;
    struct string_rules *string;
    struct array_rules *array;
    struct object_rules *object;
    struct combination_rules *combination;

    const char *place;   /* JSON Pointer in the document */
    const char *keyword; /* static: what it stands under; a `false` is told by it. The root: "false schema" */

    /* While compiling. */
    struct schema_node *next;
    const char *base;      /* the URI that references start from */
    const char *reference; /* the text of $ref */
    enum { NODE_UNSEEN, NODE_ON_PATH, NODE_SEEN } visit;
    unsigned height; /* of the subschemas below it on the same instance */
};

struct json_schema {
    json_t *document;
    struct schema_arena arena;
    struct schema_node *root;
    struct schema_pattern *patterns; /* a list, to free what belongs to PCRE2 */
};

/* Where a member stands in its table, or the empty place for it. */
struct member_rule *member_rule_find(const struct object_rules *rules, const char *name, size_t size);

#endif
