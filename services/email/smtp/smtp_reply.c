/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_reply.h"
#include <string.h>

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

size_t smtp_copy_printable(char *out, size_t out_size, const char *text, size_t size) {
    if (size > out_size - 1)
        size = out_size - 1;
    for (size_t at = 0; at < size; at++) {
        char byte = text[at];
        if (byte == '\t')
            byte = ' ';
        out[at] = byte >= ' ' && byte <= '~' ? byte : '?';
    }
    out[size] = '\0';
    return size;
}

/* One to three digits; returns how many, 0: there is no number. */
static size_t read_number(const char *text, size_t size, int *number_out) {
    size_t at = 0;
    int number = 0;
    while (at < size && at < 3 && is_digit(text[at]))
        number = number * 10 + (text[at++] - '0');
    *number_out = number;
    return at;
}

/* "5.1.1 " at the start of a reply's text; returns its length with the blank, 0: there is none. */
static size_t read_enhanced_code(const char *text, size_t size, struct smtp_enhanced_code *code_out) {
    struct smtp_enhanced_code code = {0};
    if (size < 5 || !is_digit(text[0]) || text[1] != '.')
        return 0;
    code.class = text[0] - '0';
    size_t at = 2;
    size_t digits = read_number(text + at, size - at, &code.subject);
    at += digits;
    if (digits == 0 || at >= size || text[at++] != '.')
        return 0;
    digits = read_number(text + at, size - at, &code.detail);
    at += digits;
    if (digits == 0)
        return 0;
    if (at < size) {
        if (text[at] != ' ')
            return 0;
        at++;
    }
    *code_out = code;
    return at;
}

static void append_text(struct smtp_reply_reader *reader, const char *text, size_t size) {
    struct smtp_reply *reply = &reader->reply;
    if (reader->text_size > 0 && size > 0 && reader->text_size + 1 < sizeof(reply->text))
        reply->text[reader->text_size++] = ' ';
    reader->text_size += smtp_copy_printable(reply->text + reader->text_size,
                                             sizeof(reply->text) - reader->text_size, text, size);
}

static enum smtp_reply_state end_line(struct smtp_reply_reader *reader) {
    const char *line = reader->line;
    size_t size = reader->line_size < sizeof(reader->line) ? reader->line_size : sizeof(reader->line);
    reader->line_size = 0;
    if (size > 0 && line[size - 1] == '\r')
        size--;
    if (size < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
        return SMTP_REPLY_MALFORMED;
    if (size > 3 && line[3] != ' ' && line[3] != '-')
        return SMTP_REPLY_MALFORMED;

    struct smtp_reply *reply = &reader->reply;
    int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    /* RFC 5321 §4.2.1: each line of a reply has the same code. */
    if (reader->lines > 0 && code != reply->code)
        return SMTP_REPLY_MALFORMED;
    reply->code = code;
    if (++reader->lines > SMTP_REPLY_LINES_MOST)
        return SMTP_REPLY_MALFORMED;

    const char *text = size > 4 ? line + 4 : "";
    size_t text_size = size > 4 ? size - 4 : 0;
    struct smtp_enhanced_code enhanced;
    size_t skip = read_enhanced_code(text, text_size, &enhanced);
    /* RFC 2034 §4: its class is the code's first digit; else it is no status code, or not to be trusted. */
    if (skip > 0 && enhanced.class == line[0] - '0') {
        if (reply->enhanced.class == 0)
            reply->enhanced = enhanced;
        text += skip;
        text_size -= skip;
    }
    append_text(reader, text, text_size);
    if (size > 3 && line[3] == '-')
        return SMTP_REPLY_INCOMPLETE;
    reader->complete = true;
    return SMTP_REPLY_COMPLETE;
}

enum smtp_reply_state smtp_reply_read(struct smtp_reply_reader *reader, const char **bytes, size_t *size) {
    if (reader->complete) {
        reader->complete = false;
        reader->lines = 0;
        reader->text_size = 0;
        reader->reply = (struct smtp_reply){0};
    }
    while (*size > 0) {
        const char *newline = memchr(*bytes, '\n', *size);
        size_t part = newline != NULL ? (size_t)(newline - *bytes) : *size;
        if (reader->line_size < sizeof(reader->line)) {
            size_t room = sizeof(reader->line) - reader->line_size;
            memcpy(reader->line + reader->line_size, *bytes, part < room ? part : room);
        }
        if (part > SMTP_REPLY_LINE_MOST - reader->line_size)
            return SMTP_REPLY_MALFORMED;
        reader->line_size += part;
        size_t taken = part + (newline != NULL);
        *bytes += taken;
        *size -= taken;
        if (newline == NULL)
            break;
        enum smtp_reply_state state = end_line(reader);
        if (state != SMTP_REPLY_INCOMPLETE)
            return state;
    }
    return SMTP_REPLY_INCOMPLETE;
}
