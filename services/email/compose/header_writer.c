/* SPDX-License-Identifier: Apache-2.0 */
#include "header_writer.h"
#include "encoded_word.h"
#include <string.h>

enum {
    LINE_LIMIT = 78,
    TEXT_WORD_MAX = 66, /* behind "Subject: " still within the line */
    TOKEN_MAX = 900,    /* a line must not have more than 998 */
    PHRASE_MAX = 50,
    MAILBOX_LINE_LIMIT = 76, /* of a line with an encoded-word: RFC 2047 §2 */
};

/* Words of printable ASCII with single blanks between, which no reader could take for an encoded-word. */
static bool is_simple(const char *value, size_t size, size_t word_max) {
    size_t word = 0;
    for (size_t i = 0; i < size; i++) {
        if (value[i] == ' ') {
            if (word == 0)
                return false;
            word = 0;
            continue;
        }
        if (value[i] < 0x21 || value[i] > 0x7E || ++word > word_max)
            return false;
        if (value[i] == '=' && i + 1 < size && value[i + 1] == '?')
            return false;
    }
    return word > 0;
}

static void write_folded(struct text_buffer *out, size_t column, const char *value, size_t size) {
    const char *end = value + size;
    for (bool is_first = true; value < end; is_first = false) {
        const char *blank = memchr(value, ' ', (size_t)(end - value));
        const char *word_end = blank == NULL ? end : blank;
        size_t word_size = (size_t)(word_end - value);
        if (!is_first && column + 1 + word_size > LINE_LIMIT) {
            text_buffer_append_text(out, "\r\n");
            column = 0;
        }
        if (!is_first)
            text_buffer_append_byte(out, ' ');
        text_buffer_append(out, value, word_size);
        column += word_size + !is_first;
        value = blank == NULL ? end : blank + 1;
    }
}

static size_t write_name(struct text_buffer *out, const char *name) {
    text_buffer_append_text(out, name);
    text_buffer_append(out, ": ", 2);
    return strlen(name) + 2;
}

static void write_value(struct text_buffer *out, const char *name, const char *value, size_t size,
                        size_t word_max) {
    size_t column = write_name(out, name);
    if (is_simple(value, size, word_max))
        write_folded(out, column, value, size);
    else
        encoded_words_write(out, column, value, size);
    text_buffer_append(out, "\r\n", 2);
}

void header_write_text(struct text_buffer *out, const char *name, const char *value, size_t size) {
    write_value(out, name, value, size, TEXT_WORD_MAX);
}

void header_write_tokens(struct text_buffer *out, const char *name, const char *value, size_t size) {
    write_value(out, name, value, size, TOKEN_MAX);
}

void header_write_plain(struct text_buffer *out, const char *name, const char *value) {
    write_name(out, name);
    text_buffer_append_text(out, value);
    text_buffer_append(out, "\r\n", 2);
}

/* RFC 5322 §3.2.3: what needs no quotes in a display name. */
static bool is_phrase_of_atoms(const char *name) {
    for (; *name != '\0'; name++) {
        bool is_atext = (*name >= '0' && *name <= '9') || (*name >= 'A' && *name <= 'Z') ||
                        (*name >= 'a' && *name <= 'z') || strchr("!#$%&'*+-/=?^_`{|}~", *name) != NULL;
        if (!is_atext && *name != ' ')
            return false;
    }
    return true;
}

static size_t write_display_name(struct text_buffer *out, size_t column, const char *name, size_t size) {
    if (!is_simple(name, size, PHRASE_MAX) || size > PHRASE_MAX)
        return encoded_words_write(out, column, name, size);
    if (is_phrase_of_atoms(name)) {
        text_buffer_append(out, name, size);
        return column + size;
    }
    size_t before = out->size;
    text_buffer_append_byte(out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"' || *name == '\\')
            text_buffer_append_byte(out, '\\');
        text_buffer_append_byte(out, *name);
    }
    text_buffer_append_byte(out, '"');
    return column + (out->size - before);
}

void header_write_mailbox(struct text_buffer *out, const char *name, const struct mailbox *mailbox) {
    size_t column = write_name(out, name);
    size_t name_size = strlen(mailbox->name), address_size = strlen(mailbox->address.wire);
    if (name_size > 0) {
        column = write_display_name(out, column, mailbox->name, name_size);
        text_buffer_append_text(out, column + address_size + 3 > MAILBOX_LINE_LIMIT ? "\r\n <" : " <");
    }
    text_buffer_append(out, mailbox->address.wire, address_size);
    text_buffer_append_text(out, name_size > 0 ? ">\r\n" : "\r\n");
}
