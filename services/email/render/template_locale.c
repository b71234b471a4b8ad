/* SPDX-License-Identifier: Apache-2.0 */
#include "template_locale.h"
#include <stddef.h>
#include <string.h>

static bool is_letter(char byte) {
    return byte >= 'a' && byte <= 'z';
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

bool template_locale_normalize(const char *text, char out[TEMPLATE_LOCALE_SIZE]) {
    size_t size = 0, subtag_size = 0, subtags = 0;
    bool is_valid = true;
    for (; is_valid && text[size] != '\0'; size++) {
        char byte = text[size];
        if (byte >= 'A' && byte <= 'Z')
            byte = (char)(byte - 'A' + 'a');
        if (byte == '-' || byte == '_') {
            is_valid = subtag_size >= (subtags == 0 ? 2 : 1);
            byte = '-';
            subtag_size = 0;
            subtags++;
        } else {
            is_valid = ++subtag_size <= 8 && (is_letter(byte) || (subtags > 0 && is_digit(byte)));
        }
        if (size + 1 == TEMPLATE_LOCALE_SIZE)
            is_valid = false;
        if (is_valid)
            out[size] = byte;
    }
    is_valid = is_valid && subtag_size >= (subtags == 0 ? 2 : 1);
    out[is_valid ? size : 0] = '\0';
    return is_valid;
}

void template_locale_widen(char *locale) {
    char *last = strrchr(locale, '-');
    if (last == NULL) {
        locale[0] = '\0';
        return;
    }
    *last = '\0';
    if (strlen(locale) >= 2 && last[-2] == '-') /* what is left must not end with a singleton: "zh-x" */
        last[-2] = '\0';
}
