/* SPDX-License-Identifier: Apache-2.0 */
/* application/x-www-form-urlencoded bodies (WHATWG URL §5.1): what a browser sends for a form without files.
 */
#ifndef NOTIFY_HTTP_FORM_H
#define NOTIFY_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>

#define FORM_FIELDS_MAX 32

struct form_field {
    const char *name;  /* NUL-terminated */
    const char *value; /* may hold a NUL of its own: see value_size */
    size_t value_size;
};

struct form {
    struct form_field fields[FORM_FIELDS_MAX];
    size_t count;
};

/* Decodes body in place (it must have room for a NUL at body[size]); the fields point into it. False: more
 * fields than FORM_FIELDS_MAX, or a percent sign that begins no escape. */
bool form_decode(char *body, size_t size, struct form *form);
/* Decodes the percent escapes of a path or query value in place, and returns its new length. %00 and what is
 * no escape stay as they are, so that nothing ends before its end. */
size_t percent_decode_path(char *text);
/* The first field of this name, or NULL. */
const struct form_field *form_find(const struct form *form, const char *name);

#endif
