/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON value as Mustache sees it. Private to the renderer. */
#ifndef NOTIFY_EMAIL_MUSTACHE_VALUE_H
#define NOTIFY_EMAIL_MUSTACHE_VALUE_H

#include "mustache.h"

/* NULL stands for what is missing. */
bool mustache_value_is_truthy(const json_t *value);
bool mustache_value_write(const json_t *value, enum mustache_escape escape, struct text_buffer *out,
                          struct error *error);

#endif
