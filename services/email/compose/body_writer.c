/* SPDX-License-Identifier: Apache-2.0 */
#include "body_writer.h"
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(value) (UINT64_MAX / 255 * (value))

/* Eight octets at a time: this is the composer's hot loop, and bodies are mostly such lines. */
static bool is_printable_ascii(const char *text, size_t size) {
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, 8);
        uint64_t below_blank = (word - EACH_BYTE(0x20)) & ~word;
        uint64_t delete_or_above = word | (word + EACH_BYTE(0x01));
        if (((below_blank | delete_or_above) & EACH_BYTE(0x80)) != 0)
            break; /* or a tab: looked at one by one */
    }
    for (; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if ((byte < 0x20 || byte > 0x7E) && byte != '\t')
            return false;
    }
    return true;
}

static bool begins_with(const char *text, size_t size, const char *start) {
    size_t start_size = strlen(start);
    return size >= start_size && memcmp(text, start, start_size) == 0;
}

/* The line at text without its line end; next is where the one after it begins. */
static size_t line_size(const char *text, const char *end, const char **next) {
    const char *line_feed = memchr(text, '\n', (size_t)(end - text));
    const char *line_end = line_feed == NULL ? end : line_feed;
    *next = line_feed == NULL ? end : line_feed + 1;
    if (line_feed != NULL && line_end > text && line_end[-1] == '\r')
        line_end--;
    return (size_t)(line_end - text);
}

bool body_fits_7bit(const char *text, size_t size) {
    const char *end = text + size, *next;
    for (; text < end; text = next) {
        size_t length = line_size(text, end, &next);
        if (length > BODY_LINE_MAX || !is_printable_ascii(text, length))
            return false;
        if (begins_with(text, length, "--" BODY_BOUNDARY_START))
            return false;
        if (begins_with(text, length, "From ")) /* mbox files and those who write them make ">From " of it */
            return false;
    }
    return true;
}

void body_write_7bit(struct text_buffer *out, const char *text, size_t size) {
    const char *end = text + size, *next;
    for (; text < end; text = next) {
        size_t length = line_size(text, end, &next);
        text_buffer_append(out, text, length);
        if (next[-1] == '\n')
            text_buffer_append(out, "\r\n", 2);
    }
}

enum octet_class { ESCAPED, LINE_END, BLANK, LITERAL };

static enum octet_class class_of(char byte) {
    static const uint8_t classes[256] = {
        ['!' ... '<'] = LITERAL, ['>' ... '~'] = LITERAL, [' '] = BLANK,
        ['\t'] = BLANK,          ['\n'] = LINE_END,       ['\r'] = LINE_END,
    };
    return (enum octet_class)classes[(unsigned char)byte];
}

enum {
    QP_LINE_MAX = 75, /* and the "=" of a soft line break: RFC 2045 §6.7 (5) */
    QP_BLOCK = 4096,
    QP_BLOCK_SIZE =
        QP_BLOCK * 4, /* three octets each, and three for a soft line break after 25 of them at least */
};

struct quoted_printable {
    const char *text;
    size_t size, position;
    char *to;
    size_t column;
};

/* What stands for itself, as far as the line goes. A blank before a line's end is left: it has to be escaped.
 */
static size_t literal_run(const struct quoted_printable *state) {
    size_t left = state->size - state->position, room = QP_LINE_MAX - state->column, run = 0;
    const char *text = state->text + state->position;
    while (run < left && run < room && class_of(text[run]) >= BLANK)
        run++;
    bool ends_line = run == left || class_of(text[run]) == LINE_END;
    if (run > 0 && ends_line && class_of(text[run - 1]) == BLANK)
        run--;
    return run;
}

static void escape(struct quoted_printable *state) {
    static const char digits[] = "0123456789ABCDEF";
    unsigned char byte = (unsigned char)state->text[state->position++];
    *state->to++ = '=';
    *state->to++ = digits[byte >> 4];
    *state->to++ = digits[byte & 15];
    state->column += 3;
}

static void break_line(struct quoted_printable *state, const char *line_end) {
    state->to = stpcpy(state->to, line_end);
    state->column = 0;
}

static void encode_some(struct quoted_printable *state) {
    const char *text = state->text;
    if (state->column == 0 && begins_with(text + state->position, state->size - state->position, "From "))
        escape(state);
    size_t run = literal_run(state);
    memcpy(state->to, text + state->position, run);
    state->to += run;
    state->position += run;
    state->column += run;
    if (state->position == state->size)
        return;
    char byte = text[state->position];
    if (class_of(byte) == LINE_END) {
        bool is_pair = byte == '\r' && state->position + 1 < state->size && text[state->position + 1] == '\n';
        state->position += is_pair ? 2 : 1;
        break_line(state, "\r\n");
    } else if (class_of(byte) == LITERAL || state->column + 3 > QP_LINE_MAX) { /* the line is full */
        break_line(state, "=\r\n");
    } else {
        escape(state);
    }
}

void body_write_quoted_printable(struct text_buffer *out, const char *text, size_t size) {
    struct quoted_printable state = {.text = text, .size = size};
    while (state.position < size) {
        size_t block_end = state.position + QP_BLOCK;
        char *start = text_buffer_reserve(out, QP_BLOCK_SIZE + 512);
        if (start == NULL)
            return;
        state.to = start;
        while (state.position < size && state.position < block_end)
            encode_some(&state);
        out->size += (size_t)(state.to - start);
        *state.to = '\0';
    }
}
