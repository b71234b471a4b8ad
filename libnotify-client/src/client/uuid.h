/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDv7 (RFC 9562 §5.7): ids that sort by time, and within this process strictly in the order they were
 * made. */
#ifndef NOTIFY_CLIENT_UUID_H
#define NOTIFY_CLIENT_UUID_H

#include <stdint.h>

#define UUID_SIZE 37 /* 36 characters and a NUL */

/* 48 bits of Unix milliseconds and 12 of counter, greater than any before, from any thread. */
uint64_t uuid_next_stamp(uint64_t unix_ms, uint16_t random);

/* Pure: a stamp and 64 random bits, of which the variant takes two, as text. */
void uuid_format_v7(uint64_t stamp, const uint8_t random[8], char out[UUID_SIZE]);

#endif
