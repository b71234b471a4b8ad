/* SPDX-License-Identifier: Apache-2.0 */
#include "utf8.h"

#include <string.h>

size_t utf8_decode(const char *text, size_t size, uint32_t *code_point_out) {
    if (size == 0)
        return 0;
    unsigned char first = (unsigned char)text[0];
    if (first < 0x80) {
        *code_point_out = first;
        return 1;
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || length > size)
        return 0;
    uint32_t code_point = first & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0) != 0x80)
            return 0;
        code_point = code_point << 6 | (next & 0x3Fu);
    }
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (code_point < smallest[length] || code_point > 0x10FFFF ||
        (code_point >= 0xD800 && code_point <= 0xDFFF))
        return 0;
    *code_point_out = code_point;
    return length;
}

/* Eight octets at a time: whole bodies go through here. */
size_t utf8_ascii_run(const char *text, size_t size) {
    size_t run = 0;
    for (uint64_t word; run + sizeof word <= size; run += sizeof word) {
        memcpy(&word, text + run, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (run < size && (unsigned char)text[run] < 0x80)
        run++;
    return run;
}

bool utf8_is_valid(const char *text, size_t size) {
    uint32_t code_point;
    size_t at = utf8_ascii_run(text, size);
    while (at < size) {
        size_t length = utf8_decode(text + at, size - at, &code_point);
        if (length == 0)
            return false;
        at += length;
        at += utf8_ascii_run(text + at, size - at);
    }
    return true;
}

bool utf8_is_control(uint32_t code_point) {
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) ||
           code_point == 0x061C ||                           /* Arabic letter mark */
           code_point == 0x200E || code_point == 0x200F ||   /* left-to-right and right-to-left mark */
           (code_point >= 0x2028 && code_point <= 0x202E) || /* separators, embeddings, overrides */
           (code_point >= 0x2066 && code_point <= 0x2069) || /* isolates */
           code_point == 0xFEFF;
}
