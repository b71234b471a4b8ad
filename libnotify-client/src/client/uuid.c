/* SPDX-License-Identifier: Apache-2.0 */
#include "uuid.h"

#include <stdatomic.h>
#include <string.h>

/* The 48 bits of time and 12 of counter of the last id. One number, so that a compare-and-swap orders all
 * threads, a full counter carries into the time (RFC 9562 §6.2, method 1), and a clock set back repeats
 * nothing. No lock: an id can be made in the child of a fork, too. */
static _Atomic uint64_t last_stamp;

uint64_t uuid_next_stamp(uint64_t unix_ms, uint16_t random) {
    /* The counter begins below its half, to leave room for those that follow in the same millisecond. */
    uint64_t present = (unix_ms << 12) | (random & 0x7FF);
    uint64_t last = atomic_load(&last_stamp), next;
    do {
        next = present >> 12 > last >> 12 ? present : last + 1;
    } while (!atomic_compare_exchange_weak(&last_stamp, &last, next));
    return next;
}

void uuid_format_v7(uint64_t stamp, const uint8_t random[8], char out[UUID_SIZE]) {
    uint8_t bytes[16];
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(stamp >> (12 + 8 * (5 - i)));
    bytes[6] = (uint8_t)(0x70 | ((stamp >> 8) & 0x0F)); /* version 7 */
    bytes[7] = (uint8_t)stamp;
    memcpy(bytes + 8, random, 8);
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3F)); /* variant 10 */

    static const char digits[] = "0123456789abcdef";
    char *end = out;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *end++ = '-';
        *end++ = digits[bytes[i] >> 4];
        *end++ = digits[bytes[i] & 0x0F];
    }
    *end = '\0';
}
