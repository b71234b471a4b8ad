/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_machine.h"
#include "smtp_body.h"
#include "smtp_command.h"
#include "smtp_reply.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    struct expected expected[EXPECTED_MOST];
    size_t expected_first, expected_count;
    bool envelope_open; /* the server may hold one of a mail that is settled: RSET before the next MAIL */
    bool quitting, quit_placed;
    bool ended, has_trouble;
    struct smtp_result trouble;
    struct smtp_reply_reader reader;
    uint64_t placed, sent; /* of the session's output */
    uint64_t progress, replies;
    size_t output_begin, output_end;
    char output[OUTPUT_SIZE];
};

struct smtp_machine *smtp_machine_new(const struct smtp_extensions *extensions,
                                      const struct smtp_machine_events *events) {
    struct smtp_machine *machine = calloc(1, sizeof(*machine));
    if (machine == NULL)
        return NULL;
    machine->extensions = *extensions;
    machine->events = *events;
    return machine;
}

void smtp_machine_free(struct smtp_machine *machine) {
    assert(machine == NULL || machine->transaction_count == 0);
    free(machine);
}

bool smtp_machine_has_room(const struct smtp_machine *machine, const struct smtp_mail *mail) {
    if (machine->ended || machine->quitting)
        return false;
    if (machine->transaction_count == 0)
        return true;
    const struct transaction *first = &machine->transactions[0];
    if (machine->transaction_count > 1 || !machine->extensions.pipelining || first->state < TRANSACTION_BODY)
        return false;
    return mail == NULL || mail->key_hash == 0 || mail->key_hash != first->mail->key_hash;
}

static void settle_first(struct smtp_machine *machine) {
    struct smtp_mail *mail = machine->transactions[0].mail;
    struct smtp_result result = machine->transactions[0].result;
    machine->transaction_count--;
    if (machine->transaction_count > 0)
        machine->transactions[0] = machine->transactions[1];
    machine->events.settled(machine->events.data, mail, &result);
}

/* A mail that is decided and of which nothing is on the wire waits only for its turn. */
static void settle_unsent(struct smtp_machine *machine) {
    while (machine->transaction_count > 0 && machine->transactions[0].decided &&
           machine->transactions[0].state == TRANSACTION_GIVEN)
        settle_first(machine);
}

void smtp_machine_give(struct smtp_machine *machine, struct smtp_mail *mail) {
    assert(smtp_machine_has_room(machine, mail));
    struct transaction *transaction = &machine->transactions[machine->transaction_count++];
    *transaction = (struct transaction){.mail = mail, .phase = SMTP_PHASE_MAIL};
    const char *unsupported = smtp_mail_unsupported(mail, &machine->extensions);
    if (unsupported == NULL)
        return;
    transaction->decided = true;
    transaction->result.fate = SMTP_FATE_UNSUPPORTED;
    transaction->result.phase = SMTP_PHASE_MAIL;
    smtp_copy_printable(transaction->result.text, sizeof(transaction->result.text), unsupported,
                        strlen(unsupported));
    if (machine->transaction_count == 1)
        settle_unsent(machine);
}

struct smtp_mail *smtp_machine_unsent(const struct smtp_machine *machine) {
    if (machine->transaction_count == 0)
        return NULL;
    const struct transaction *last = &machine->transactions[machine->transaction_count - 1];
    return last->state == TRANSACTION_GIVEN ? last->mail : NULL;
}

bool smtp_machine_withdraw(struct smtp_machine *machine, const struct smtp_mail *mail) {
    if (smtp_machine_unsent(machine) != mail)
        return false;
    machine->transaction_count--;
    return true;
}

size_t smtp_machine_mail_count(const struct smtp_machine *machine) {
    return machine->transaction_count;
}

static void place(struct smtp_machine *machine, size_t size) {
    machine->output_end += size;
    machine->placed += size;
}

static void expect(struct smtp_machine *machine, enum expected_kind kind) {
    assert(machine->expected_count < EXPECTED_MOST);
    size_t at = (machine->expected_first + machine->expected_count++) % EXPECTED_MOST;
    machine->expected[at] = (struct expected){.kind = kind, .command_end = machine->placed};
}

static void place_command(struct smtp_machine *machine, const char *command, enum expected_kind kind) {
    size_t size = strlen(command);
    memcpy(machine->output + machine->output_end, command, size);
    place(machine, size);
    expect(machine, kind);
}

