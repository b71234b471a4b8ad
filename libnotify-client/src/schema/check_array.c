/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_check.h"
#include "schema_equal.h"

static enum schema_outcome check_items(struct schema_check *check, const struct array_rules *rules,
                                       const json_t *array, const struct schema_path *path) {
    size_t count = json_array_size(array);
    if (rules->rest == NULL && count > rules->prefix.count)
        count = rules->prefix.count;
    for (size_t i = 0; i < count; i++) {
        const struct schema_node *schema = i < rules->prefix.count ? rules->prefix.nodes[i] : rules->rest;
        const struct schema_path item = {.parent = path, .index = i};
        enum schema_outcome outcome = schema_check_node(check, schema, json_array_get(array, i), &item);
        if (outcome != OUTCOME_VALID)
            return outcome;
    }
    return OUTCOME_VALID;
}

static enum schema_outcome check_contains(struct schema_check *check, const struct schema_node *node,
                                          const json_t *array, const struct schema_path *path) {
    const struct array_rules *rules = node->array;
    size_t found = 0;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const struct schema_path item = {.parent = path, .index = i};
        enum schema_outcome outcome =
            schema_check_quietly(check, rules->contains, json_array_get(array, i), &item);
        if (outcome == OUTCOME_ABORTED)
            return outcome;
        found += outcome == OUTCOME_VALID;
    }
    if (found < rules->min_contains)
        return schema_invalid(check, node, path, rules->min_contains == 1 ? "contains" : "minContains",
                              "has fewer than %zu item%s of the kind that it must contain",
                              rules->min_contains, rules->min_contains == 1 ? "" : "s");
    if (found > rules->max_contains)
        return schema_invalid(check, node, path, "maxContains",
                              "has more than %zu item%s of the kind that it must contain",
                              rules->max_contains, rules->max_contains == 1 ? "" : "s");
    return OUTCOME_VALID;
}

static enum schema_outcome check_unique(struct schema_check *check, const struct schema_node *node,
                                        const json_t *array, const struct schema_path *path) {
    size_t second;
    switch (schema_items_unique(array, &second, &check->steps)) {
    case SCHEMA_UNIQUE:
        return OUTCOME_VALID;
    case SCHEMA_NOT_UNIQUE: {
        const struct schema_path item = {.parent = path, .index = second};
        return schema_invalid(check, node, &item, "uniqueItems", "is the same as an item before it");
    }
    case SCHEMA_UNIQUE_TOO_COSTLY:
        return schema_abort(check, node, path, "uniqueItems", "cannot be checked within the limit of steps");
    default:
        return schema_abort_no_memory(check);
    }
}

enum schema_outcome schema_check_array(struct schema_check *check, const struct schema_node *node,
                                       const json_t *value, const struct schema_path *path) {
    const struct array_rules *rules = node->array;
    size_t count = json_array_size(value);
    if (count < rules->min)
        return schema_invalid(check, node, path, "minItems", "has fewer than %zu item%s", rules->min,
                              rules->min == 1 ? "" : "s");
    if (count > rules->max)
        return schema_invalid(check, node, path, "maxItems", "has more than %zu item%s", rules->max,
                              rules->max == 1 ? "" : "s");
    enum schema_outcome outcome = check_items(check, rules, value, path);
    if (outcome == OUTCOME_VALID && rules->contains != NULL)
        outcome = check_contains(check, node, value, path);
    if (outcome == OUTCOME_VALID && rules->unique)
        outcome = check_unique(check, node, value, path);
    return outcome;
}
