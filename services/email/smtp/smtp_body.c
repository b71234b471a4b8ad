/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_body.h"
#include <string.h>

void smtp_body_begin(struct smtp_body *body, const char *message, size_t size) {
    *body = (struct smtp_body){.next = message, .left = size};
}

static void take(struct smtp_body *body, size_t size) {
    body->next += size;
    body->left -= size;
}

/* The rest of the line, or as much of it as there is room for. */
static size_t write_line(struct smtp_body *body, char *out, size_t room) {
    size_t window = body->left < room ? body->left : room;
    const char *line_feed = memchr(body->next, '\n', window);
    size_t text = line_feed != NULL ? (size_t)(line_feed - body->next) : window;
    const char *carriage_return = memchr(body->next, '\r', text);
    if (carriage_return != NULL)
        text = (size_t)(carriage_return - body->next);

    size_t line_end = 0; /* what ends the line in the message */
    if (carriage_return != NULL) {
        /* Whether an LF follows may lie beyond the window: then the CR is left to the next piece. */
        bool known = text + 1 < window || window == body->left;
        if (known)
            line_end = text + 1 < window && body->next[text + 1] == '\n' ? 2 : 1;
    } else if (line_feed != NULL) {
        line_end = 1;
    }
    if (line_end > 0 && text + 2 > room)
        line_end = 0; /* the text fits, CRLF does not */

    memcpy(out, body->next, text);
    if (text > 0)
        body->inside_line = true;
    take(body, text + line_end);
    if (line_end == 0)
        return text;
    memcpy(out + text, "\r\n", 2);
    body->inside_line = false;
    return text + 2;
}

static size_t write_end(struct smtp_body *body, char *out) {
    const char *end = body->inside_line ? "\r\n.\r\n" : ".\r\n";
    size_t size = strlen(end);
    memcpy(out, end, size);
    body->ended = true;
    return size;
}

size_t smtp_body_write(struct smtp_body *body, char *out, size_t room) {
    size_t written = 0;
    while (!body->ended && room - written >= SMTP_BODY_ROOM_LEAST) {
        if (body->left == 0) {
            written += write_end(body, out + written);
            break;
        }
        if (!body->inside_line && *body->next == '.')
            out[written++] = '.';
        size_t line = write_line(body, out + written, room - written);
        written += line;
    }
    return written;
}
