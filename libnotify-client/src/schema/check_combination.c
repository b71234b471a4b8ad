/* SPDX-License-Identifier: Apache-2.0 */
/* Subschemas on the same instance: $ref, allOf, anyOf, oneOf, not, if. */
#include "schema_check.h"

static enum schema_outcome check_all(struct schema_check *check, const struct schema_node_list *list,
                                     const json_t *value, const struct schema_path *path) {
    for (size_t i = 0; i < list->count; i++) {
        enum schema_outcome outcome = schema_check_node(check, list->nodes[i], value, path);
        if (outcome != OUTCOME_VALID)
            return outcome;
    }
    return OUTCOME_VALID;
}

/* How many of the list are valid, counted up to enough. */
static enum schema_outcome count_valid(struct schema_check *check, const struct schema_node_list *list,
                                       const json_t *value, const struct schema_path *path, size_t enough,
                                       size_t *count_out) {
    *count_out = 0;
    for (size_t i = 0; i < list->count && *count_out < enough; i++) {
        enum schema_outcome outcome = schema_check_quietly(check, list->nodes[i], value, path);
        if (outcome == OUTCOME_ABORTED)
            return outcome;
        *count_out += outcome == OUTCOME_VALID;
    }
    return OUTCOME_VALID;
}

static enum schema_outcome check_any(struct schema_check *check, const struct schema_node *node,
                                     const json_t *value, const struct schema_path *path) {
    size_t count;
    enum schema_outcome outcome = count_valid(check, &node->combination->any, value, path, 1, &count);
    if (outcome != OUTCOME_ABORTED && count == 0)
        return schema_invalid(check, node, path, "anyOf", "fits none of the %zu schemas that it may",
                              node->combination->any.count);
    return outcome;
}

static enum schema_outcome check_one(struct schema_check *check, const struct schema_node *node,
                                     const json_t *value, const struct schema_path *path) {
    size_t count;
    enum schema_outcome outcome = count_valid(check, &node->combination->one, value, path, 2, &count);
    if (outcome != OUTCOME_ABORTED && count != 1)
        return schema_invalid(check, node, path, "oneOf",
                              "fits %s of the %zu schemas, and must fit exactly one",
                              count == 0 ? "none" : "more than one", node->combination->one.count);
    return outcome;
}

static enum schema_outcome check_not(struct schema_check *check, const struct schema_node *node,
                                     const json_t *value, const struct schema_path *path) {
    enum schema_outcome outcome = schema_check_quietly(check, node->combination->none, value, path);
    if (outcome == OUTCOME_VALID)
        return schema_invalid(check, node, path, "not", "is of the kind that is not allowed");
    return outcome == OUTCOME_INVALID ? OUTCOME_VALID : outcome;
}

static enum schema_outcome check_condition(struct schema_check *check, const struct combination_rules *rules,
                                           const json_t *value, const struct schema_path *path) {
    if (rules->then_schema == NULL && rules->else_schema == NULL)
        return OUTCOME_VALID;
    enum schema_outcome outcome = schema_check_quietly(check, rules->condition, value, path);
    if (outcome == OUTCOME_ABORTED)
        return outcome;
    const struct schema_node *branch = outcome == OUTCOME_VALID ? rules->then_schema : rules->else_schema;
    return branch == NULL ? OUTCOME_VALID : schema_check_node(check, branch, value, path);
}

enum schema_outcome schema_check_combination(struct schema_check *check, const struct schema_node *node,
                                             const json_t *value, const struct schema_path *path) {
    const struct combination_rules *rules = node->combination;
    enum schema_outcome outcome = OUTCOME_VALID;
    if (rules->reference != NULL)
        outcome = schema_check_node(check, rules->reference, value, path);
    if (outcome == OUTCOME_VALID)
        outcome = check_all(check, &rules->all, value, path);
    if (outcome == OUTCOME_VALID && rules->any.count > 0)
        outcome = check_any(check, node, value, path);
    if (outcome == OUTCOME_VALID && rules->one.count > 0)
        outcome = check_one(check, node, value, path);
    if (outcome == OUTCOME_VALID && rules->none != NULL)
        outcome = check_not(check, node, value, path);
    if (outcome == OUTCOME_VALID && rules->condition != NULL)
        outcome = check_condition(check, rules, value, path);
    return outcome;
}
