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
/* name is kept, not copied; detail is copied (511 bytes of it), "" for none. At most 16 names; a further one
 * is not kept. */
void readiness_set(struct readiness *readiness, const char *name, bool gates, bool ok, const char *detail);
/* Whether every condition that gates is met. Not before one condition was set: a service that starts is not
 * ready. */
bool readiness_is_ready(struct readiness *readiness);
/* {"ready":true,"checks":{"kafka":{"ok":false,"detail":"…"}}}; returns the same answer as readiness_is_ready.
 */
bool readiness_render(struct readiness *readiness, struct text_buffer *out);

#endif
