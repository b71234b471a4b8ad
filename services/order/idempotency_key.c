/* SPDX-License-Identifier: Apache-2.0 */
#include "idempotency_key.h"
#include <stdbool.h>
#include <stddef.h>

static bool is_visible(char character) {
    return character > 0x20 && character < 0x7f;
}

/* RFC 8941 §3.3.3: a backslash escapes a quote or itself; nothing may follow the closing quote. */
static const char *next_character(const char *at, bool quoted, bool *malformed) {
    if (!quoted || *at != '\\')
        return at;
    *malformed = at[1] != '"' && at[1] != '\\';
    return at + 1;
}

const char *idempotency_key_read(const char *header, char key[IDEMPOTENCY_KEY_SIZE]) {
    if (header == NULL || *header == '\0')
        return "The header Idempotency-Key is missing: a value of your own for each order, such as a UUID.";
    bool quoted = *header == '"', malformed = false;
    size_t size = 0;
    const char *at = quoted ? header + 1 : header;
    for (; *at != '\0' && !(quoted && *at == '"'); at++) {
        at = next_character(at, quoted, &malformed);
        if (malformed || !is_visible(*at))
            return "The Idempotency-Key may hold visible ASCII characters only.";
        if (size == IDEMPOTENCY_KEY_MAX)
            return "The Idempotency-Key is longer than 255 characters.";
        key[size++] = *at;
    }
    key[size] = '\0';
    if (quoted && (at[0] != '"' || at[1] != '\0'))
        return "The Idempotency-Key begins with a quote and is no quoted string.";
    return size > 0 ? NULL : "The Idempotency-Key is empty.";
}
