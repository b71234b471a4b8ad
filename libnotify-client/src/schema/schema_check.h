/* SPDX-License-Identifier: Apache-2.0 */
/* One validation: what it writes to, and its functions by the type of the value. */
#ifndef NOTIFY_SCHEMA_SCHEMA_CHECK_H
#define NOTIFY_SCHEMA_SCHEMA_CHECK_H

#include "schema_node.h"

enum schema_outcome {
    OUTCOME_VALID,
    OUTCOME_INVALID,
    /* A limit was reached: it is not known whether the value is valid. This ends the whole validation as a
     * violation, since under `not` or `anyOf` a mere "invalid" could let the instance pass. */
    OUTCOME_ABORTED,
};

/* The way from the instance's root to a value; on the stack. */
struct schema_path {
    const struct schema_path *parent; /* NULL: the root, which has no name */
    const char *name;                 /* NULL: an item */
    size_t size;                      /* of the name */
    size_t index;
};

struct schema_check {
    struct schema_pattern_scratch patterns;
    struct json_schema_violation *violation; /* NULL: nobody wants to know */
    unsigned
        quiet; /* above 0: within `not`, `anyOf` and the like, where an invalid value is nothing to tell */
    unsigned depth;
    size_t steps; /* left */
    bool no_memory;
};

enum schema_outcome schema_check_node(struct schema_check *check, const struct schema_node *node,
                                      const json_t *value, const struct schema_path *path);
enum schema_outcome schema_check_quietly(struct schema_check *check, const struct schema_node *node,
                                         const json_t *value, const struct schema_path *path);
enum schema_outcome schema_check_number(struct schema_check *check, const struct schema_node *node,
                                        const json_t *value, const struct schema_path *path);
enum schema_outcome schema_check_string(struct schema_check *check, const struct schema_node *node,
                                        const json_t *value, const struct schema_path *path);
enum schema_outcome schema_check_array(struct schema_check *check, const struct schema_node *node,
                                       const json_t *value, const struct schema_path *path);
enum schema_outcome schema_check_object(struct schema_check *check, const struct schema_node *node,
                                        const json_t *value, const struct schema_path *path);
enum schema_outcome schema_check_combination(struct schema_check *check, const struct schema_node *node,
                                             const json_t *value, const struct schema_path *path);

/* Tells the violation, unless quiet, and returns OUTCOME_INVALID. keyword is static. */
enum schema_outcome schema_invalid(struct schema_check *check, const struct schema_node *node,
                                   const struct schema_path *path, const char *keyword, const char *format,
                                   ...) __attribute__((format(printf, 5, 6)));
/* Tells it in any case and returns OUTCOME_ABORTED. */
enum schema_outcome schema_abort(struct schema_check *check, const struct schema_node *node,
                                 const struct schema_path *path, const char *keyword, const char *text);
enum schema_outcome schema_abort_no_memory(struct schema_check *check);

/* What a match came to, for a string of the instance: VALID when it matches, and INVALID, not told, when not.
 */
enum schema_outcome schema_check_pattern(struct schema_check *check, const struct schema_node *node,
                                         const struct schema_path *path, const char *keyword,
                                         const struct schema_pattern *pattern, const char *text, size_t size);

#endif
