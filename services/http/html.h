/* SPDX-License-Identifier: Apache-2.0 */
/* Pages from plain files with placeholders: {{name}} is replaced by its value, escaped; {{&name}} by markup
 * as it is. */
#ifndef NOTIFY_HTTP_HTML_H
#define NOTIFY_HTTP_HTML_H

#include "common/text_buffer.h"

/* A file that the build turned into C (services/http/embed-files). */
struct embedded_file {
    const char *name;
    const char *content_type;
    const char *bytes;
    size_t size;
};

struct html_value {
    const char *name; /* NULL ends a list */
    const char *text; /* NULL is "" */
};

#define HTML_VALUES(...) ((const struct html_value[]){__VA_ARGS__, {.name = NULL}})

void html_escape(struct text_buffer *out, const char *text);
/* A placeholder without a value is a fault of the program: it is left as it stands, so that a test sees it.
 */
void html_fill(struct text_buffer *out, const struct embedded_file *page, const struct html_value *values);

#endif
