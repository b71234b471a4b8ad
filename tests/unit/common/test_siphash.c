/* SPDX-License-Identifier: Apache-2.0 */
/* Against the paper's example and libcrypto's SipHash. */
#include "common/siphash.h"
#include "suite.h"
#include <openssl/evp.h>
#include <openssl/params.h>

static uint64_t hash_in_pieces(const uint8_t key[16], const uint8_t *bytes, size_t size, size_t most) {
    struct siphash_key words = {{0, 0}};
    for (int i = 0; i < 16; i++)
        words.words[i / 8] |= (uint64_t)key[i] << i % 8 * 8;
    struct siphash hash;
    siphash_begin(&hash, &words);
    while (size > 0) {
        size_t piece = (size_t)rand() % (most + 1);
        piece = piece < size ? piece : size;
        siphash_add(&hash, bytes, piece);
        bytes += piece;
        size -= piece;
    }
    return siphash_end(&hash);
}

/* SipHash: a fast short-input PRF, appendix A. */
START_TEST(it_gives_the_papers_example) {
    uint8_t key[16], message[15];
    for (uint8_t i = 0; i < 16; i++)
        key[i] = i;
    for (uint8_t i = 0; i < 15; i++)
        message[i] = i;
    ck_assert_uint_eq(hash_in_pieces(key, message, sizeof message, 15), UINT64_C(0xa129ca6149be45e5));
}
END_TEST

static uint64_t by_libcrypto(const uint8_t key[16], const uint8_t *bytes, size_t size) {
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    uint8_t out[8];
    size_t length = sizeof out, written = 0;
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t("size", &length), OSSL_PARAM_construct_end()};
    ck_assert_int_eq(EVP_MAC_CTX_set_params(context, parameters), 1);
    ck_assert_int_eq(EVP_MAC_init(context, key, 16, NULL), 1);
    ck_assert_int_eq(EVP_MAC_update(context, bytes, size), 1);
    ck_assert_int_eq(EVP_MAC_final(context, out, &written, sizeof out), 1);
    ck_assert_uint_eq(written, 8);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    uint64_t hash = 0;
    for (int i = 0; i < 8; i++)
        hash |= (uint64_t)out[i] << i * 8;
    return hash;
}

START_TEST(it_gives_what_libcrypto_gives_however_it_is_cut) {
    uint8_t key[16], bytes[300];
    srand(4711);
    for (int round = 0; round < 2000; round++) {
        size_t size = (size_t)round % sizeof bytes;
        for (size_t i = 0; i < sizeof key; i++)
            key[i] = (uint8_t)rand();
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)rand();
        ck_assert_uint_eq(hash_in_pieces(key, bytes, size, 1 + (size_t)round % 40),
                          by_libcrypto(key, bytes, size));
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        it_gives_the_papers_example,
        it_gives_what_libcrypto_gives_however_it_is_cut,
    };
    return suite_run("siphash", tests, SUITE_COUNT(tests));
}
