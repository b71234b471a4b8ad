/* SPDX-License-Identifier: Apache-2.0 */
/* The validation vocabulary, and `format` as an assertion. */
#include "schema_builder.h"
#include "schema_equal.h"
#include "schema_number.h"

#include <math.h>
#include <string.h>

/* --- any value --- */

static unsigned type_bit(const char *name) {
    static const struct {
        const char *name;
        unsigned bit;
    } types[] = {
        {"null", SCHEMA_NULL},     {"boolean", SCHEMA_BOOLEAN}, {"object", SCHEMA_OBJECT},
        {"array", SCHEMA_ARRAY},   {"string", SCHEMA_STRING},   {"integer", SCHEMA_INTEGER},
        {"number", SCHEMA_NUMBER},
    };
    for (size_t i = 0; name != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(name, types[i].name) == 0)
            return types[i].bit;
    }
    return 0;
}

static bool read_type(struct schema_builder *builder, struct schema_node *node, const char *name,
                      const json_t *value) {
    bool is_array = json_is_array(value);
    size_t count = is_array ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        unsigned bit = type_bit(json_string_value(is_array ? json_array_get(value, i) : value));
        if (bit == 0)
            return schema_refuse(
                builder, node, name,
                "is not one of null, boolean, object, array, string, number, integer, or an array "
                "of them");
        if ((node->types & bit) != 0)
            return schema_refuse(builder, node, name, "has a type twice");
        node->types |= bit;
    }
    return count > 0 || schema_refuse(builder, node, name, "is empty");
}

static bool read_enum(struct schema_builder *builder, struct schema_node *node, const char *name,
                      const json_t *value) {
    if (!json_is_array(value)) /* an empty one is allowed, and nothing fits it */
        return schema_refuse(builder, node, name, "is not an array");
    struct value_rules *rules = schema_value_rules(builder, node);
    if (rules != NULL)
        rules->any_of = value;
    return rules != NULL;
}

static bool read_const(struct schema_builder *builder, struct schema_node *node, const char *name,
                       const json_t *value) {
    (void)name;
    struct value_rules *rules = schema_value_rules(builder, node);
    if (rules != NULL)
        rules->one = value;
    return rules != NULL;
}

/* --- numbers --- */

static bool take_number(struct schema_builder *builder, struct schema_node *node, const char *name,
                        const json_t *value, const json_t **place) {
    if (!json_is_number(value))
        return schema_refuse(builder, node, name, "is not a number");
    *place = value;
    return true;
}

static bool read_minimum(struct schema_builder *builder, struct schema_node *node, const char *name,
                         const json_t *value) {
    struct number_rules *rules = schema_number_rules(builder, node);
    return rules != NULL && take_number(builder, node, name, value, &rules->minimum);
}

static bool read_maximum(struct schema_builder *builder, struct schema_node *node, const char *name,
                         const json_t *value) {
    struct number_rules *rules = schema_number_rules(builder, node);
    return rules != NULL && take_number(builder, node, name, value, &rules->maximum);
}

static bool read_exclusive_minimum(struct schema_builder *builder, struct schema_node *node, const char *name,
                                   const json_t *value) {
    struct number_rules *rules = schema_number_rules(builder, node);
    return rules != NULL && take_number(builder, node, name, value, &rules->exclusive_minimum);
}

static bool read_exclusive_maximum(struct schema_builder *builder, struct schema_node *node, const char *name,
                                   const json_t *value) {
    struct number_rules *rules = schema_number_rules(builder, node);
    return rules != NULL && take_number(builder, node, name, value, &rules->exclusive_maximum);
}

static bool read_multiple_of(struct schema_builder *builder, struct schema_node *node, const char *name,
                             const json_t *value) {
    struct number_rules *rules = schema_number_rules(builder, node);
    if (rules == NULL || !take_number(builder, node, name, value, &rules->multiple_of))
        return false;
    return json_number_value(value) > 0 || schema_refuse(builder, node, name, "is not above 0");
}

/* --- counts: of characters, items, members --- */

/* 2.0 is a whole number too. */
static bool take_count(struct schema_builder *builder, const struct schema_node *node, const char *name,
                       const json_t *value, size_t *place) {
    double number = json_number_value(value);
    if (!json_is_number(value) || !schema_number_is_integer(value) || number < 0 || number > 9e15)
        return schema_refuse(builder, node, name, "is not a whole number from 0 up");
    *place = json_is_integer(value) ? (size_t)json_integer_value(value) : (size_t)number;
    return true;
}

static bool read_min_length(struct schema_builder *builder, struct schema_node *node, const char *name,
                            const json_t *value) {
    struct string_rules *rules = schema_string_rules(builder, node);
    return rules != NULL && take_count(builder, node, name, value, &rules->min);
}

static bool read_max_length(struct schema_builder *builder, struct schema_node *node, const char *name,
                            const json_t *value) {
    struct string_rules *rules = schema_string_rules(builder, node);
    return rules != NULL && take_count(builder, node, name, value, &rules->max);
}

static bool read_min_items(struct schema_builder *builder, struct schema_node *node, const char *name,
                           const json_t *value) {
    struct array_rules *rules = schema_array_rules(builder, node);
    return rules != NULL && take_count(builder, node, name, value, &rules->min);
}

