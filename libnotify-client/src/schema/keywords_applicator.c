/* SPDX-License-Identifier: Apache-2.0 */
/* The applicator vocabulary: keywords that hold subschemas. */
#include "schema_builder.h"

#include <string.h>

static bool read_one(struct schema_builder *builder, struct schema_node *node, const char *name,
                     const json_t *value, const struct schema_node **place) {
    *place = schema_build_under(builder, node, name, value);
    return *place != NULL;
}

static bool read_all_of(struct schema_builder *builder, struct schema_node *node, const char *name,
                        const json_t *value) {
    struct combination_rules *rules = schema_combination_rules(builder, node);
    return rules != NULL && schema_build_list(builder, node, name, value, &rules->all);
}

static bool read_any_of(struct schema_builder *builder, struct schema_node *node, const char *name,
                        const json_t *value) {
    struct combination_rules *rules = schema_combination_rules(builder, node);
    return rules != NULL && schema_build_list(builder, node, name, value, &rules->any);
}

static bool read_one_of(struct schema_builder *builder, struct schema_node *node, const char *name,
                        const json_t *value) {
    struct combination_rules *rules = schema_combination_rules(builder, node);
    return rules != NULL && schema_build_list(builder, node, name, value, &rules->one);
}

static bool read_not(struct schema_builder *builder, struct schema_node *node, const char *name,
                     const json_t *value) {
    struct combination_rules *rules = schema_combination_rules(builder, node);
    return rules != NULL && read_one(builder, node, name, value, &rules->none);
}

static bool read_if(struct schema_builder *builder, struct schema_node *node, const char *name,
                    const json_t *value) {
    struct combination_rules *rules = schema_combination_rules(builder, node);
    return rules != NULL && read_one(builder, node, name, value, &rules->condition);
}

static bool read_then(struct schema_builder *builder, struct schema_node *node, const char *name,
                      const json_t *value) {
    struct combination_rules *rules = schema_combination_rules(builder, node);
    return rules != NULL && read_one(builder, node, name, value, &rules->then_schema);
}

static bool read_else(struct schema_builder *builder, struct schema_node *node, const char *name,
                      const json_t *value) {
    struct combination_rules *rules = schema_combination_rules(builder, node);
    return rules != NULL && read_one(builder, node, name, value, &rules->else_schema);
}

static bool read_prefix_items(struct schema_builder *builder, struct schema_node *node, const char *name,
                              const json_t *value) {
    struct array_rules *rules = schema_array_rules(builder, node);
    return rules != NULL && schema_build_list(builder, node, name, value, &rules->prefix);
}

static bool read_items(struct schema_builder *builder, struct schema_node *node, const char *name,
                       const json_t *value) {
    if (json_is_array(value))
        return schema_refuse(builder, node, name, "is an array, as in older drafts; use prefixItems");
    struct array_rules *rules = schema_array_rules(builder, node);
    return rules != NULL && read_one(builder, node, name, value, &rules->rest);
}

static bool read_contains(struct schema_builder *builder, struct schema_node *node, const char *name,
                          const json_t *value) {
    struct array_rules *rules = schema_array_rules(builder, node);
    return rules != NULL && read_one(builder, node, name, value, &rules->contains);
}

static bool read_properties(struct schema_builder *builder, struct schema_node *node, const char *name,
                            const json_t *value) {
    if (!json_is_object(value))
        return schema_refuse(builder, node, name, "is not an object of schemas");
    struct object_rules *rules = schema_object_rules(builder, node);
    if (rules == NULL)
        return false;
    json_t *members = (json_t *)value;
    for (void *at = json_object_iter(members); at != NULL; at = json_object_iter_next(members, at)) {
        const char *member = json_object_iter_key(at);
        const struct schema_node *schema =
            schema_build_member(builder, node, name, member, json_object_iter_value(at));
        if (schema == NULL)
            return false;
        struct member_rule *rule = schema_member_rule(builder, rules, member, json_object_iter_key_len(at));
        if (rule == NULL)
            return false;
        rule->schema = schema;
    }
    return true;
}

static bool read_pattern_properties(struct schema_builder *builder, struct schema_node *node,
                                    const char *name, const json_t *value) {
    if (!json_is_object(value))
        return schema_refuse(builder, node, name, "is not an object of schemas");
    struct object_rules *rules = schema_object_rules(builder, node);
    if (rules == NULL)
        return false;
    rules->patterns = schema_take(builder, json_object_size(value), sizeof *rules->patterns);
    if (rules->patterns == NULL)
        return false;
    json_t *members = (json_t *)value;
    for (void *at = json_object_iter(members); at != NULL; at = json_object_iter_next(members, at)) {
        const char *expression = json_object_iter_key(at);
        struct pattern_rule *rule = &rules->patterns[rules->pattern_count];
        rule->pattern = schema_build_pattern(builder, node, name, expression, json_object_iter_key_len(at));
        if (rule->pattern == NULL)
            return false;
        rule->schema = schema_build_member(builder, node, name, expression, json_object_iter_value(at));
        if (rule->schema == NULL)
            return false;
        rules->pattern_count++;
    }
    return true;
}

static bool read_additional_properties(struct schema_builder *builder, struct schema_node *node,
                                       const char *name, const json_t *value) {
    struct object_rules *rules = schema_object_rules(builder, node);
    return rules != NULL && read_one(builder, node, name, value, &rules->additional);
}

static bool read_property_names(struct schema_builder *builder, struct schema_node *node, const char *name,
                                const json_t *value) {
    struct object_rules *rules = schema_object_rules(builder, node);
    return rules != NULL && read_one(builder, node, name, value, &rules->names);
}

const struct schema_keyword schema_applicator_keywords[] = {
    {"allOf", read_all_of, NULL},
    {"anyOf", read_any_of, NULL},
    {"oneOf", read_one_of, NULL},
    {"not", read_not, NULL},
    {"if", read_if, NULL},
    {"then", read_then, NULL},
    {"else", read_else, NULL},
    {"prefixItems", read_prefix_items, NULL},
    {"items", read_items, NULL},
    {"contains", read_contains, NULL},
    {"properties", read_properties, NULL},
    {"patternProperties", read_pattern_properties, NULL},
    {"additionalProperties", read_additional_properties, NULL},
    {"propertyNames", read_property_names, NULL},
    {"additionalItems", NULL, "it is of an older draft; use items, after prefixItems"},
    {"dependencies", NULL, "it is of an older draft; use dependentRequired, or if and then"},
    {"dependentSchemas", NULL, "it is not done here; use if and then"},
    {"unevaluatedItems", NULL, "it is not done here; use items"},
    {"unevaluatedProperties", NULL, "it is not done here; use additionalProperties"},
    {NULL, NULL, NULL},
};
