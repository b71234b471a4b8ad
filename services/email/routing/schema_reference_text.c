/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_reference_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 64 /* the validator refuses a schema that is nested deeper */

static int hex_value(char digit) {
    const char *digits = "0123456789abcdef";
    const char *found =
        digit == '\0' ? NULL : strchr(digits, digit >= 'A' && digit <= 'F' ? digit + 32 : digit);
    return found == NULL ? -1 : (int)(found - digits);
}

/* A token of a JSON Pointer in a URI's fragment: %XX, then ~1 and ~0 (RFC 6901 §6). False: too long. */
static bool decode_token(const char *text, size_t size, char *out, size_t out_size) {
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        if (length + 1 >= out_size)
            return false;
        char byte = text[i];
        if (byte == '%' && i + 2 < size && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            byte = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else if (byte == '~' && i + 1 < size && (text[i + 1] == '0' || text[i + 1] == '1')) {
            byte = text[++i] == '0' ? '~' : '/';
        }
        out[length++] = byte;
    }
    out[length] = '\0';
    return true;
}

static const json_t *follow_pointer(const json_t *node, const char *pointer) {
    while (node != NULL && *pointer == '/') {
        const char *token = pointer + 1;
        size_t size = strcspn(token, "/");
        char name[256];
        if (!decode_token(token, size, name, sizeof name))
            return NULL;
        node = json_is_array(node) ? json_array_get(node, (size_t)strtoul(name, NULL, 10))
                                   : json_object_get(node, name);
        pointer = token + size;
    }
    return node;
}

static const json_t *find_anchor(const json_t *node, const char *anchor, int depth) {
    const char *own = json_string_value(json_object_get(node, "$anchor"));
    if (own != NULL && strcmp(own, anchor) == 0)
        return node;
    const json_t *found = NULL;
    if (depth == DEEPEST)
        return NULL;
    for (size_t i = 0; found == NULL && i < json_array_size(node); i++)
        found = find_anchor(json_array_get(node, i), anchor, depth + 1);
    for (void *member = json_object_iter((json_t *)node); found == NULL && member != NULL;
         member = json_object_iter_next((json_t *)node, member))
        found = find_anchor(json_object_iter_value(member), anchor, depth + 1);
    return found;
}

const json_t *schema_reference_find(const json_t *document, const char *reference) {
    const char *id = json_string_value(json_object_get(document, "$id"));
    size_t id_size = id == NULL ? 0 : strcspn(id, "#");
    if (id_size > 0 && strncmp(reference, id, id_size) == 0)
        reference += id_size;
    if (reference[0] == '\0' || strcmp(reference, "#") == 0)
        return document;
    if (reference[0] != '#')
        return NULL;
    return reference[1] == '/' ? follow_pointer(document, reference + 1)
                               : find_anchor(document, reference + 1, 0);
}
