/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_command.h"
#include "smtp_machine_internal.h"
#include <assert.h>
#include <string.h>

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
    bool is_silent = machine->ended || machine->broken_off;
    if (machine->output_begin == machine->output_end && !is_silent) {
        machine->output_begin = machine->output_end = 0;
        fill_output(machine);
    }
    *size = is_silent ? 0 : machine->output_end - machine->output_begin;
    return machine->output + machine->output_begin;
}

void smtp_machine_sent(struct smtp_machine *machine, size_t size) {
    assert(size <= machine->output_end - machine->output_begin);
    machine->output_begin += size;
    machine->sent += size;
    machine->progress += size > 0;
}
