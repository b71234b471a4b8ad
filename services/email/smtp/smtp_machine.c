/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_command.h"
#include "smtp_machine_internal.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

bool smtp_machine_has_room(const struct smtp_machine *machine) {
    if (machine->ended || machine->quitting || machine->broken_off)
        return false;
    if (machine->transaction_count == 0)
        return true;
    const struct transaction *first = &machine->transactions[0];
    return machine->transaction_count == 1 && machine->extensions.pipelining &&
           first->state >= TRANSACTION_BODY;
}

void smtp_machine_settle_first(struct smtp_machine *machine) {
    struct smtp_mail *mail = machine->transactions[0].mail;
    struct smtp_result result = machine->transactions[0].result;
    machine->transaction_count--;
    if (machine->transaction_count > 0)
        machine->transactions[0] = machine->transactions[1];
    machine->events.settled(machine->events.data, mail, &result);
}

void smtp_machine_settle_unsent(struct smtp_machine *machine) {
    while (machine->transaction_count > 0 && machine->transactions[0].decided &&
           machine->transactions[0].state == TRANSACTION_GIVEN)
        smtp_machine_settle_first(machine);
}

void smtp_machine_give(struct smtp_machine *machine, struct smtp_mail *mail) {
    assert(smtp_machine_has_room(machine));
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
        smtp_machine_settle_unsent(machine);
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

void smtp_machine_quit(struct smtp_machine *machine) {
    machine->quitting = true;
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

/* Up to the dot all of it was accepted by send: the server may have the mail. */
static bool is_out(const struct smtp_machine *machine, const struct transaction *transaction) {
    return transaction->state == TRANSACTION_ENDED && machine->sent >= transaction->dot_end;
}

void smtp_machine_break_off(struct smtp_machine *machine) {
    machine->broken_off = machine->broken_off || machine->transaction_count > 0;
}

bool smtp_machine_is_broken_off(const struct smtp_machine *machine) {
    const struct transaction *first = &machine->transactions[0];
    bool awaits_reply = machine->transaction_count > 0 && !first->decided && is_out(machine, first);
    return machine->broken_off && !awaits_reply;
}

static enum smtp_fate fate_at_close(const struct smtp_machine *machine,
                                    const struct transaction *transaction) {
    if (is_out(machine, transaction))
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
        smtp_machine_settle_first(machine);
    }
}
