/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message on its way through DATA, in pieces: dots at the start of a line doubled (RFC 5321 §4.5.2), the
 * end CRLF.CRLF. No bare CR or LF reaches the wire (§2.3.8: they must not be sent, and servers disagree
 * whether they end a line, which lets a crafted body end the message early and smuggle commands): each
 * becomes CRLF, and what follows it starts a line.
 */
#ifndef NOTIFY_EMAIL_SMTP_BODY_H
#define NOTIFY_EMAIL_SMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>

enum { SMTP_BODY_ROOM_LEAST = 8 };

struct smtp_body {
    const char *next;
    size_t left;
    bool inside_line;
    bool ended; /* the final dot was written */
};

void smtp_body_begin(struct smtp_body *body, const char *message, size_t size);
/* Writes the next piece to out, returns its size; nothing only if room is less than SMTP_BODY_ROOM_LEAST or
 * it has ended. */
size_t smtp_body_write(struct smtp_body *body, char *out, size_t room);

#endif
