/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FROM NUL TO NUL REPLY-TO NUL SUBJECT NUL MESSAGE-ID NUL EXTRA NUL TEXT NUL HTML: composes, and aborts when
 * the message could do harm on the wire. An empty field that is required gets a good value, so that the
 * others are reached.
 */
#include "email/compose/message.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 8, LINE_MAX_OCTETS = 998 };

static void require(bool holds) {
    if (!holds)
        abort();
}

static bool begins_with(const char *line, size_t size, const char *start) {
    return size >= strlen(start) && strncasecmp(line, start, strlen(start)) == 0;
}

static bool is_expected_header(const char *line, size_t size) {
    static const char *const expected[] = {
        " ",         "Date: ", "From: ",        "Reply-To: ",     "To: ",
        "Subject: ", "X-A: ",  "Message-ID: <", "MIME-Version: ", "Content-"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (begins_with(line, size, expected[i]))
            return true;
    }
    return false;
}

static void check(const struct text_buffer *message, bool has_html) {
    const char *line = message->bytes, *end = message->bytes + message->size;
    bool in_headers = true;
    size_t delimiters = 0;
    require(message->size > 2 && memcmp(end - 2, "\r\n", 2) == 0);
    while (line < end) {
        const char *line_end = memmem(line, (size_t)(end - line), "\r\n", 2);
        require(line_end != NULL);
        size_t size = (size_t)(line_end - line);
        require(size <= LINE_MAX_OCTETS);
        require(memchr(line, '\r', size) == NULL && memchr(line, '\n', size) == NULL &&
                memchr(line, '\0', size) == NULL);
        if (size == 0)
            in_headers = false;
        require(!in_headers || is_expected_header(line, size));
        delimiters += begins_with(line, size, "--=_");
        line = line_end + 2;
    }
    require(delimiters == (has_html ? 3 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size + 1);
    char *fields[FIELDS];
    require(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '\0';
    char *end = copy + size, *field = copy;
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = field;
        field += strlen(field);
        field += field < end;
    }
    size_t text_size = strlen(fields[6]);
    const struct message_header extra[] = {{"X-A", fields[5]}, {NULL, NULL}};
    const struct message_parts parts = {
        .from = *fields[0] == '\0' ? "Shop <a@example.org>" : fields[0],
        .to = *fields[1] == '\0' ? "b@example.org" : fields[1],
        .reply_to = *fields[2] == '\0' ? NULL : fields[2],
        .subject = fields[3],
        .message_id = *fields[4] == '\0' ? "c@example.org" : fields[4],
        .date_unix_ms = (int64_t)size * 1000000007,
        .text = fields[6],
        .text_size = text_size,
        .html = fields[7],
        .html_size = (size_t)(end - fields[7]), /* with the NULs that are left */
        .extra = extra,
    };
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    struct error error = {0};
    if (message_compose(&parts, &out, &error))
        check(&out, parts.html_size > 0);
    else
        require(error.text[0] != '\0');
    text_buffer_free(&out);
    free(copy);
    return 0;
}
