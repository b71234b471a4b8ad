/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void table_begin(struct table *table, const struct table_column *columns) {
    *table = (struct table){.columns = columns};
    while (table->column_count < TABLE_COLUMNS_MAX && columns[table->column_count].title != NULL)
        table->column_count++;
}

void table_cell(struct table *table, const char *format, ...) {
    if (table->cell_count == table->cell_capacity) {
        size_t capacity = table->cell_capacity == 0 ? 64 : table->cell_capacity * 2;
        char **grown = reallocarray(table->cells, capacity, sizeof *grown);
        if (grown == NULL) {
            table->failed = true;
            return;
        }
        table->cells = grown;
        table->cell_capacity = capacity;
    }
    va_list arguments;
    va_start(arguments, format);
    char *cell = NULL;
    if (vasprintf(&cell, format, arguments) < 0)
        table->failed = true;
    else
        table->cells[table->cell_count++] = cell;
    va_end(arguments);
}

static void print_cell(const struct table *table, size_t column, const char *text, int width, FILE *out) {
    bool is_last = column + 1 == table->column_count;
    if (table->columns[column].is_number)
        fprintf(out, "%*s", width, text);
    else if (is_last)
        fputs(text, out); /* no blanks at the end of a line */
    else
        fprintf(out, "%-*s", width, text);
    fputs(is_last ? "\n" : "  ", out);
}

bool table_print(const struct table *table, FILE *out, bool styled) {
    if (table->failed || table->cell_count % table->column_count != 0)
        return false;
    int widths[TABLE_COLUMNS_MAX];
    for (size_t column = 0; column < table->column_count; column++)
        widths[column] = (int)strlen(table->columns[column].title);
    for (size_t i = 0; i < table->cell_count; i++) {
        int width = (int)strlen(table->cells[i]);
        int *widest = &widths[i % table->column_count];
        *widest = width > *widest ? width : *widest;
    }
    if (styled)
        fputs("\033[1m", out);
    for (size_t column = 0; column < table->column_count; column++)
        print_cell(table, column, table->columns[column].title, widths[column], out);
    if (styled)
        fputs("\033[0m", out);
    for (size_t i = 0; i < table->cell_count; i++)
        print_cell(table, i % table->column_count, table->cells[i], widths[i % table->column_count], out);
    return true;
}

void table_free(struct table *table) {
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct table){0};
}

bool table_may_style(FILE *out) {
    const char *no_color = getenv("NO_COLOR");
    return (no_color == NULL || *no_color == '\0') && isatty(fileno(out)) == 1;
}
