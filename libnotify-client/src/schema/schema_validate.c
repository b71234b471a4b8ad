/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_check.h"
#include "schema_equal.h"

#include <stdio.h>

static unsigned types_of(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return SCHEMA_OBJECT;
    case JSON_ARRAY:
        return SCHEMA_ARRAY;
    case JSON_STRING:
        return SCHEMA_STRING;
    case JSON_INTEGER:
        return SCHEMA_INTEGER | SCHEMA_NUMBER;
    case JSON_REAL: {
        double real = json_real_value(value);
        /* From 2^53 up a double has no fraction. */
        bool whole =
            real >= 9007199254740992.0 || real <= -9007199254740992.0 || real == (double)(int64_t)real;
        return whole ? SCHEMA_INTEGER | SCHEMA_NUMBER : SCHEMA_NUMBER;
    }
    case JSON_TRUE:
    case JSON_FALSE:
        return SCHEMA_BOOLEAN;
    default:
        return SCHEMA_NULL;
    }
}

static enum schema_outcome wrong_type(struct schema_check *check, const struct schema_node *node,
                                      const struct schema_path *path) {
    static const struct {
        unsigned bit;
        const char *name;
    } types[] = {
        {SCHEMA_OBJECT, "an object"},   {SCHEMA_ARRAY, "an array"},  {SCHEMA_STRING, "a string"},
        {SCHEMA_INTEGER, "an integer"}, {SCHEMA_NUMBER, "a number"}, {SCHEMA_BOOLEAN, "a boolean"},
        {SCHEMA_NULL, "null"},
    };
    if (check->quiet > 0)
        return OUTCOME_INVALID;
    char names[128] = "";
    int at = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if ((node->types & types[i].bit) != 0)
            at +=
                snprintf(names + at, sizeof names - (size_t)at, "%s%s", at > 0 ? " or " : "", types[i].name);
    }
    return schema_invalid(check, node, path, "type", "is not %s", names);
}

static enum schema_outcome check_values(struct schema_check *check, const struct schema_node *node,
                                        const json_t *value, const struct schema_path *path) {
    const struct value_rules *rules = node->values;
    if (rules->one != NULL && !schema_values_equal(rules->one, value))
        return schema_invalid(check, node, path, "const", "is not the one value that is allowed");
    if (rules->any_of == NULL)
        return OUTCOME_VALID;
    size_t count = json_array_size(rules->any_of);
    for (size_t i = 0; i < count; i++) {
        if (schema_values_equal(json_array_get(rules->any_of, i), value))
            return OUTCOME_VALID;
    }
    return schema_invalid(check, node, path, "enum", "is none of the %zu values that are allowed", count);
}

static enum schema_outcome check_by_type(struct schema_check *check, const struct schema_node *node,
                                         const json_t *value, const struct schema_path *path) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return node->object == NULL ? OUTCOME_VALID : schema_check_object(check, node, value, path);
    case JSON_ARRAY:
        return node->array == NULL ? OUTCOME_VALID : schema_check_array(check, node, value, path);
    case JSON_STRING:
        return node->string == NULL ? OUTCOME_VALID : schema_check_string(check, node, value, path);
    case JSON_INTEGER:
    case JSON_REAL:
        return node->number == NULL ? OUTCOME_VALID : schema_check_number(check, node, value, path);
    default:
        return OUTCOME_VALID;
    }
}

static enum schema_outcome check_rules(struct schema_check *check, const struct schema_node *node,
                                       const json_t *value, const struct schema_path *path) {
    if (node->types != 0 && (node->types & types_of(value)) == 0)
        return wrong_type(check, node, path);
    enum schema_outcome outcome = OUTCOME_VALID;
    if (node->values != NULL)
        outcome = check_values(check, node, value, path);
    if (outcome == OUTCOME_VALID)
        outcome = check_by_type(check, node, value, path);
    if (outcome == OUTCOME_VALID && node->combination != NULL)
        outcome = schema_check_combination(check, node, value, path);
    return outcome;
}

enum schema_outcome schema_check_node(struct schema_check *check, const struct schema_node *node,
                                      const json_t *value, const struct schema_path *path) {
    if (node->kind == SCHEMA_TRUE)
        return OUTCOME_VALID;
    if (node->kind == SCHEMA_FALSE)
        return schema_invalid(check, node, path, node->keyword, "is not allowed here");
    if (check->steps == 0)
        return schema_abort(check, node, path, node->keyword, "cannot be checked within the limit of steps");
    if (check->depth == JSON_SCHEMA_MAX_DEPTH)
        return schema_abort(check, node, path, node->keyword, "is nested too deeply to be checked");
    check->steps--;
    check->depth++;
    enum schema_outcome outcome = check_rules(check, node, value, path);
    check->depth--;
    return outcome;
}

enum schema_outcome schema_check_quietly(struct schema_check *check, const struct schema_node *node,
                                         const json_t *value, const struct schema_path *path) {
    check->quiet++;
    enum schema_outcome outcome = schema_check_node(check, node, value, path);
    check->quiet--;
    return outcome;
}

enum json_schema_result json_schema_validate(const struct json_schema *schema, const json_t *instance,
                                             struct json_schema_violation *violation) {
    struct schema_check check = {.violation = violation, .steps = JSON_SCHEMA_MAX_STEPS};
    const struct schema_path root = {0};
    enum schema_outcome outcome = schema_check_node(&check, schema->root, instance, &root);
    schema_pattern_scratch_free(&check.patterns);
    if (check.no_memory)
        return JSON_SCHEMA_NO_MEMORY;
    return outcome == OUTCOME_VALID ? JSON_SCHEMA_OK : JSON_SCHEMA_VIOLATED;
}
