/* SPDX-License-Identifier: Apache-2.0 */
#include "common/digest.h"
#include "suite.h"
#include <string.h>

START_TEST(sha256_gives_the_known_digests) {
    /* FIPS 180-2 appendix B, and the empty message. */
    static const struct {
        const char *text;
        const char *hex;
    } vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < SUITE_COUNT(vectors); i++) {
        uint8_t digest[SHA256_SIZE];
        char hex[2 * SHA256_SIZE + 1];
        ck_assert(digest_sha256(vectors[i].text, strlen(vectors[i].text), digest));
        digest_hex(digest, sizeof digest, hex);
        ck_assert_str_eq(hex, vectors[i].hex);
    }
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    const char *text;
} base64_vectors[] = {
    /* RFC 4648 §10 without the padding, and bytes that need - and _. */
    {"", 0, ""},           {"f", 1, "Zg"},          {"fo", 2, "Zm8"},          {"foo", 3, "Zm9v"},
    {"foob", 4, "Zm9vYg"}, {"fooba", 5, "Zm9vYmE"}, {"foobar", 6, "Zm9vYmFy"}, {"\xFB\xFF\xBF", 3, "-_-_"},
    {"\0\0", 2, "AAA"},
};

START_TEST(base64url_encodes_the_known_vectors) {
    for (size_t i = 0; i < SUITE_COUNT(base64_vectors); i++) {
        char text[32];
        memset(text, '!', sizeof text);
        base64url_encode((const uint8_t *)base64_vectors[i].bytes, base64_vectors[i].size, text);
        ck_assert_str_eq(text, base64_vectors[i].text);
        ck_assert_uint_eq(strlen(text) + 1, BASE64URL_SIZE(base64_vectors[i].size));
    }
}
END_TEST

START_TEST(base64url_decodes_the_known_vectors) {
    for (size_t i = 0; i < SUITE_COUNT(base64_vectors); i++) {
        uint8_t bytes[32];
        size_t size = 99;
        const char *text = base64_vectors[i].text;
        ck_assert(base64url_decode(text, strlen(text), bytes, &size));
        ck_assert_uint_eq(size, base64_vectors[i].size);
        if (size > 0)
            ck_assert_mem_eq(bytes, base64_vectors[i].bytes, size);
    }
}
END_TEST

START_TEST(base64url_refuses_what_it_never_writes) {
    static const char *const texts[] = {"A",    "Zm9vA",  "Zg==", "Zm+v", "Zm/v",
                                        "Zm 9", "Zm9v\n", "Zh",   "Zm9",  "\xC3\xA4"};
    for (size_t i = 0; i < SUITE_COUNT(texts); i++) {
        uint8_t bytes[32];
        size_t size;
        ck_assert_msg(!base64url_decode(texts[i], strlen(texts[i]), bytes, &size), "%s", texts[i]);
    }
}
END_TEST

START_TEST(base64url_brings_every_byte_back) {
    uint8_t bytes[256], back[256];
    char text[BASE64URL_SIZE(256)];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 3);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        size_t back_size;
        base64url_encode(bytes, size, text);
        ck_assert(base64url_decode(text, strlen(text), back, &back_size));
        ck_assert_uint_eq(back_size, size);
        ck_assert(memcmp(bytes, back, size) == 0);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        sha256_gives_the_known_digests,      base64url_encodes_the_known_vectors,
        base64url_decodes_the_known_vectors, base64url_refuses_what_it_never_writes,
        base64url_brings_every_byte_back,
    };
    return suite_run("digest", tests, SUITE_COUNT(tests));
}
