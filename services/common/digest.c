/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"
#include <openssl/evp.h>

bool digest_sha256(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE]) {
    unsigned digest_size = 0;
    return EVP_Digest(bytes, size, digest, &digest_size, EVP_sha256(), NULL) == 1 &&
           digest_size == SHA256_SIZE;
}

void digest_hex(const uint8_t *bytes, size_t size, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

void base64url_encode(const uint8_t *bytes, size_t size, char *out) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        for (bit_count += 8; bit_count >= 6; bit_count -= 6)
            *out++ = alphabet[bits >> (bit_count - 6) & 63];
    }
    if (bit_count > 0)
        *out++ = alphabet[bits << (6 - bit_count) & 63];
    *out = '\0';
}

static int base64url_value(char character) {
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    if (character == '-')
        return 62;
    return character == '_' ? 63 : -1;
}

bool base64url_decode(const char *text, size_t text_size, uint8_t *out, size_t *size_out) {
    if (text_size % 4 == 1)
        return false;
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t size = 0;
    for (size_t i = 0; i < text_size; i++) {
        int value = base64url_value(text[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            out[size++] = (uint8_t)(bits >> bit_count);
        }
    }
    /* Left-over bits must be zero (RFC 4648 §3.5), so that a value has one text only. */
    if ((bits & ((1u << bit_count) - 1)) != 0)
        return false;
    *size_out = size;
    return true;
}
