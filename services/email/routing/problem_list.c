/* SPDX-License-Identifier: Apache-2.0 */
#include "problem_list.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_told(const struct text_buffer *lines, const char *text, size_t size) {
    if (lines->size == 0)
        return false;
    for (const char *line = lines->bytes; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, text, size) == 0 && line[size] == '\n')
            return true;
    }
    return false;
}

void problem_add(struct problem_list *problems, const char *format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *next = text; (next = strpbrk(next, "\r\n")) != NULL;)
        *next = ' ';
    if (problems->count < PROBLEMS_MOST && is_told(&problems->lines, text, strlen(text)))
        return;
    if (problems->count++ == PROBLEMS_MOST)
        text_buffer_append_text(&problems->lines, "There are more problems than these.\n");
    if (problems->count > PROBLEMS_MOST)
        return;
    text_buffer_append_text(&problems->lines, text);
    text_buffer_append_byte(&problems->lines, '\n');
}

const char *problem_list_text(const struct problem_list *problems) {
    if (problems->count == 0)
        return "";
    return problems->lines.failed || problems->lines.bytes == NULL ? "no memory to say what is wrong\n"
                                                                   : problems->lines.bytes;
}

void problem_list_free(struct problem_list *problems) {
    text_buffer_free(&problems->lines);
    *problems = PROBLEM_LIST_EMPTY;
}
