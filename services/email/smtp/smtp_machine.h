/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client side of an SMTP session after EHLO, TLS and AUTH: bytes in, bytes and outcomes out. No socket, no clock, no
 * allocation in the steady state, so it can be tested and fuzzed without a server.
 *
 * RFC 5321; PIPELINING as in RFC 2920: MAIL, RCPT and DATA of a mail travel together, and with the dot of the mail before
 * (§3.1: the end of a body may be followed by the next group; DATA is the last command of a group). Without PIPELINING,
 * one command at a time. Replies may arrive split at any byte, with several lines, or be garbage.
 */
#ifndef NOTIFY_EMAIL_SMTP_MACHINE_H
#define NOTIFY_EMAIL_SMTP_MACHINE_H

#include "smtp_mail.h"

struct smtp_machine;

/* What the server's EHLO reply offered. */
struct smtp_extensions {
    bool pipelining, eight_bit_mime, smtputf8, size, enhanced_status_codes;
    uint64_t size_limit; /* SIZE's number; 0: none told */
};
/* Reads one line of the EHLO reply ("250-SIZE 10240000"), any case; what is unknown is passed over. */
void smtp_extensions_read_line(struct smtp_extensions *extensions, const char *line, size_t size);

struct smtp_machine_events {
    /* A mail is settled and no longer the machine's. Called exactly once for each mail given. */
    void (*settled)(void *data, struct smtp_mail *mail, const struct smtp_result *result);
    /* Every reply, for metrics. */
    void (*replied)(void *data, enum smtp_phase phase, int code);
    void *data;
};

struct smtp_machine *smtp_machine_new(const struct smtp_extensions *extensions, const struct smtp_machine_events *events);
/* Must have settled everything: call smtp_machine_close() first. */
void smtp_machine_free(struct smtp_machine *machine);

/* Whether another mail can be given now: with PIPELINING one whose body is on the wire and one behind it, else one. A mail
 * whose key_hash equals that of a mail on the wire has to wait. */
bool smtp_machine_has_room(const struct smtp_machine *machine, const struct smtp_mail *mail);
/* Gives a mail. It may be settled at once (SMTP_FATE_UNSUPPORTED). */
void smtp_machine_give(struct smtp_machine *machine, struct smtp_mail *mail);
size_t smtp_machine_mail_count(const struct smtp_machine *machine);

/* The bytes to be sent next; *size 0: none for now. They stay valid until the next call. Large bodies come in pieces. */
const char *smtp_machine_output(struct smtp_machine *machine, size_t *size);
/* So many of them were accepted by send. */
void smtp_machine_sent(struct smtp_machine *machine, size_t size);
/* Bytes that came from the server. False: the session cannot go on (421, an unexpected or malformed reply); close it. */
bool smtp_machine_received(struct smtp_machine *machine, const char *bytes, size_t size);

/* Which RFC 5321 §4.5.3.2 time-out applies now. SMTP_WAIT_NONE: idle, nothing is expected. */
enum smtp_wait {
    SMTP_WAIT_NONE, SMTP_WAIT_MAIL, SMTP_WAIT_RCPT, SMTP_WAIT_DATA, SMTP_WAIT_BLOCK, SMTP_WAIT_DOT, SMTP_WAIT_QUIT
};
enum smtp_wait smtp_machine_wait(const struct smtp_machine *machine);
/* Idle sessions only: output becomes QUIT. */
void smtp_machine_quit(struct smtp_machine *machine);
/* The connection is over, for the given reason: settles every mail that is left by the rule of enum smtp_fate. */
void smtp_machine_close(struct smtp_machine *machine, const char *reason);

#endif
