/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and strings. */
#include "schema_check.h"
#include "schema_number.h"

enum schema_outcome schema_check_number(struct schema_check *check, const struct schema_node *node,
                                        const json_t *value, const struct schema_path *path) {
    const struct number_rules *rules = node->number;
    if (rules->minimum != NULL && schema_number_compare(value, rules->minimum) < 0)
        return schema_invalid(check, node, path, "minimum", "is below the minimum of %.15g",
                              json_number_value(rules->minimum));
    if (rules->maximum != NULL && schema_number_compare(value, rules->maximum) > 0)
        return schema_invalid(check, node, path, "maximum", "is above the maximum of %.15g",
                              json_number_value(rules->maximum));
    if (rules->exclusive_minimum != NULL && schema_number_compare(value, rules->exclusive_minimum) <= 0)
        return schema_invalid(check, node, path, "exclusiveMinimum", "is not above %.15g",
                              json_number_value(rules->exclusive_minimum));
    if (rules->exclusive_maximum != NULL && schema_number_compare(value, rules->exclusive_maximum) >= 0)
        return schema_invalid(check, node, path, "exclusiveMaximum", "is not below %.15g",
                              json_number_value(rules->exclusive_maximum));
    if (rules->multiple_of != NULL && !schema_number_is_multiple(value, rules->multiple_of))
        return schema_invalid(check, node, path, "multipleOf", "is not a multiple of %.15g",
                              json_number_value(rules->multiple_of));
    return OUTCOME_VALID;
}

/* Code points: the bytes of UTF-8 that do not continue one. */
static size_t count_characters(const char *text, size_t size) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

enum schema_outcome schema_check_pattern(struct schema_check *check, const struct schema_node *node,
                                         const struct schema_path *path, const char *keyword,
                                         const struct schema_pattern *pattern, const char *text,
                                         size_t size) {
    switch (schema_pattern_match(pattern, text, size, &check->patterns)) {
    case PATTERN_MATCHES:
        return OUTCOME_VALID;
    case PATTERN_DIFFERS:
        return OUTCOME_INVALID;
    case PATTERN_TOO_COSTLY:
        return schema_abort(check, node, path, keyword,
                            "cannot be checked against the pattern within the limits");
    default:
        return schema_abort_no_memory(check);
    }
}

enum schema_outcome schema_check_string(struct schema_check *check, const struct schema_node *node,
                                        const json_t *value, const struct schema_path *path) {
    const struct string_rules *rules = node->string;
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    /* A character has 1 to 4 bytes, so mostly the size decides without counting. */
    if (rules->min > 0 &&
        (size < rules->min || (size < 4 * rules->min && count_characters(text, size) < rules->min)))
        return schema_invalid(check, node, path, "minLength", "is shorter than %zu character%s", rules->min,
                              rules->min == 1 ? "" : "s");
    if (size > rules->max && count_characters(text, size) > rules->max)
        return schema_invalid(check, node, path, "maxLength", "is longer than %zu character%s", rules->max,
                              rules->max == 1 ? "" : "s");
    if (rules->format != NULL && !rules->format->check(text, size))
        return schema_invalid(check, node, path, "format", "%s", rules->format->sentence);
    if (rules->pattern == NULL)
        return OUTCOME_VALID;
    enum schema_outcome outcome =
        schema_check_pattern(check, node, path, "pattern", rules->pattern, text, size);
    if (outcome == OUTCOME_INVALID)
        return schema_invalid(check, node, path, "pattern", "does not match the pattern %s",
                              schema_pattern_text(rules->pattern));
    return outcome;
}