static bool read_max_items(struct schema_builder *builder, struct schema_node *node, const char *name,
                           const json_t *value) {
    struct array_rules *rules = schema_array_rules(builder, node);
    return rules != NULL && take_count(builder, node, name, value, &rules->max);
}

static bool read_min_contains(struct schema_builder *builder, struct schema_node *node, const char *name,
                              const json_t *value) {
    struct array_rules *rules = schema_array_rules(builder, node);
    return rules != NULL && take_count(builder, node, name, value, &rules->min_contains);
}

static bool read_max_contains(struct schema_builder *builder, struct schema_node *node, const char *name,
                              const json_t *value) {
    struct array_rules *rules = schema_array_rules(builder, node);
    return rules != NULL && take_count(builder, node, name, value, &rules->max_contains);
}

static bool read_min_properties(struct schema_builder *builder, struct schema_node *node, const char *name,
                                const json_t *value) {
    struct object_rules *rules = schema_object_rules(builder, node);
    return rules != NULL && take_count(builder, node, name, value, &rules->min);
}

static bool read_max_properties(struct schema_builder *builder, struct schema_node *node, const char *name,
                                const json_t *value) {
    struct object_rules *rules = schema_object_rules(builder, node);
    return rules != NULL && take_count(builder, node, name, value, &rules->max);
}

/* --- strings --- */

static bool read_pattern(struct schema_builder *builder, struct schema_node *node, const char *name,
                         const json_t *value) {
    if (!json_is_string(value))
        return schema_refuse(builder, node, name, "is not a string");
    struct string_rules *rules = schema_string_rules(builder, node);
    if (rules == NULL)
        return false;
    rules->pattern =
        schema_build_pattern(builder, node, name, json_string_value(value), json_string_length(value));
    return rules->pattern != NULL;
}

static bool read_format(struct schema_builder *builder, struct schema_node *node, const char *name,
                        const json_t *value) {
    if (!json_is_string(value))
        return schema_refuse(builder, node, name, "is not a string");
    struct string_rules *rules = schema_string_rules(builder, node);
    if (rules == NULL)
        return false;
    rules->format = schema_format_find(json_string_value(value));
    return rules->format != NULL ||
           schema_refuse(builder, node, name, "is refused: only %s are checked here", schema_format_names());
}

/* --- arrays and objects --- */

static bool read_unique_items(struct schema_builder *builder, struct schema_node *node, const char *name,
                              const json_t *value) {
    if (!json_is_boolean(value))
        return schema_refuse(builder, node, name, "is not a boolean");
    struct array_rules *rules = schema_array_rules(builder, node);
    if (rules != NULL)
        rules->unique = json_is_true(value);
    return rules != NULL;
}

static bool is_array_of_names(const json_t *value) {
    size_t unused, steps = SIZE_MAX;
    if (!json_is_array(value))
        return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_string(json_array_get(value, i)))
            return false;
    }
    return schema_items_unique(value, &unused, &steps) != SCHEMA_NOT_UNIQUE;
}

static bool read_required(struct schema_builder *builder, struct schema_node *node, const char *name,
                          const json_t *value) {
    if (!is_array_of_names(value))
        return schema_refuse(builder, node, name, "is not an array of different strings");
    struct object_rules *rules = schema_object_rules(builder, node);
    if (rules == NULL)
        return false;
    rules->required = value;
    rules->required_count = json_array_size(value);
    for (size_t i = 0; i < rules->required_count; i++) {
        const json_t *member = json_array_get(value, i);
        struct member_rule *rule =
            schema_member_rule(builder, rules, json_string_value(member), json_string_length(member));
        if (rule == NULL)
            return false;
        rule->required = true;
    }
    return true;
}

static bool read_dependent_required(struct schema_builder *builder, struct schema_node *node,
                                    const char *name, const json_t *value) {
    const char *member;
    json_t *names;
    if (!json_is_object(value))
        return schema_refuse(builder, node, name, "is not an object");
    json_object_foreach((json_t *)value, member, names) {
        if (!is_array_of_names(names))
            return schema_refuse(builder, node, name,
                                 "has a member that is not an array of different strings");
    }
    struct object_rules *rules = schema_object_rules(builder, node);
    if (rules != NULL)
        rules->dependent_required = value;
    return rules != NULL;
}

const struct schema_keyword schema_validation_keywords[] = {
    {"type", read_type, NULL},
    {"enum", read_enum, NULL},
    {"const", read_const, NULL},
    {"minimum", read_minimum, NULL},
    {"maximum", read_maximum, NULL},
    {"exclusiveMinimum", read_exclusive_minimum, NULL},
    {"exclusiveMaximum", read_exclusive_maximum, NULL},
    {"multipleOf", read_multiple_of, NULL},
    {"minLength", read_min_length, NULL},
    {"maxLength", read_max_length, NULL},
    {"pattern", read_pattern, NULL},
    {"format", read_format, NULL},
    {"minItems", read_min_items, NULL},
    {"maxItems", read_max_items, NULL},
    {"uniqueItems", read_unique_items, NULL},
    {"minContains", read_min_contains, NULL},
    {"maxContains", read_max_contains, NULL},
    {"minProperties", read_min_properties, NULL},
    {"maxProperties", read_max_properties, NULL},
    {"required", read_required, NULL},
    {"dependentRequired", read_dependent_required, NULL},
    {NULL, NULL, NULL},
};
