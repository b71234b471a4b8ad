/* SPDX-License-Identifier: Apache-2.0 */
/* URI references (RFC 3986): taken apart, checked, and resolved against a base. */
#ifndef NOTIFY_SCHEMA_URI_H
#define NOTIFY_SCHEMA_URI_H

#include <stdbool.h>
#include <stddef.h>

struct uri_part {
    const char *text; /* NULL: not there, which is not the same as empty */
    size_t size;
};

struct uri {
    struct uri_part scheme, authority, path, query,
        fragment; /* without the delimiters; the path is always there */
};

/* False: not a URI reference. The parts point into the text. */
bool uri_parse(struct uri *uri, const char *text, size_t size);

/* RFC 3986 §5.2, also with a base that has no scheme. The fragment is left out. Needs room for both texts and
 * three bytes more; returns the length. */
size_t uri_resolve(const struct uri *base, const struct uri *reference, char *text);

#endif
