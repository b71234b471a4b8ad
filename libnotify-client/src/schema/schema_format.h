/* SPDX-License-Identifier: Apache-2.0 */
/* The formats of strings that are asserted (validation §7.3). */
#ifndef NOTIFY_SCHEMA_SCHEMA_FORMAT_H
#define NOTIFY_SCHEMA_SCHEMA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

struct schema_format {
    const char *name;
    const char *sentence; /* "is not a UUID" */
    bool (*check)(const char *text, size_t size);
};

/* NULL: no such format, or one that is not done here. */
const struct schema_format *schema_format_find(const char *name);
/* "email, uri, …" */
const char *schema_format_names(void);

bool schema_format_is_date_time(const char *text, size_t size);
bool schema_format_is_email(const char *text, size_t size);
/* As RFC 6531 has it: UTF-8 in the local part and the domain's labels. */
bool schema_format_is_idn_email(const char *text, size_t size);

#endif
