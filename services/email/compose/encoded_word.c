/* SPDX-License-Identifier: Apache-2.0 */
#include "encoded_word.h"
#include "../../common/utf8.h"
#include <stdbool.h>

enum {
    LINE_MAX_OCTETS = 76, /* RFC 2047 §2 */
    WORD_MAX = 75,
    OVERHEAD = 12,        /* =?UTF-8?Q??= */
    SHORTEST_USEFUL = 12, /* one character of four octets in Q */
};

/* RFC 2047 §5 (3): what may stand for itself also in a phrase, the strictest place. */
static bool is_literal(unsigned char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '!' || byte == '*' || byte == '+' || byte == '-' || byte == '/';
}

static size_t q_size(const char *text, size_t size) {
    size_t total = 0;
    for (size_t i = 0; i < size; i++)
        total += is_literal((unsigned char)text[i]) || text[i] == ' ' ? 1 : 3;
    return total;
}

static size_t b_size(size_t size) {
    return (size + 2) / 3 * 4;
}

static void write_q(struct text_buffer *out, const char *text, size_t size) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (is_literal(byte)) {
            text_buffer_append_byte(out, text[i]);
        } else if (byte == ' ') {
            text_buffer_append_byte(out, '_');
        } else {
            char escaped[3] = {'=', digits[byte >> 4], digits[byte & 15]};
            text_buffer_append(out, escaped, sizeof escaped);
        }
    }
}

static void write_b(struct text_buffer *out, const char *text, size_t size) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;
        if (left > 1)
            bits |= (uint32_t)(unsigned char)text[i + 1] << 8;
        if (left > 2)
            bits |= (unsigned char)text[i + 2];
        char group[4] = {digits[bits >> 18], digits[bits >> 12 & 63], digits[bits >> 6 & 63],
                         digits[bits & 63]};
        if (left < 3)
            group[3] = '=';
        if (left < 2)
            group[2] = '=';
        text_buffer_append(out, group, sizeof group);
    }
}

/* How many octets of text, whole characters, fit into room encoded ones. */
static size_t fitting(const char *text, size_t size, size_t room, bool is_q) {
    size_t taken = 0, used = 0;
    while (taken < size) {
        uint32_t code_point;
        size_t length = utf8_decode(text + taken, size - taken, &code_point);
        if (length == 0)
            length = 1; /* not reached with valid text */
        used += q_size(text + taken, length);
        if ((is_q ? used : b_size(taken + length)) > room)
            break;
        taken += length;
    }
    return taken;
}

size_t encoded_words_write(struct text_buffer *out, size_t column, const char *text, size_t size) {
    bool is_q = q_size(text, size) <= b_size(size);
    while (size > 0) {
        if (column + OVERHEAD + SHORTEST_USEFUL > LINE_MAX_OCTETS) {
            text_buffer_append_text(out, "\r\n ");
            column = 1;
        }
        size_t room = LINE_MAX_OCTETS - column < WORD_MAX ? LINE_MAX_OCTETS - column : WORD_MAX;
        size_t taken = fitting(text, size, room - OVERHEAD, is_q);
        size_t before = out->size;
        text_buffer_append_text(out, is_q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
        if (is_q)
            write_q(out, text, taken);
        else
            write_b(out, text, taken);
        text_buffer_append_text(out, "?=");
        column = out->failed ? LINE_MAX_OCTETS : column + out->size - before;
        text += taken;
        size -= taken;
        if (size > 0)
            column =
                LINE_MAX_OCTETS; /* a new line for each word: nothing between two words is shown anyway */
    }
    return column;
}
