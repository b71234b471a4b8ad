/* SPDX-License-Identifier: Apache-2.0 */
/* Where and how fast dead letters are redriven. Pure. */
#ifndef NOTIFYCTL_REDRIVE_PLAN_H
#define NOTIFYCTL_REDRIVE_PLAN_H

#include <stddef.h>
#include <stdint.h>

/* The index of the shortest delay, the first of several; count is at least 1. */
size_t redrive_shortest_delay(const int64_t *delays_ms, size_t count);

/* How long to wait before the next record, when so many were redriven since elapsed_ms, so that they are
 * never more than rate a second. rate 0: no limit. */
int64_t redrive_wait_ms(int64_t redriven, int64_t rate, int64_t elapsed_ms);

#endif
