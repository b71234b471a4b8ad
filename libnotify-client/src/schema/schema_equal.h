/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of JSON values as JSON Schema means it (core §4.2.2), and the search for two equal items. */
#ifndef NOTIFY_SCHEMA_SCHEMA_EQUAL_H
#define NOTIFY_SCHEMA_SCHEMA_EQUAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Deep; numbers by their value, members in any order. */
bool schema_values_equal(const json_t *left, const json_t *right);

enum schema_unique_result {
    SCHEMA_UNIQUE,
    SCHEMA_NOT_UNIQUE,
    SCHEMA_UNIQUE_TOO_COSTLY, /* more comparisons than allowed: somebody made the items' hashes collide */
    SCHEMA_UNIQUE_NO_MEMORY,
};

/* *second_out: the index of an item that equals an earlier one. *steps: how many comparisons may be made;
 * counted down. */
enum schema_unique_result schema_items_unique(const json_t *array, size_t *second_out, size_t *steps);

#endif
