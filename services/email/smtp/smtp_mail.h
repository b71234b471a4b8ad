/* SPDX-License-Identifier: Apache-2.0 */
/* One mail on its way through an SMTP session: what goes onto the wire, and what became of it. */
#ifndef NOTIFY_EMAIL_SMTP_MAIL_H
#define NOTIFY_EMAIL_SMTP_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Belongs to the caller, who keeps it and what it points to until the mail is settled. */
struct smtp_mail {
    const char *return_path; /* without brackets; "" is the null reverse-path */
    const char *recipient;   /* mail_address.wire: safe between < and > */
    /* Headers and body with CRLF line ends, not yet dot-stuffed. A bare CR or LF in it becomes CRLF on the
     * wire. */
    const char *message;
    size_t message_size;
    bool needs_smtputf8;    /* an address of the envelope or of the headers is not ASCII */
    bool has_8bit;          /* the message has octets above 127; without 8BITMIME they are sent as they are */
    void *owner;            /* the caller's own */
    struct smtp_mail *next; /* the pool's, while it has the mail */
    bool is_probe;          /* the pool's */
};

enum smtp_phase {
    SMTP_PHASE_CONNECT, /* TCP, TLS, greeting, EHLO, STARTTLS, AUTH: no mail is concerned */
    SMTP_PHASE_MAIL,
    SMTP_PHASE_RCPT,
    SMTP_PHASE_DATA,
    SMTP_PHASE_DOT,
};

/* How far a mail had come when it was settled. Each mail given to a session ends in exactly one of these
 * (docs/delivery.md). */
enum smtp_fate {
    SMTP_FATE_REPLIED,     /* the server's reply decides: phase, code */
    SMTP_FATE_AMBIGUOUS,   /* the whole CRLF.CRLF was accepted by send, and no reply came */
    SMTP_FATE_BODY_BROKEN, /* the body had begun, its end was not sent */
    SMTP_FATE_PUT_BACK,    /* nothing or only the envelope was sent: as if it had never been tried */
    SMTP_FATE_UNSUPPORTED, /* never sent: the server lacks what the mail needs (SMTPUTF8, SIZE), or an address
                              would break the SMTP command line; text says what */
};

struct smtp_enhanced_code {
    int class, subject,
        detail; /* 5.1.1; all 0: the reply had none, or one of another class than its code (RFC 3463) */
};

struct smtp_result {
    enum smtp_fate fate;
    enum smtp_phase phase; /* of the reply that decides, or where the session was when it ended */
    int code;              /* of the reply that decides, or that ended the session (421); 0 without a reply */
    struct smtp_enhanced_code enhanced;
    /* The reply's text or the session's trouble, printable ASCII only. A reply's text is the server's: it may
     * well quote the recipient, so it is no text for a log as it is. */
    char text[256];
};

/* "mail", "put_back": for logs and metrics. */
const char *smtp_phase_name(enum smtp_phase phase);
const char *smtp_fate_name(enum smtp_fate fate);

#endif
