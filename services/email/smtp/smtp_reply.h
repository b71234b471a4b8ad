/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of SMTP replies (RFC 5321 §4.2, RFC 2034): bytes in, whole replies out, however they were split.
 * Memory is bounded: what a line has beyond SMTP_REPLY_LINE_KEPT octets is dropped, and a server that goes on
 * for ever is refused.
 */
#ifndef NOTIFY_EMAIL_SMTP_REPLY_H
#define NOTIFY_EMAIL_SMTP_REPLY_H

#include "smtp_mail.h"

enum {
    SMTP_REPLY_LINE_KEPT = 512,  /* RFC 5321 §4.5.3.1.5 */
    SMTP_REPLY_LINE_MOST = 4096, /* longer: malformed */
    SMTP_REPLY_LINES_MOST = 128, /* more: malformed */
};

struct smtp_reply {
    int code;
    struct smtp_enhanced_code enhanced;
    char text[256]; /* all lines, a blank between them, without the codes, printable ASCII; cut where it is
                       full */
};

struct smtp_reply_reader {
    struct smtp_reply reply; /* valid after SMTP_REPLY_COMPLETE, until the next call */
    size_t text_size;
    unsigned lines; /* of the reply so far */
    bool complete;
    char line[SMTP_REPLY_LINE_KEPT];
    size_t line_size; /* of the line so far, kept or not */
};

enum smtp_reply_state { SMTP_REPLY_INCOMPLETE, SMTP_REPLY_COMPLETE, SMTP_REPLY_MALFORMED };

/* Reads on from *bytes, moves *bytes and *size past what it took, and stops behind each whole reply. */
enum smtp_reply_state smtp_reply_read(struct smtp_reply_reader *reader, const char **bytes, size_t *size);

/* Copies text into out as printable ASCII (others become '?'), cut to fit, with a NUL. Returns the length. */
size_t smtp_copy_printable(char *out, size_t out_size, const char *text, size_t size);

#endif
