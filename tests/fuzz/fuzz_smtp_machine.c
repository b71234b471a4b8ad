/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SMTP machine against a server that says anything at any time. The input is a list of steps: raw bytes
 * of the server, one of its usual replies, so many bytes taken by the socket, another mail given, the session
 * broken off. Whatever comes, each mail is settled once and in order, no bare CR or LF is on the wire, and a
 * mail that was not wholly sent is never AMBIGUOUS.
 */
#include "email/smtp/smtp_machine.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAILS = 16 };

struct session {
    struct smtp_machine *machine;
    struct smtp_mail mails[MAILS];
    size_t given, settled, ambiguous;
    size_t
        dots_sent; /* "\r\n.\r\n" seen on the wire: no more mails than these can be ambiguous or accepted */
    size_t accepted;
    char tail[5];
    char last;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void on_settled(void *data, struct smtp_mail *mail, const struct smtp_result *result) {
    struct session *session = data;
    require(mail == &session->mails[session->settled]);
    require(memchr(result->text, '\0', sizeof(result->text)) != NULL);
    for (const char *at = result->text; *at != '\0'; at++)
        require(*at >= ' ' && *at <= '~');
    bool is_accepted = result->fate == SMTP_FATE_REPLIED && result->phase == SMTP_PHASE_DOT;
    session->ambiguous += result->fate == SMTP_FATE_AMBIGUOUS;
    session->accepted += is_accepted;
    require(session->ambiguous <= 1);
    require(session->accepted + session->ambiguous <= session->dots_sent);
    session->settled++;
}

static void on_replied(void *data, enum smtp_phase phase, int code) {
    (void)data;
    require(phase != SMTP_PHASE_CONNECT && code >= 200 && code < 600);
}

static void look_at(struct session *session, const char *bytes, size_t size) {
    for (size_t at = 0; at < size; at++) {
        require((session->last == '\r') == (bytes[at] == '\n'));
        session->last = bytes[at];
        memmove(session->tail, session->tail + 1, sizeof(session->tail) - 1);
        session->tail[sizeof(session->tail) - 1] = bytes[at];
        session->dots_sent += memcmp(session->tail, "\r\n.\r\n", 5) == 0;
    }
}

static void give(struct session *session) {
    if (session->given < MAILS && smtp_machine_has_room(session->machine)) {
        struct smtp_mail *mail = &session->mails[session->given++];
        smtp_machine_give(session->machine, mail);
    }
}

static void take_output(struct session *session, size_t most) {
    size_t size = 0;
    const char *bytes = smtp_machine_output(session->machine, &size);
    size = size < most ? size : most;
    look_at(session, bytes, size);
    smtp_machine_sent(session->machine, size);
}

/* One step; false: the machine ended the session. */
static bool step(struct session *session, const uint8_t **data, size_t *size) {
    static const char *const replies[] = {"250 2.0.0 ok\r\n", "354 go\r\n", "550 5.1.1 no\r\n",
                                          "451-a\r\n451 b\r\n", "421 closing\r\n"};
    uint8_t code = **data;
    ++*data;
    --*size;
    size_t amount = code >> 3;
    switch (code & 7) {
    case 0:
        amount = amount < *size ? amount : *size;
        const char *raw = (const char *)*data;
        *data += amount;
        *size -= amount;
        return smtp_machine_received(session->machine, raw, amount);
    case 6:
        take_output(session, amount == 31 ? SIZE_MAX : amount);
        return true;
    case 7:
        if (amount == 31)
            smtp_machine_break_off(session->machine);
        else
            give(session);
        return true;
    default:
        return smtp_machine_received(session->machine, replies[(code & 7) - 1],
                                     strlen(replies[(code & 7) - 1]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    struct session session = {0};
    const struct smtp_machine_events events = {
        .settled = on_settled, .replied = on_replied, .data = &session};
    const struct smtp_extensions extensions = {
        .pipelining = data[0] & 1, .size = data[0] & 2, .size_limit = 10000, .eight_bit_mime = data[0] & 4};
    size_t message_size = data[1] < size - 2 ? data[1] : size - 2;
    for (size_t at = 0; at < MAILS; at++)
        session.mails[at] = (struct smtp_mail){.return_path = "b@example.org",
                                               .recipient = "a@example.com",
                                               .message = (const char *)data + 2,
                                               .message_size = at % 3 == 2 ? 0 : message_size,
                                               .needs_smtputf8 = at % 5 == 4};
    data += 2 + message_size;
    size -= 2 + message_size;
    session.machine = smtp_machine_new(&extensions, &events);
    require(session.machine != NULL);
    while (size > 0 && step(&session, &data, &size))
        smtp_machine_wait(session.machine);
    smtp_machine_close(session.machine, NULL);
    require(session.settled == session.given && smtp_machine_mail_count(session.machine) == 0);
    smtp_machine_free(session.machine);
    return 0;
}
