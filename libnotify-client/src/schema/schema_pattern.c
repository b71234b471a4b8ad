/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "schema_pattern.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * PCRE2 counts the steps of each starting place apart, so the limit on one match is a limit for each place
 * times the places. An anchored pattern has one place, and may take many steps there. For others the sum
 * stays linear in the string's length, but for runs of one class of characters, which PCRE2 does not count
 * ("[a-z]+@" over a's is quadratic in single comparisons): those are bounded by the length.
 */
#define BASE_STEPS 16384
#define STEPS_EACH_BYTE 1024  /* anchored */
#define STEPS_EACH_PLACE 4096 /* not anchored */
#define MAX_UNANCHORED_SIZE 32768
#define MAX_HEAP_KIB 16384

struct schema_pattern {
    pcre2_code *code;
    char *text;
    bool anchored;
    struct schema_pattern *next;
};

static pcre2_code *compile(const char *text, size_t size, int *code_out) {
    const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
                             PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
    *code_out = PCRE2_ERROR_HEAP_FAILED;
    PCRE2_SIZE place;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context == NULL)
        return NULL;
    pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX); /* \u{10FFFF} too */
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, size, options, code_out, &place, context);
    pcre2_compile_context_free(context);
    return code;
}

struct schema_pattern *schema_pattern_new(const char *text, size_t size, struct schema_pattern *next,
                                          char *error_text, size_t error_text_size) {
    int code = 0;
    if (error_text_size > 0)
        error_text[0] = '\0';
    struct schema_pattern *pattern = calloc(1, sizeof *pattern);
    if (pattern == NULL)
        return NULL;
    pattern->text = strndup(text, size);
    pattern->code = pattern->text == NULL ? NULL : compile(text, size, &code);
    if (pattern->code == NULL) {
        /* Positive codes are about the expression, but for this one. */
        if (code > 0 && code != PCRE2_ERROR_HEAP_FAILED && error_text_size > 0)
            pcre2_get_error_message(code, (PCRE2_UCHAR *)error_text, error_text_size);
        free(pattern->text);
        free(pattern);
        return NULL;
    }
    uint32_t options = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_ALLOPTIONS, &options);
    pattern->anchored = (options & PCRE2_ANCHORED) != 0;
    pattern->next = next;
    return pattern;
}

void schema_pattern_free_all(struct schema_pattern *first) {
    while (first != NULL) {
        struct schema_pattern *next = first->next;
        pcre2_code_free(first->code);
        free(first->text);
        free(first);
        first = next;
    }
}

const char *schema_pattern_text(const struct schema_pattern *pattern) {
    return pattern->text;
}

static bool prepare(struct schema_pattern_scratch *scratch) {
    if (scratch->match_data == NULL)
        scratch->match_data = pcre2_match_data_create(1, NULL);
    if (scratch->match_context == NULL) {
        scratch->match_context = pcre2_match_context_create(NULL);
        if (scratch->match_context != NULL)
            pcre2_set_heap_limit(scratch->match_context, MAX_HEAP_KIB);
    }
    return scratch->match_data != NULL && scratch->match_context != NULL;
}

static uint32_t step_limit(const struct schema_pattern *pattern, size_t size) {
    if (!pattern->anchored)
        return STEPS_EACH_PLACE + (uint32_t)(BASE_STEPS / (size + 1));
    return size > (UINT32_MAX - BASE_STEPS) / STEPS_EACH_BYTE ? UINT32_MAX
                                                              : BASE_STEPS + (uint32_t)size * STEPS_EACH_BYTE;
}

enum schema_pattern_result schema_pattern_match(const struct schema_pattern *pattern, const char *text,
                                                size_t size, struct schema_pattern_scratch *scratch) {
    if (!pattern->anchored && size > MAX_UNANCHORED_SIZE)
        return PATTERN_TOO_COSTLY;
    if (!prepare(scratch))
        return PATTERN_NO_MEMORY;
    pcre2_set_match_limit(scratch->match_context, step_limit(pattern, size));
    int result =
        pcre2_match(pattern->code, (PCRE2_SPTR)text, size, 0, 0, scratch->match_data, scratch->match_context);
    if (result >= 0)
        return PATTERN_MATCHES;
    if (result == PCRE2_ERROR_NOMATCH)
        return PATTERN_DIFFERS;
    return result == PCRE2_ERROR_NOMEMORY ? PATTERN_NO_MEMORY : PATTERN_TOO_COSTLY;
}

void schema_pattern_scratch_free(struct schema_pattern_scratch *scratch) {
    pcre2_match_data_free(scratch->match_data);
    pcre2_match_context_free(scratch->match_context);
}
