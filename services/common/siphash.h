/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 with 64 bits (Aumasson and Bernstein, 2012), in pieces: a hash whose collisions nobody can
 * prepare who does not know the key. */
#ifndef NOTIFY_COMMON_SIPHASH_H
#define NOTIFY_COMMON_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t words[2];
};

struct siphash {
    uint64_t state[4];
    uint64_t pending; /* bytes that do not fill a word yet, the first in the lowest place */
    uint64_t size;
};

void siphash_begin(struct siphash *hash, const struct siphash_key *key);
void siphash_add(struct siphash *hash, const void *bytes, size_t size);
uint64_t siphash_end(struct siphash *hash);

#endif