static void place_mail_command(struct smtp_machine *machine, const struct smtp_mail *mail) {
    place(machine,
          smtp_write_mail_command(mail, &machine->extensions, machine->output + machine->output_end));
    expect(machine, EXPECTED_MAIL);
}

static void place_rcpt_command(struct smtp_machine *machine, const struct smtp_mail *mail) {
    place(machine, smtp_write_rcpt_command(mail, machine->output + machine->output_end));
    expect(machine, EXPECTED_RCPT);
}

/* The whole group, DATA last (RFC 2920 §3.1). */
static void place_group(struct smtp_machine *machine, struct transaction *transaction) {
    if (machine->envelope_open)
        place_command(machine, "RSET\r\n", EXPECTED_RSET);
    machine->envelope_open = false;
    place_mail_command(machine, transaction->mail);
    place_rcpt_command(machine, transaction->mail);
    place_command(machine, "DATA\r\n", EXPECTED_DATA);
    transaction->state = TRANSACTION_ENVELOPE;
}

/* Without PIPELINING: the next command, once the one before was answered. */
static void place_next_command(struct smtp_machine *machine, struct transaction *transaction) {
    if (machine->expected_count > 0)
        return;
    if (machine->envelope_open && transaction->state == TRANSACTION_GIVEN) {
        place_command(machine, "RSET\r\n", EXPECTED_RSET);
        machine->envelope_open = false;
        return;
    }
    transaction->state = TRANSACTION_ENVELOPE;
    if (transaction->phase == SMTP_PHASE_MAIL)
        place_mail_command(machine, transaction->mail);
    else if (transaction->phase == SMTP_PHASE_RCPT)
        place_rcpt_command(machine, transaction->mail);
    else
        place_command(machine, "DATA\r\n", EXPECTED_DATA);
}

static void place_body(struct smtp_machine *machine, struct transaction *transaction) {
    size_t size = smtp_body_write(&transaction->body, machine->output + machine->output_end,
                                  OUTPUT_SIZE - machine->output_end);
    place(machine, size);
    if (!transaction->body.ended)
        return;
    transaction->state = TRANSACTION_ENDED;
    transaction->phase = SMTP_PHASE_DOT;
    transaction->dot_end = machine->placed;
    expect(machine, EXPECTED_DOT);
}

static void place_envelope(struct smtp_machine *machine, struct transaction *transaction) {
    bool is_done = transaction->state == TRANSACTION_ENDED || transaction->decided;
    if (is_done || OUTPUT_SIZE - machine->output_end < SMTP_GROUP_ROOM)
        return;
    if (!machine->extensions.pipelining)
        place_next_command(machine, transaction);
    else if (transaction->state == TRANSACTION_GIVEN)
        place_group(machine, transaction);
}

static void fill_output(struct smtp_machine *machine) {
    for (size_t at = 0; at < machine->transaction_count; at++) {
        struct transaction *transaction = &machine->transactions[at];
        if (transaction->state == TRANSACTION_BODY)
            place_body(machine, transaction);
        else
            place_envelope(machine, transaction);
        /* Nothing may follow DATA or an unfinished body; without PIPELINING nothing a dot either. */
        if (transaction->state != TRANSACTION_ENDED || !machine->extensions.pipelining)
            return;
    }
    if (machine->quitting && !machine->quit_placed && machine->transaction_count == 0) {
        place_command(machine, "QUIT\r\n", EXPECTED_QUIT);
        machine->quit_placed = true;
    }
}

const char *smtp_machine_output(struct smtp_machine *machine, size_t *size) {
    if (machine->output_begin == machine->output_end && !machine->ended) {
        machine->output_begin = machine->output_end = 0;
        fill_output(machine);
    }
    *size = machine->ended ? 0 : machine->output_end - machine->output_begin;
    return machine->output + machine->output_begin;
}

void smtp_machine_sent(struct smtp_machine *machine, size_t size) {
    assert(size <= machine->output_end - machine->output_begin);
    machine->output_begin += size;
    machine->sent += size;
    machine->progress += size > 0;
}

void smtp_machine_quit(struct smtp_machine *machine) {
    machine->quitting = true;
}

static void decide(struct transaction *transaction, enum smtp_phase phase, const struct smtp_reply *reply) {
    if (transaction->decided)
        return; /* an earlier reply of the same mail decided */
    transaction->decided = true;
    transaction->result.fate = SMTP_FATE_REPLIED;
    transaction->result.phase = phase;
    transaction->result.code = reply->code;
    transaction->result.enhanced = reply->enhanced;
    memcpy(transaction->result.text, reply->text, sizeof(transaction->result.text));
}

