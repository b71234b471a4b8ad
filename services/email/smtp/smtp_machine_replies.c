/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_machine_internal.h"
#include <stdio.h>
#include <string.h>

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
    if (machine->transaction_count > 0)
        machine->trouble.phase = machine->transactions[0].phase;
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
        smtp_machine_settle_first(machine);
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
        smtp_machine_settle_first(machine);
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
        smtp_machine_settle_first(machine);
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
    smtp_machine_settle_first(machine);
    machine->ended = machine->ended || machine->broken_off; /* the mail behind it gets no body */
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
        smtp_machine_settle_unsent(machine);
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
