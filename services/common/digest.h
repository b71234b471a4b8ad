/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (by libcrypto), hexadecimal and URL-safe base64 without padding (RFC 4648 §5). */
#ifndef NOTIFY_COMMON_DIGEST_H
#define NOTIFY_COMMON_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

bool digest_sha256(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE]);
/* out has room for 2 * size + 1 characters. */
void digest_hex(const uint8_t *bytes, size_t size, char *out);
/* out has room for base64url_size(size) characters, NUL included. */
#define BASE64URL_SIZE(size) (((size)*4 + 2) / 3 + 1)
void base64url_encode(const uint8_t *bytes, size_t size, char *out);
/* *size_out bytes into out, which has room for text_size * 3 / 4. False: a character that is none, or a bad
 * length. */
bool base64url_decode(const char *text, size_t text_size, uint8_t *out, size_t *size_out);

#endif
