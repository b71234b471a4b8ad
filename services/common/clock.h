/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks: the wall's, for what others read, and one that never jumps, for waiting. */
#ifndef NOTIFY_COMMON_CLOCK_H
#define NOTIFY_COMMON_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_unix_ms(void);
int64_t clock_monotonic_ms(void);

#define RFC3339_SIZE 25 /* "2026-11-21T07:29:00.123Z" and a NUL */
void clock_format_rfc3339(int64_t unix_ms, char out[RFC3339_SIZE]);
/* RFC 3339 §5.6 date-time with any offset; false: it is none. */
bool clock_parse_rfc3339(const char *text, int64_t *unix_ms_out);
/* "Sat, 21 Nov 2026 07:29:00 +0000" (RFC 5322 §3.3) */
#define RFC5322_DATE_SIZE 32
void clock_format_rfc5322(int64_t unix_ms, char out[RFC5322_DATE_SIZE]);

#endif
