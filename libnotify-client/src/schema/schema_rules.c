/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a node, made when the first keyword needs them. */
#include "schema_builder.h"

#include <string.h>

#define TAKE_ONCE(builder, place)                                                                            \
    ((place) != NULL ? (place) : ((place) = schema_take(builder, 1, sizeof *(place))))

struct value_rules *schema_value_rules(struct schema_builder *builder, struct schema_node *node) {
    return TAKE_ONCE(builder, node->values);
}

struct number_rules *schema_number_rules(struct schema_builder *builder, struct schema_node *node) {
    return TAKE_ONCE(builder, node->number);
}

struct combination_rules *schema_combination_rules(struct schema_builder *builder, struct schema_node *node) {
    return TAKE_ONCE(builder, node->combination);
}

struct string_rules *schema_string_rules(struct schema_builder *builder, struct schema_node *node) {
    bool is_new = node->string == NULL;
    if (TAKE_ONCE(builder, node->string) != NULL && is_new)
        node->string->max = SIZE_MAX;
    return node->string;
}

struct array_rules *schema_array_rules(struct schema_builder *builder, struct schema_node *node) {
    bool is_new = node->array == NULL;
    if (TAKE_ONCE(builder, node->array) != NULL && is_new)
        *node->array = (struct array_rules){.max = SIZE_MAX, .min_contains = 1, .max_contains = SIZE_MAX};
    return node->array;
}

struct object_rules *schema_object_rules(struct schema_builder *builder, struct schema_node *node) {
    bool is_new = node->object == NULL;
    if (TAKE_ONCE(builder, node->object) != NULL && is_new)
        node->object->max = SIZE_MAX;
    return node->object;
}

/* Cheap rather than good: the table is fixed, so that at worst every name of it is compared. */
static size_t hash_name(const char *name, size_t size) {
    if (size == 0)
        return 0;
    const unsigned char *bytes = (const unsigned char *)name;
    return size * 31 + bytes[0] * 7u + bytes[size / 2] * 5u + bytes[size - 1] * 3u;
}

struct member_rule *member_rule_find(const struct object_rules *rules, const char *name, size_t size) {
    for (size_t at = hash_name(name, size);; at++) {
        struct member_rule *rule = &rules->members[at & rules->member_mask];
        if (rule->name == NULL || (rule->size == size && memcmp(rule->name, name, size) == 0))
            return rule;
    }
}

static bool grow(struct schema_builder *builder, struct object_rules *rules) {
    struct object_rules grown = *rules;
    size_t places = rules->members == NULL ? 8 : 2 * (rules->member_mask + 1);
    grown.members = schema_take(builder, places, sizeof *grown.members);
    if (grown.members == NULL)
        return false;
    grown.member_mask = places - 1;
    for (size_t i = 0; rules->members != NULL && i <= rules->member_mask; i++) {
        const struct member_rule *rule = &rules->members[i];
        if (rule->name != NULL)
            *member_rule_find(&grown, rule->name, rule->size) = *rule;
    }
    *rules = grown;
    return true;
}

struct member_rule *schema_member_rule(struct schema_builder *builder, struct object_rules *rules,
                                       const char *name, size_t size) {
    if ((rules->members == NULL || 2 * (rules->member_count + 1) > rules->member_mask + 1) &&
        !grow(builder, rules))
        return NULL;
    struct member_rule *rule = member_rule_find(rules, name, size);
    if (rule->name == NULL) {
        *rule = (struct member_rule){.name = name, .size = size};
        rules->member_count++;
    }
    return rule;
}
