/* SPDX-License-Identifier: Apache-2.0 */
#include "form.h"
#include <string.h>

static int hex_digit(char character) {
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

size_t percent_decode_path(char *text) {
    size_t out = 0;
    for (size_t in = 0; text[in] != '\0'; in++) {
        int high = text[in] == '%' ? hex_digit(text[in + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[in + 2]) : -1;
        if (low >= 0 && high + low > 0) {
            text[out++] = (char)(high << 4 | low);
            in += 2;
        } else {
            text[out++] = text[in];
        }
    }
    text[out] = '\0';
    return out;
}

/* Decodes text in place and ends it with a NUL, for which the separator that followed it gives the room. */
static bool decode_component(char *text, size_t size, size_t *decoded_size) {
    size_t out = 0;
    for (size_t in = 0; in < size; in++) {
        if (text[in] == '+') {
            text[out++] = ' ';
        } else if (text[in] == '%') {
            if (size - in < 3)
                return false;
            int high = hex_digit(text[in + 1]);
            int low = hex_digit(text[in + 2]);
            if (high < 0 || low < 0)
                return false;
            text[out++] = (char)(high << 4 | low);
            in += 2;
        } else {
            text[out++] = text[in];
        }
    }
    text[out] = '\0';
    *decoded_size = out;
    return true;
}

static bool decode_pair(char *pair, size_t size, struct form_field *field) {
    char *equals = memchr(pair, '=', size);
    size_t name_size = equals != NULL ? (size_t)(equals - pair) : size;
    char *value = equals != NULL ? equals + 1 : pair + size;
    if (!decode_component(value, (size_t)(pair + size - value), &field->value_size) ||
        !decode_component(pair, name_size, &name_size))
        return false;
    /* Without "=" the name has just been written over the NUL that was the empty value. */
    field->name = pair;
    field->value = equals != NULL ? value : "";
    return true;
}

bool form_decode(char *body, size_t size, struct form *form) {
    form->count = 0;
    char *position = body;
    char *end = body + size;
    while (position < end) {
        char *ampersand = memchr(position, '&', (size_t)(end - position));
        char *pair_end = ampersand != NULL ? ampersand : end;
        if (pair_end > position) {
            if (form->count == FORM_FIELDS_MAX)
                return false;
            if (!decode_pair(position, (size_t)(pair_end - position), &form->fields[form->count]))
                return false;
            form->count++;
        }
        position = pair_end + 1;
    }
    return true;
}

const struct form_field *form_find(const struct form *form, const char *name) {
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0)
            return &form->fields[i];
    }
    return NULL;
}
