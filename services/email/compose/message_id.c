/* SPDX-License-Identifier: Apache-2.0 */
#include "../../common/cleanup.h"
#include "../../common/digest.h"
#include "message.h"
#include <string.h>

/* A host name as it comes from a checked address, or an address literal's neighbour: nothing that ends the id
 * early. */
static bool is_domain(const char *domain) {
    size_t size = strlen(domain);
    if (size == 0 || size > 253)
        return false;
    for (size_t i = 0; i < size; i++) {
        bool is_allowed = (domain[i] >= 'a' && domain[i] <= 'z') || (domain[i] >= 'A' && domain[i] <= 'Z') ||
                          (domain[i] >= '0' && domain[i] <= '9') || domain[i] == '-' || domain[i] == '.';
        if (!is_allowed)
            return false;
    }
    return true;
}

bool message_id_derive(const char *source, const char *event_id, const char *recipient,
                       const char *template_name, const char *domain, char out[MESSAGE_ID_SIZE]) {
    /* With the NULs: "ab" and "c" must not be taken for "a" and "bc". */
    cleanup(text_buffer_free) struct text_buffer key = TEXT_BUFFER_EMPTY;
    text_buffer_append(&key, source, strlen(source) + 1);
    text_buffer_append(&key, event_id, strlen(event_id) + 1);
    text_buffer_append(&key, recipient, strlen(recipient) + 1);
    text_buffer_append(&key, template_name, strlen(template_name) + 1);
    uint8_t digest[SHA256_SIZE];
    out[0] = '\0';
    if (key.failed || !is_domain(domain) || !digest_sha256(key.bytes, key.size, digest))
        return false;
    base64url_encode(digest, sizeof digest, out);
    size_t size = strlen(out);
    out[size++] = '@';
    memcpy(out + size, domain, strlen(domain) + 1);
    return true;
}
