/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the machine share; for no one else. smtp_machine.c takes mails and settles them,
 * smtp_machine_output.c places their commands and bodies in the output and notes the reply that each will
 * have, smtp_machine_replies.c takes these replies one by one and says what they mean.
 */
#ifndef NOTIFY_EMAIL_SMTP_MACHINE_INTERNAL_H
#define NOTIFY_EMAIL_SMTP_MACHINE_INTERNAL_H

#include "smtp_body.h"
#include "smtp_machine.h"
#include "smtp_reply.h"

enum {
    MAILS_MOST = 2,     /* one whose body is on the wire, and one behind it */
    EXPECTED_MOST = 8,  /* dot, RSET, MAIL, RCPT, DATA and QUIT at most */
    OUTPUT_SIZE = 8192, /* a usual mail and the next group in one send; 400 sessions in 3 MB */
};

enum transaction_state {
    TRANSACTION_GIVEN,    /* nothing of it in the output */
    TRANSACTION_ENVELOPE, /* its commands go out, or wait for their replies */
    TRANSACTION_BODY,     /* 354 came: the message goes out */
    TRANSACTION_ENDED,    /* up to the dot all is in the output */
};

/* One mail. Replies always concern the first one: the second's commands come after the first's dot. */
struct transaction {
    struct smtp_mail *mail;
    enum transaction_state state;
    enum smtp_phase phase; /* of the reply it waits for, or whose command is next */
    bool decided;          /* result holds, whatever comes */
    struct smtp_result result;
    struct smtp_body body;
    uint64_t body_begin,
        dot_end; /* where in the session's output; only from TRANSACTION_BODY and _ENDED on */
};

enum expected_kind {
    EXPECTED_RSET,
    EXPECTED_MAIL,
    EXPECTED_RCPT,
    EXPECTED_DATA,
    EXPECTED_DOT,
    EXPECTED_QUIT
};

/* A reply that the server owes. */
struct expected {
    enum expected_kind kind;
    uint64_t command_end; /* where in the session's output: an answer that comes before is none */
};

struct smtp_machine {
    struct smtp_extensions extensions;
    struct smtp_machine_events events;
    struct transaction transactions[MAILS_MOST];
    size_t transaction_count;
    struct expected expected[EXPECTED_MOST]; /* a ring: the output appends, the replies take */
    size_t expected_first, expected_count;
    bool envelope_open; /* the server may hold one of a mail that is settled: RSET before the next MAIL */
    bool quitting, quit_placed;
    bool broken_off; /* nothing is sent any more */
    bool ended, has_trouble;
    struct smtp_result trouble;
    struct smtp_reply_reader reader;
    uint64_t placed, sent; /* of the session's output */
    uint64_t progress, replies;
    size_t output_begin, output_end;
    char output[OUTPUT_SIZE];
};

/* smtp_machine.c */
/* Tells the first mail's result; the one behind it is the first now. */
void smtp_machine_settle_first(struct smtp_machine *machine);
/* A mail that is decided and of which nothing is on the wire waits only for its turn. */
void smtp_machine_settle_unsent(struct smtp_machine *machine);

#endif
