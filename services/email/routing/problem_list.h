/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the routes, templates and schemas: all of it, a sentence a line, each told once. */
#ifndef NOTIFY_EMAIL_PROBLEM_LIST_H
#define NOTIFY_EMAIL_PROBLEM_LIST_H

#include "common/error.h"
#include "common/text_buffer.h"

#define PROBLEMS_MOST 1000 /* more are counted, and not told */

struct problem_list {
    struct text_buffer lines; /* each ends with a line feed */
    size_t count;
};

#define PROBLEM_LIST_EMPTY ((struct problem_list){.lines = TEXT_BUFFER_EMPTY})

/* Line breaks in what is told become blanks. */
void problem_add(struct problem_list *problems, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "" when there is none, and for want of memory one that says so. Borrowed. */
const char *problem_list_text(const struct problem_list *problems);
void problem_list_free(struct problem_list *problems);

#endif