static bool end_session(struct smtp_machine *machine, const struct smtp_reply *reply, const char *what) {
    machine->ended = true;
    machine->has_trouble = true;
    machine->trouble.code = reply != NULL ? reply->code : 0;
    if (reply != NULL)
        machine->trouble.enhanced = reply->enhanced;
    char text[sizeof(machine->trouble.text)];
    int size;
    if (reply != NULL)
        size = snprintf(text, sizeof(text), "%s: %d %.200s", what, reply->code, reply->text);
    else
        size = snprintf(text, sizeof(text), "%s", what);
    size_t text_size = size < 0 ? 0 : (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1;
    smtp_copy_printable(machine->trouble.text, sizeof(machine->trouble.text), text, text_size);
    return false;
}

static bool is_refusal(int code) {
    return code >= 400;
}

static bool on_mail_reply(struct smtp_machine *machine, struct transaction *transaction,
                          const struct smtp_reply *reply) {
    if (reply->code >= 300 && reply->code < 400)
        return end_session(machine, reply, "the reply to MAIL makes no sense");
    transaction->phase = SMTP_PHASE_RCPT;
    if (!is_refusal(reply->code))
        return true;
    decide(transaction, SMTP_PHASE_MAIL, reply);
    /* With PIPELINING the replies to RCPT and DATA are still to come. */
    if (!machine->extensions.pipelining)
        settle_first(machine);
    return true;
}

static bool on_rcpt_reply(struct smtp_machine *machine, struct transaction *transaction,
                          const struct smtp_reply *reply) {
    if (reply->code >= 300 && reply->code < 400)
        return end_session(machine, reply, "the reply to RCPT makes no sense");
    transaction->phase = SMTP_PHASE_DATA;
    if (!is_refusal(reply->code))
        return true;
    decide(transaction, SMTP_PHASE_RCPT, reply);
    if (!machine->extensions.pipelining) {
        machine->envelope_open = true;
        settle_first(machine);
    }
    return true;
}

static bool on_data_reply(struct smtp_machine *machine, struct transaction *transaction,
                          const struct smtp_reply *reply) {
    if (is_refusal(reply->code)) {
        decide(transaction, SMTP_PHASE_DATA, reply);
        /* What MAIL opened is still open, unless it was MAIL that was refused; RFC 2920 §3.1 asks for RSET.
         */
        machine->envelope_open = transaction->result.phase != SMTP_PHASE_MAIL;
        settle_first(machine);
        return true;
    }
    if (reply->code != 354)
        return end_session(machine, reply, "the reply to DATA makes no sense");
    transaction->state = TRANSACTION_BODY;
    transaction->body_begin = machine->placed;
    /* Every recipient was refused and the server wants a body all the same: a single dot (RFC 2920 §3.1). */
    if (transaction->decided)
        smtp_body_begin(&transaction->body, "", 0);
    else
        smtp_body_begin(&transaction->body, transaction->mail->message, transaction->mail->message_size);
    return true;
}

static bool on_dot_reply(struct smtp_machine *machine, struct transaction *transaction,
                         const struct smtp_reply *reply) {
    if (reply->code >= 300 && reply->code < 400)
        return end_session(machine, reply, "the reply to the end of a message makes no sense");
    decide(transaction, SMTP_PHASE_DOT, reply);
    if (reply->code == 421)
        end_session(machine, reply, "the server closed the session");
    settle_first(machine);
    return !machine->ended;
}

static bool dispatch_reply(struct smtp_machine *machine, enum expected_kind kind,
                           const struct smtp_reply *reply) {
    struct transaction *first = &machine->transactions[0];
    switch (kind) {
    case EXPECTED_RSET:
        if (is_refusal(reply->code) || reply->code >= 300)
            return end_session(machine, reply, "the server refused RSET");
        return true;
    case EXPECTED_QUIT:
        machine->ended = true;
        return false;
    case EXPECTED_MAIL:
        machine->events.replied(machine->events.data, SMTP_PHASE_MAIL, reply->code);
        return on_mail_reply(machine, first, reply);
    case EXPECTED_RCPT:
        machine->events.replied(machine->events.data, SMTP_PHASE_RCPT, reply->code);
        return on_rcpt_reply(machine, first, reply);
    case EXPECTED_DATA:
        machine->events.replied(machine->events.data, SMTP_PHASE_DATA, reply->code);
        return on_data_reply(machine, first, reply);
    case EXPECTED_DOT:
        machine->events.replied(machine->events.data, SMTP_PHASE_DOT, reply->code);
        return on_dot_reply(machine, first, reply);
    }
    return false;
}

static bool on_reply(struct smtp_machine *machine, const struct smtp_reply *reply) {
    machine->progress++;
    machine->replies++;
    const struct expected *expected = &machine->expected[machine->expected_first];
    bool is_answer = machine->expected_count > 0 && expected->command_end <= machine->sent;
    /* 421 answers nothing but the dot: it ends the session, and no mail is at fault. */
    if (reply->code == 421 && !(is_answer && expected->kind >= EXPECTED_DOT))
        return end_session(machine, reply, "the server closed the session");
    if (!is_answer)
        return end_session(machine, reply, "the server said something that nothing had asked for");
    enum expected_kind kind = expected->kind;
    machine->expected_first = (machine->expected_first + 1) % EXPECTED_MOST;
    machine->expected_count--;
    bool goes_on = dispatch_reply(machine, kind, reply);
    if (goes_on)
        settle_unsent(machine);
    return goes_on;
}

bool smtp_machine_received(struct smtp_machine *machine, const char *bytes, size_t size) {
    while (!machine->ended) {
        enum smtp_reply_state state = smtp_reply_read(&machine->reader, &bytes, &size);
        if (state == SMTP_REPLY_INCOMPLETE)
            return true;
        if (state == SMTP_REPLY_MALFORMED)
            return end_session(machine, NULL, "the server sent something that is no SMTP reply");
        if (!on_reply(machine, &machine->reader.reply))
            return false;
    }
    return false;
}

const struct smtp_result *smtp_machine_trouble(const struct smtp_machine *machine) {
    return machine->has_trouble ? &machine->trouble : NULL;
}

enum smtp_wait smtp_machine_wait(const struct smtp_machine *machine) {
    static const enum smtp_wait waits[] = {
        [EXPECTED_RSET] = SMTP_WAIT_MAIL, [EXPECTED_MAIL] = SMTP_WAIT_MAIL, [EXPECTED_RCPT] = SMTP_WAIT_RCPT,
        [EXPECTED_DATA] = SMTP_WAIT_DATA, [EXPECTED_DOT] = SMTP_WAIT_DOT,   [EXPECTED_QUIT] = SMTP_WAIT_QUIT,
    };
    if (machine->expected_count > 0) {
        const struct expected *expected = &machine->expected[machine->expected_first];
        if (expected->kind == EXPECTED_DOT && expected->command_end > machine->sent)
            return SMTP_WAIT_BLOCK;
        return waits[expected->kind];
    }
    if (machine->transaction_count > 0)
        return machine->transactions[0].state == TRANSACTION_BODY ? SMTP_WAIT_BLOCK : SMTP_WAIT_MAIL;
    return machine->quitting ? SMTP_WAIT_QUIT : SMTP_WAIT_NONE;
}

uint64_t smtp_machine_progress(const struct smtp_machine *machine) {
    return machine->progress;
}

uint64_t smtp_machine_replies(const struct smtp_machine *machine) {
    return machine->replies;
}

static enum smtp_fate fate_at_close(const struct smtp_machine *machine,
                                    const struct transaction *transaction) {
    if (transaction->state == TRANSACTION_ENDED && machine->sent >= transaction->dot_end)
        return SMTP_FATE_AMBIGUOUS;
    if (transaction->state >= TRANSACTION_BODY && machine->sent > transaction->body_begin)
        return SMTP_FATE_BODY_BROKEN;
    return SMTP_FATE_PUT_BACK;
}

void smtp_machine_close(struct smtp_machine *machine, const char *reason) {
    machine->ended = true;
    while (machine->transaction_count > 0) {
        struct transaction *transaction = &machine->transactions[0];
        if (!transaction->decided) {
            struct smtp_result *result = &transaction->result;
            *result = machine->trouble; /* its code, if a reply ended the session */
            result->fate = fate_at_close(machine, transaction);
            result->phase = transaction->phase;
            if (reason != NULL)
                smtp_copy_printable(result->text, sizeof(result->text), reason, strlen(reason));
        }
        settle_first(machine);
    }
}
