/* SPDX-License-Identifier: Apache-2.0 */
/* The secret in a confirmation link: 32 random bytes. Only their SHA-256 is stored, so a copied database
 * confirms nobody. */
#ifndef NOTIFY_SIGNUP_TOKEN_H
#define NOTIFY_SIGNUP_TOKEN_H

#include "common/digest.h"

#define TOKEN_SIZE BASE64URL_SIZE(32) /* 43 characters and a NUL */
#define TOKEN_VALID_MS (INT64_C(24) * 3600 * 1000)

struct token {
    char text[TOKEN_SIZE];
    uint8_t hash[SHA256_SIZE];
};

bool token_make(struct token *token);
/* The hash of a token as a client sent it. False: it cannot be one of ours. */
bool token_hash_of(const char *text, size_t size, uint8_t hash[SHA256_SIZE]);

#endif
