/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message on the wire (RFC 5322, MIME): multipart/alternative, UTF-8, RFC 2047 words in headers, CRLF
 * only, lines of at most 998 octets (a part is 7bit where that fits, else quoted-printable). Pure: the same
 * input gives the same bytes.
 *
 * Nothing in the input can add a header, a part or a recipient: addresses are checked, control characters are
 * refused or become blanks, and no body can contain the boundary. What is not UTF-8 is an error. Line breaks
 * in bodies (CR LF, LF or CR) become CR LF. Octets above 127 occur only where an address has them (SMTPUTF8).
 * Dot-stuffing is the SMTP session's.
 */
#ifndef NOTIFY_EMAIL_MESSAGE_H
#define NOTIFY_EMAIL_MESSAGE_H

#include "../../common/error.h"
#include "../../common/text_buffer.h"
#include <stdint.h>

#define MESSAGE_VALUE_MAX 4096 /* octets of the subject or of an extra header's value */

/* value: UTF-8, encoded and folded as needed; control characters are refused. A header that message_parts has
 * is refused. */
struct message_header {
    const char *name, *value;
};

struct message_parts {
    const char *from;       /* "Example Shop <noreply@example.org>" or an address alone */
    const char *to;         /* an address */
    const char *reply_to;   /* as from; NULL: none */
    const char *subject;    /* UTF-8; line breaks and control characters become blanks */
    const char *message_id; /* without brackets */
    int64_t date_unix_ms;
    const char *text;
    size_t text_size;
    const char *html;
    size_t html_size;                   /* 0: a text/plain message */
    const struct message_header *extra; /* X-Event-Id, Auto-Submitted …; ends with a NULL name; may be NULL */
};

/* Replaces the content of out. False names the part that cannot be written. */
bool message_compose(const struct message_parts *parts, struct text_buffer *out, struct error *error);

/* The Message-ID of a mail, the same each time: base64url(SHA-256(source, id, recipient,
 * template)) @ domain. */
#define MESSAGE_ID_SIZE 320
bool message_id_derive(const char *source, const char *event_id, const char *recipient,
                       const char *template_name, const char *domain, char out[MESSAGE_ID_SIZE]);

/* "Shop <noreply@example.org>" to its address part, checked, domain in A-labels; false: error names what is
 * wrong. */
bool message_mailbox_address(const char *mailbox, char out[256], struct error *error);

#endif
