/* SPDX-License-Identifier: Apache-2.0 */
/* Write-only places of an instance. Where a limit is reached or something cannot be told, the value is
 * masked. */
#include "schema_node.h"

enum verdict { VERDICT_SHOWN, VERDICT_MASKED };

struct mask {
    struct schema_pattern_scratch patterns;
    unsigned depth;
    size_t steps; /* left */
    bool no_memory;
};

static enum verdict mask_value(struct mask *mask, const struct schema_node *node, json_t *value);

/* A new reference to the text that stands for a secret; NULL after noting that there is no memory. */
static json_t *make_mask(struct mask *mask) {
    json_t *text = json_string_nocheck(JSON_SCHEMA_MASK);
    mask->no_memory = mask->no_memory || text == NULL;
    return text;
}

static void mask_item(struct mask *mask, const struct schema_node *node, json_t *array, size_t index) {
    if (node == NULL || mask_value(mask, node, json_array_get(array, index)) == VERDICT_SHOWN)
        return;
    if (json_array_set_new(array, index, make_mask(mask)) != 0)
        mask->no_memory = true;
}

static void mask_items(struct mask *mask, const struct array_rules *rules, json_t *array) {
    for (size_t i = 0; i < json_array_size(array); i++) {
        mask_item(mask, i < rules->prefix.count ? rules->prefix.nodes[i] : rules->rest, array, i);
        mask_item(mask, rules->contains, array, i);
    }
}

static bool is_member_masked(struct mask *mask, const struct object_rules *rules, const char *name,
                             size_t size, json_t *value) {
    bool evaluated = false;
    if (rules->members != NULL) {
        const struct member_rule *rule = member_rule_find(rules, name, size);
        evaluated = rule->schema != NULL;
        if (evaluated && mask_value(mask, rule->schema, value) == VERDICT_MASKED)
            return true;
    }
    for (size_t i = 0; i < rules->pattern_count; i++) {
        if (schema_pattern_match(rules->patterns[i].pattern, name, size, &mask->patterns) == PATTERN_DIFFERS)
            continue;
        evaluated = true;
        if (mask_value(mask, rules->patterns[i].schema, value) == VERDICT_MASKED)
            return true;
    }
    return !evaluated && rules->additional != NULL &&
           mask_value(mask, rules->additional, value) == VERDICT_MASKED;
}

static void mask_members(struct mask *mask, const struct object_rules *rules, json_t *object) {
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        if (!is_member_masked(mask, rules, json_object_iter_key(at), json_object_iter_key_len(at),
                              json_object_iter_value(at)))
            continue;
        /* Replacing the value of a member that is there keeps the iterator. */
        if (json_object_iter_set_new(object, at, make_mask(mask)) != 0)
            mask->no_memory = true;
    }
}

static enum verdict mask_list(struct mask *mask, const struct schema_node_list *list, json_t *value) {
    for (size_t i = 0; i < list->count; i++) {
        if (mask_value(mask, list->nodes[i], value) == VERDICT_MASKED)
            return VERDICT_MASKED;
    }
    return VERDICT_SHOWN;
}

static enum verdict mask_combination(struct mask *mask, const struct combination_rules *rules,
                                     json_t *value) {
    const struct schema_node *const single[] = {rules->reference, rules->condition, rules->then_schema,
                                                rules->else_schema, rules->none};
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        if (single[i] != NULL && mask_value(mask, single[i], value) == VERDICT_MASKED)
            return VERDICT_MASKED;
    }
    if (mask_list(mask, &rules->all, value) == VERDICT_MASKED ||
        mask_list(mask, &rules->any, value) == VERDICT_MASKED)
        return VERDICT_MASKED;
    return mask_list(mask, &rules->one, value);
}

/* Masks inside of the value; MASKED: the value itself has to be replaced, by whoever holds it. */
static enum verdict mask_value(struct mask *mask, const struct schema_node *node, json_t *value) {
    if (node->write_only || mask->steps == 0 || mask->depth == JSON_SCHEMA_MAX_DEPTH || mask->no_memory)
        return VERDICT_MASKED;
    mask->steps--;
    mask->depth++;
    if (node->object != NULL && json_is_object(value))
        mask_members(mask, node->object, value);
    if (node->array != NULL && json_is_array(value))
        mask_items(mask, node->array, value);
    enum verdict verdict = VERDICT_SHOWN;
    if (node->combination != NULL)
        verdict = mask_combination(mask, node->combination, value);
    mask->depth--;
    return verdict;
}

json_t *json_schema_mask_write_only(const struct json_schema *schema, const json_t *instance) {
    struct mask mask = {.steps = JSON_SCHEMA_MAX_STEPS};
    json_t *copy = json_deep_copy(instance);
    if (copy == NULL)
        return NULL;
    if (mask_value(&mask, schema->root, copy) == VERDICT_MASKED) {
        json_decref(copy);
        copy = make_mask(&mask);
    }
    schema_pattern_scratch_free(&mask.patterns);
    if (mask.no_memory) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}
