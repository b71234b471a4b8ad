/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, read strictly (RFC 3629): nothing overlong, no surrogates, nothing above U+10FFFF. */
#ifndef NOTIFY_COMMON_UTF8_H
#define NOTIFY_COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at text, and how many of the size bytes it takes: 1 to 4, or 0 when there is no valid one.
 */
size_t utf8_decode(const char *text, size_t size, uint32_t *code_point_out);
bool utf8_is_valid(const char *text, size_t size);
/* How many octets at text are ASCII before the first that is not. */
size_t utf8_ascii_run(const char *text, size_t size);

/* What has no place in a name, an address or a log line: C0 and C1 controls, DEL, the line and paragraph
 * separators, the marks that change the direction of the text around them, and the byte order mark. */
bool utf8_is_control(uint32_t code_point);

#endif
