/* SPDX-License-Identifier: Apache-2.0 */
#include "siphash.h"

static uint64_t rotate(uint64_t word, unsigned bits) {
    return word << bits | word >> (64 - bits);
}

static void rounds(uint64_t state[4], int count) {
    uint64_t a = state[0], b = state[1], c = state[2], d = state[3];
    while (count-- > 0) {
        a += b;
        c += d;
        b = rotate(b, 13) ^ a;
        d = rotate(d, 16) ^ c;
        a = rotate(a, 32) + d;
        c += b;
        d = rotate(d, 21) ^ a;
        b = rotate(b, 17) ^ c;
        c = rotate(c, 32);
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
}

static void add_word(struct siphash *hash, uint64_t word) {
    hash->state[3] ^= word;
    rounds(hash->state, 2);
    hash->state[0] ^= word;
}

/* The constants spell "somepseudorandomlygeneratedbytes". */
void siphash_begin(struct siphash *hash, const struct siphash_key *key) {
    *hash = (struct siphash){
        .state =
            {
                key->words[0] ^ UINT64_C(0x736f6d6570736575),
                key->words[1] ^ UINT64_C(0x646f72616e646f6d),
                key->words[0] ^ UINT64_C(0x6c7967656e657261),
                key->words[1] ^ UINT64_C(0x7465646279746573),
            },
    };
}

void siphash_add(struct siphash *hash, const void *bytes, size_t size) {
    const uint8_t *next = bytes;
    for (size_t i = 0; i < size; i++) {
        unsigned place = (unsigned)(hash->size++ % 8);
        hash->pending |= (uint64_t)next[i] << 8 * place;
        if (place == 7) {
            add_word(hash, hash->pending);
            hash->pending = 0;
        }
    }
}

uint64_t siphash_end(struct siphash *hash) {
    add_word(hash, hash->pending | hash->size << 56);
    hash->state[2] ^= 0xff;
    rounds(hash->state, 4);
    return hash->state[0] ^ hash->state[1] ^ hash->state[2] ^ hash->state[3];
}
