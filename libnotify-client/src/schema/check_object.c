/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_check.h"

static enum schema_outcome check_name(struct schema_check *check, const struct schema_node *node,
                                      const struct schema_path *path) {
    json_t *name = json_stringn_nocheck(path->name, path->size);
    if (name == NULL)
        return schema_abort_no_memory(check);
    enum schema_outcome outcome = schema_check_quietly(check, node->object->names, name, path);
    json_decref(name);
    if (outcome == OUTCOME_INVALID)
        return schema_invalid(check, node, path, "propertyNames", "has a name that is not allowed");
    return outcome;
}

/* *evaluated is set when an expression matches the name. */
static enum schema_outcome check_patterns(struct schema_check *check, const struct schema_node *node,
                                          const json_t *value, const struct schema_path *path,
                                          bool *evaluated) {
    const struct object_rules *rules = node->object;
    for (size_t i = 0; i < rules->pattern_count; i++) {
        enum schema_outcome outcome = schema_check_pattern(
            check, node, path, "patternProperties", rules->patterns[i].pattern, path->name, path->size);
        if (outcome == OUTCOME_ABORTED)
            return outcome;
        if (outcome == OUTCOME_INVALID)
            continue;
        *evaluated = true;
        outcome = schema_check_node(check, rules->patterns[i].schema, value, path);
        if (outcome != OUTCOME_VALID)
            return outcome;
    }
    return OUTCOME_VALID;
}

/* *required_count: counted up when the member is a required one. */
static enum schema_outcome check_member(struct schema_check *check, const struct schema_node *node,
                                        const json_t *value, const struct schema_path *path,
                                        size_t *required_count) {
    const struct object_rules *rules = node->object;
    enum schema_outcome outcome = OUTCOME_VALID;
    bool evaluated = false;
    if (rules->members != NULL) {
        const struct member_rule *rule = member_rule_find(rules, path->name, path->size);
        *required_count += rule->required;
        evaluated = rule->schema != NULL;
        if (evaluated)
            outcome = schema_check_node(check, rule->schema, value, path);
    }
    if (outcome == OUTCOME_VALID && rules->pattern_count > 0)
        outcome = check_patterns(check, node, value, path, &evaluated);
    if (outcome == OUTCOME_VALID && !evaluated && rules->additional != NULL)
        outcome = schema_check_node(check, rules->additional, value, path);
    if (outcome == OUTCOME_VALID && rules->names != NULL)
        outcome = check_name(check, node, path);
    return outcome;
}

/* The first of the names that the object lacks; NULL: none. */
static const char *find_missing(const json_t *object, const json_t *names) {
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);
        if (json_object_getn(object, json_string_value(name), json_string_length(name)) == NULL)
            return json_string_value(name);
    }
    return NULL;
}

static enum schema_outcome check_dependent_required(struct schema_check *check,
                                                    const struct schema_node *node, const json_t *object,
                                                    const struct schema_path *path) {
    json_t *dependent = (json_t *)node->object->dependent_required;
    for (void *at = json_object_iter(dependent); at != NULL; at = json_object_iter_next(dependent, at)) {
        const char *name = json_object_iter_key(at);
        if (json_object_getn(object, name, json_object_iter_key_len(at)) == NULL)
            continue;
        const char *missing = find_missing(object, json_object_iter_value(at));
        if (missing != NULL)
            return schema_invalid(check, node, path, "dependentRequired",
                                  "has no member \"%s\", which \"%s\" asks for", missing, name);
    }
    return OUTCOME_VALID;
}

enum schema_outcome schema_check_object(struct schema_check *check, const struct schema_node *node,
                                        const json_t *value, const struct schema_path *path) {
    const struct object_rules *rules = node->object;
    size_t count = json_object_size(value), required_count = 0;
    if (count < rules->min)
        return schema_invalid(check, node, path, "minProperties", "has fewer than %zu member%s", rules->min,
                              rules->min == 1 ? "" : "s");
    if (count > rules->max)
        return schema_invalid(check, node, path, "maxProperties", "has more than %zu member%s", rules->max,
                              rules->max == 1 ? "" : "s");
    json_t *object = (json_t *)value; /* iterating does not change it; Jansson's parameter has no const */
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const struct schema_path member = {
            .parent = path, .name = json_object_iter_key(at), .size = json_object_iter_key_len(at)};
        enum schema_outcome outcome =
            check_member(check, node, json_object_iter_value(at), &member, &required_count);
        if (outcome != OUTCOME_VALID)
            return outcome;
    }
    if (required_count < rules->required_count)
        return schema_invalid(check, node, path, "required", "has no member \"%s\"",
                              find_missing(value, rules->required));
    return rules->dependent_required == NULL ? OUTCOME_VALID
                                             : check_dependent_required(check, node, value, path);
}
