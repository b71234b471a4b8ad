/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions of `pattern` and `patternProperties`, by PCRE2 (10.36 or later). UTF; \d, \w and \s are
 * ASCII's; \uXXXX, [] and [^] as in ECMAScript, $ only at the very end.
 */
#ifndef NOTIFY_SCHEMA_SCHEMA_PATTERN_H
#define NOTIFY_SCHEMA_SCHEMA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct schema_pattern;

enum schema_pattern_result {
    PATTERN_MATCHES,
    PATTERN_DIFFERS,
    PATTERN_TOO_COSTLY, /* not decided within the budget of steps, or the string is not UTF-8 */
    PATTERN_NO_MEMORY,
};

/* What matching needs to write to: one for a validation, zeroed at first. */
struct schema_pattern_scratch {
    void *match_data, *match_context;
};

/* NULL: error_text says what is wrong with the expression, or is "" when memory is lacking. next: the head of
 * a list that the new pattern goes in front of. */
struct schema_pattern *schema_pattern_new(const char *text, size_t size, struct schema_pattern *next,
                                          char *error_text, size_t error_text_size);
/* The whole list. */
void schema_pattern_free_all(struct schema_pattern *first);
/* The expression as it was written. */
const char *schema_pattern_text(const struct schema_pattern *pattern);

enum schema_pattern_result schema_pattern_match(const struct schema_pattern *pattern, const char *text,
                                                size_t size, struct schema_pattern_scratch *scratch);
void schema_pattern_scratch_free(struct schema_pattern_scratch *scratch);

#endif
