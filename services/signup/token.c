/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"
#include <string.h>
#include <sys/random.h>

bool token_make(struct token *token) {
    uint8_t random[32];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    base64url_encode(random, sizeof random, token->text);
    return token_hash_of(token->text, TOKEN_SIZE - 1, token->hash);
}

bool token_hash_of(const char *text, size_t size, uint8_t hash[SHA256_SIZE]) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (size != TOKEN_SIZE - 1)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0' || strchr(letters, text[i]) == NULL)
            return false;
    }
    return digest_sha256(text, size, hash);
}
