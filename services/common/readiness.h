/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a service can do its work, and if not, why: a few named conditions that any thread may set. A
 * condition that does not gate readiness is told in /readyz but leaves it at 200 (signup answers 202 while
 * Kafka is away).
 */
#ifndef NOTIFY_COMMON_READINESS_H
#define NOTIFY_COMMON_READINESS_H

#include "text_buffer.h"
#include <stdbool.h>

struct readiness;

struct readiness *readiness_new(void);
void readiness_free(struct readiness *readiness);
/* name is kept, not copied; detail is copied, "" for none. At most 16 names. */
void readiness_set(struct readiness *readiness, const char *name, bool gates, bool ok, const char *detail);
bool readiness_is_ready(struct readiness *readiness);
/* {"ready":true,"checks":{"kafka":{"ok":false,"detail":"…"}}} */
void readiness_render(struct readiness *readiness, struct text_buffer *out);

#endif
