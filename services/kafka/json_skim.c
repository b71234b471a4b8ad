/* SPDX-License-Identifier: Apache-2.0 */
#include "json_skim.h"

#include "common/utf8.h"
#include <stdint.h>
#include <string.h>

#define DEPTH_MOST 64
#define DIGITS_MOST 18 /* any such number fits the parser's 64 bits */

static bool at_end(const struct json_skim *skim) {
    return skim->at == skim->end;
}

void json_skim_space(struct json_skim *skim) {
    while (!at_end(skim) && (*skim->at == ' ' || *skim->at == '\t' || *skim->at == '\n' || *skim->at == '\r'))
        skim->at++;
}

bool json_skim_character(struct json_skim *skim, char character) {
    json_skim_space(skim);
    if (at_end(skim) || *skim->at != character)
        return false;
    skim->at++;
    json_skim_space(skim);
    return true;
}

/* --- strings --- */

/* The four digits after \u; -1: they are none. */
static int32_t code_unit(const struct json_skim *skim) {
    int32_t unit = 0;
    if (skim->end - skim->at < 6 || skim->at[0] != '\\' || skim->at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        char digit = skim->at[i];
        if (digit >= '0' && digit <= '9')
            unit = unit * 16 + (digit - '0');
        else if ((digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F'))
            unit = unit * 16 + ((digit | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return unit;
}

static bool is_surrogate(int32_t unit, int32_t first) {
    return unit >= first && unit < first + 0x400;
}

static bool skim_escape(struct json_skim *skim) {
    if (skim->end - skim->at >= 2 && skim->at[1] != '\0' && strchr("\"\\/bfnrt", skim->at[1]) != NULL) {
        skim->at += 2;
        return true;
    }
    int32_t unit = code_unit(skim);
    if (unit <= 0 || is_surrogate(unit, 0xDC00)) /* a NUL is refused by the parser */
        return false;
    skim->at += 6;
    if (!is_surrogate(unit, 0xD800))
        return true;
    if (!is_surrogate(code_unit(skim), 0xDC00))
        return false;
    skim->at += 6;
    return true;
}

bool json_skim_string(struct json_skim *skim, struct json_span *string_out) {
    if (at_end(skim) || *skim->at != '"')
        return false;
    const char *begin = ++skim->at;
    bool has_escapes = false;
    unsigned char bits = 0;
    while (!at_end(skim) && *skim->at != '"') {
        unsigned char byte = (unsigned char)*skim->at;
        bits |= byte;
        if (byte < 0x20)
            return false;
        if (byte != '\\') {
            skim->at++;
            continue;
        }
        has_escapes = true;
        if (!skim_escape(skim))
            return false;
    }
    if (at_end(skim))
        return false;
    *string_out = (struct json_span){begin, (size_t)(skim->at - begin), has_escapes};
    skim->at++;
    return bits < 0x80 || utf8_is_valid(string_out->bytes, string_out->size);
}

/* --- numbers and words --- */

static size_t skim_digits(struct json_skim *skim) {
    const char *begin = skim->at;
    while (!at_end(skim) && *skim->at >= '0' && *skim->at <= '9')
        skim->at++;
    return (size_t)(skim->at - begin);
}

static bool skim_number(struct json_skim *skim) {
    if (!at_end(skim) && *skim->at == '-')
        skim->at++;
    bool begins_with_zero = !at_end(skim) && *skim->at == '0';
    size_t digits = skim_digits(skim);
    if (digits == 0 || (begins_with_zero && digits > 1))
        return false;
    if (!at_end(skim) && *skim->at == '.') {
        skim->at++;
        if (skim_digits(skim) == 0)
            return false;
    }
    if (digits > DIGITS_MOST || (!at_end(skim) && (*skim->at == 'e' || *skim->at == 'E'))) {
        skim->unsure = true;
        return false;
    }
    return true;
}

static bool skim_word(struct json_skim *skim, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(skim->end - skim->at) < size || memcmp(skim->at, word, size) != 0)
        return false;
    skim->at += size;
    return true;
}

static bool skim_scalar(struct json_skim *skim) {
    struct json_span ignored;
    if (at_end(skim))
        return false;
    switch (*skim->at) {
    case '"':
        return json_skim_string(skim, &ignored);
    case 't':
        return skim_word(skim, "true");
    case 'f':
        return skim_word(skim, "false");
    case 'n':
        return skim_word(skim, "null");
    default:
        return skim_number(skim);
    }
}

/* --- values --- */

static bool skim_name(struct json_skim *skim) {
    struct json_span ignored;
    return json_skim_string(skim, &ignored) && json_skim_character(skim, ':');
}

/* A container is open, and a value in it is over: closes what ends here. True: another value follows, or
 * nothing is open any more. */
static bool skim_after_value(struct json_skim *skim, uint64_t objects, unsigned *depth) {
    for (; *depth > 0; --*depth) {
        bool in_object = (objects >> (*depth - 1) & 1) != 0;
        if (json_skim_character(skim, ','))
            return !in_object || skim_name(skim);
        json_skim_space(skim);
        if (at_end(skim) || *skim->at != (in_object ? '}' : ']'))
            return false;
        skim->at++;
    }
    return true;
}

/* At the beginning of a container. *open_out: it is not empty, and its first value follows. */
static bool skim_open(struct json_skim *skim, uint64_t *objects, unsigned *depth, bool *open_out) {
    bool object = *skim->at == '{';
    if (*depth == DEPTH_MOST) {
        skim->unsure = true;
        return false;
    }
    skim->at++;
    json_skim_space(skim);
    *open_out = at_end(skim) || *skim->at != (object ? '}' : ']');
    if (!*open_out) {
        skim->at++;
        return true;
    }
    *objects = (*objects & ~(UINT64_C(1) << *depth)) | (uint64_t)object << *depth;
    ++*depth;
    return !object || skim_name(skim);
}

/* By a bit for each open container, 1 for an object, and no recursion. */
bool json_skim_value(struct json_skim *skim) {
    uint64_t objects = 0;
    unsigned depth = 0;
    do {
        bool open = false;
        bool container = !at_end(skim) && (*skim->at == '{' || *skim->at == '[');
        if (container ? !skim_open(skim, &objects, &depth, &open) : !skim_scalar(skim))
            return false;
        if (!open && !skim_after_value(skim, objects, &depth))
            return false;
    } while (depth > 0);
    return true;
}
