/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which events stood at the last offsets of one partition: an event that stands there again is a duplicate
 * (docs/delivery.md). Pure.
 *
 * The memory grows with the span of offsets noted, up to 8 bytes for each offset of the window and 8 or less
 * for the index: 146 KB at 10,000.
 */
#ifndef NOTIFY_EMAIL_DEDUPE_WINDOW_H
#define NOTIFY_EMAIL_DEDUPE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dedupe_window;

/* size: how many offsets it reaches back, 1 or more. NULL: no memory. */
struct dedupe_window *dedupe_window_new(size_t size);
void dedupe_window_free(struct dedupe_window *window);

/* Notes that the event stands at this offset. True: it stands at an offset in [offset - size, offset) too.
 * key identifies the event, 64 bits evenly spread; 0 is taken for 1. Offsets ascend: with one that is not
 * above the last, reading began anew, and all that was noted before is forgotten. Without memory to grow it
 * reaches back less far. */
bool dedupe_window_note(struct dedupe_window *window, int64_t offset, uint64_t key);

#endif
