/* SPDX-License-Identifier: Apache-2.0 */
/* A table for people: aligned columns, a bold head on a terminal (unless NO_COLOR is set,
 * https://no-color.org). */
#ifndef NOTIFYCTL_TABLE_H
#define NOTIFYCTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 8

struct table_column {
    const char *title; /* NULL ends a list */
    bool is_number;    /* aligned to the right */
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    char **cells; /* row by row */
    size_t cell_count, cell_capacity;
    bool failed; /* an allocation failed: table_print() says so */
};

void table_begin(struct table *table, const struct table_column *columns);
/* Adds the next cell, from left to right, row after row. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* False: there was no memory for the table. */
bool table_print(const struct table *table, FILE *out, bool styled);
void table_free(struct table *table);

/* out is a terminal and NO_COLOR is not set. */
bool table_may_style(FILE *out);

#endif
