/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"
#include "token.h"
#include <string.h>

START_TEST(a_token_is_43_safe_characters_and_its_hash_is_found_again) {
    struct token first, second;
    uint8_t hash[SHA256_SIZE];
    ck_assert(token_make(&first));
    ck_assert(token_make(&second));
    ck_assert_uint_eq(strlen(first.text), 43);
    ck_assert_uint_eq(strspn(first.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                      43);
    ck_assert_str_ne(first.text, second.text);
    ck_assert(token_hash_of(first.text, 43, hash));
    ck_assert_mem_eq(hash, first.hash, SHA256_SIZE);
    ck_assert_mem_ne(hash, second.hash, SHA256_SIZE);
}
END_TEST

START_TEST(the_hash_is_sha_256_of_the_text) {
    /* printf 'A%.0s' {1..43} | sha256sum */
    static const char known[] = "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a";
    uint8_t hash[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    ck_assert(token_hash_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 43, hash));
    digest_hex(hash, sizeof hash, hex);
    ck_assert_str_eq(hex, known);
}
END_TEST

START_TEST(what_cannot_be_a_token_is_refused) {
    uint8_t hash[SHA256_SIZE];
    static const char good[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    static const char bad_characters[] = {'\0', ' ', '+', '/', '=', '%', '\n', '\x7f', (char)0xc3};
    ck_assert(!token_hash_of(good, 0, hash));
    ck_assert(!token_hash_of(good, 42, hash));
    ck_assert(!token_hash_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 44, hash));
    for (size_t i = 0; i < sizeof bad_characters; i++) {
        char text[44];
        strcpy(text, good);
        text[i * 4] = bad_characters[i];
        ck_assert(!token_hash_of(text, 43, hash));
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {a_token_is_43_safe_characters_and_its_hash_is_found_again,
                                  the_hash_is_sha_256_of_the_text, what_cannot_be_a_token_is_refused};
    return suite_run("token", tests, SUITE_COUNT(tests));
}
