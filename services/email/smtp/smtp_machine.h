/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client side of an SMTP session after EHLO, TLS and AUTH: bytes in, bytes and outcomes out. No socket,
 * no clock, no allocation in the steady state, so it can be tested and fuzzed without a server.
 *
 * RFC 5321; PIPELINING as in RFC 2920: MAIL, RCPT and DATA of a mail travel together, and with the dot of the
 * mail before (§3.1: the end of a body may be followed by the next group; DATA is the last command of a
 * group). Without PIPELINING, one command at a time. Replies may arrive split at any byte, with several
 * lines, or be garbage.
 *
 * An envelope that a refused RCPT or DATA left open in the server is closed by RSET before the next MAIL, in
 * the same group.
 */
#ifndef NOTIFY_EMAIL_SMTP_MACHINE_H
#define NOTIFY_EMAIL_SMTP_MACHINE_H

#include "smtp_mail.h"

struct smtp_machine;

/* What the server's EHLO reply offered. */
struct smtp_extensions {
    bool pipelining, eight_bit_mime, smtputf8, size;
    uint64_t size_limit; /* SIZE's number; 0: none told */
};
/* Reads one line of the EHLO reply ("250-SIZE 10240000"), any case; what is unknown is passed over. The
 * reply's first line is the server's name and greeting: not for this function. */
void smtp_extensions_read_line(struct smtp_extensions *extensions, const char *line, size_t size);

struct smtp_machine_events {
    /* A mail is settled and no longer the machine's. Called exactly once for each mail given, in the order
     * given. The callbacks must not call back into the machine. */
    void (*settled)(void *data, struct smtp_mail *mail, const struct smtp_result *result);
    /* Every reply to MAIL, RCPT, DATA and the dot, for metrics; what answers them falsely (421, garbage) is
     * none. */
    void (*replied)(void *data, enum smtp_phase phase, int code);
    void *data;
};

/* NULL: no memory. */
struct smtp_machine *smtp_machine_new(const struct smtp_extensions *extensions,
                                      const struct smtp_machine_events *events);
/* Must have settled everything: call smtp_machine_close() first. NULL is fine. */
void smtp_machine_free(struct smtp_machine *machine);

/* Whether another mail can be given now: with PIPELINING one whose body is on the wire and one behind it,
 * else one. */
bool smtp_machine_has_room(const struct smtp_machine *machine);
/* Gives a mail, only when there is room. It may be settled at once (SMTP_FATE_UNSUPPORTED). */
void smtp_machine_give(struct smtp_machine *machine, struct smtp_mail *mail);
/* Takes a mail back of which nothing was in any output yet: true, and no callback. */
bool smtp_machine_withdraw(struct smtp_machine *machine, const struct smtp_mail *mail);
/* The mail that could be taken back; NULL: none. */
struct smtp_mail *smtp_machine_unsent(const struct smtp_machine *machine);
size_t smtp_machine_mail_count(const struct smtp_machine *machine);

/* The bytes to be sent next; *size 0: none for now. They stay valid, and the same, until smtp_machine_sent().
 * Large bodies come in pieces. */
const char *smtp_machine_output(struct smtp_machine *machine, size_t *size);
/* So many of them were accepted by send. */
void smtp_machine_sent(struct smtp_machine *machine, size_t size);
/* Bytes that came from the server. False: the session cannot go on (421, an unexpected or malformed reply,
 * the reply to QUIT); close it. */
bool smtp_machine_received(struct smtp_machine *machine, const char *bytes, size_t size);
/* Why it cannot go on: the text, the phase of the mail whose turn it was (SMTP_PHASE_CONNECT: there was
 * none), and the reply's code where it was a reply. NULL: it can, or it was quit. */
const struct smtp_result *smtp_machine_trouble(const struct smtp_machine *machine);

/* Which RFC 5321 §4.5.3.2 time-out applies now. SMTP_WAIT_NONE: idle, nothing is expected. */
enum smtp_wait {
    SMTP_WAIT_NONE,
    SMTP_WAIT_MAIL, /* also for RSET */
    SMTP_WAIT_RCPT,
    SMTP_WAIT_DATA,
    SMTP_WAIT_BLOCK,
    SMTP_WAIT_DOT,
    SMTP_WAIT_QUIT
};
enum smtp_wait smtp_machine_wait(const struct smtp_machine *machine);
/* Grows with each whole reply and each run of bytes sent: the time-out starts anew when it changes, so that a
 * server that drips a reply byte by byte does not hold the session for ever. */
uint64_t smtp_machine_progress(const struct smtp_machine *machine);
/* Whole replies seen so far. */
uint64_t smtp_machine_replies(const struct smtp_machine *machine);
/* Nothing more is sent from here on, and no mail has room: no body begins, and none is finished. What is
 * still waited for is the reply to a dot that send has accepted whole; smtp_machine_received() is false with
 * it, and that is no trouble. No effect on an idle session. */
void smtp_machine_break_off(struct smtp_machine *machine);
/* It was broken off, and no such reply is to come: close it. */
bool smtp_machine_is_broken_off(const struct smtp_machine *machine);
/* Idle sessions only: output becomes QUIT. */
void smtp_machine_quit(struct smtp_machine *machine);
/* The connection is over, for the given reason (NULL: what smtp_machine_trouble() says): settles every mail
 * that is left by the rule of enum smtp_fate. Nothing may be given any more. */
void smtp_machine_close(struct smtp_machine *machine, const char *reason);

#endif
