/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as JSON Schema sees them: 1 and 1.0 are the same, and nothing is lost between int64 and double. */
#ifndef NOTIFY_SCHEMA_SCHEMA_NUMBER_H
#define NOTIFY_SCHEMA_SCHEMA_NUMBER_H

#include <jansson.h>
#include <stdbool.h>

/* Below 0, 0 or above 0. */
int schema_number_compare(const json_t *left, const json_t *right);
bool schema_number_is_integer(const json_t *number);
/* By the decimal digits that the numbers were written with: 0.3 is a multiple of 0.1. step is above 0. */
bool schema_number_is_multiple(const json_t *number, const json_t *step);

#endif
