/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SMTP machine against a server that decides at random, written from the RFCs alone. The server notes
 * what it got; from that, and from which of its replies were handed over before the end, follows what each
 * mail's outcome must be.
 */
#include "wire_log.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAILS = 24, BODY_MOST = 12000, WIRE_MOST = 64 * 1024, REPLIES_MOST = 512 };

/* What the server noted of one mail. */
struct noted {
    int mail_code, rcpt_code, data_code, dot_code;  /* 0: the command did not come */
    bool mail_told, rcpt_told, data_told, dot_told; /* the whole reply was handed to the client */
    bool body_begun, body_whole;
    char body[2 * BODY_MOST + 8];
    size_t body_size;
};

struct owed_reply {
    size_t end; /* where in the server's bytes it ends */
    int *code;  /* in struct noted; NULL: RSET's */
    bool *told;
};

struct server {
    struct random_source random;
    bool pipelining;
    bool reads_body, mail_open, rcpt_open;
    bool data_pending; /* DATA came, its reply is not handed over: nothing may come */
    size_t current;
    struct noted *noted; /* MAILS of them, by the number in the recipient */
    char line[WIRE_MOST];
    size_t line_size;
    char bytes[WIRE_MOST * 4]; /* what it says */
    size_t byte_count, handed_over;
    struct owed_reply owed[REPLIES_MOST];
    size_t owed_count, told_count;
};

static void say(struct server *server, int code, int *note, bool *told) {
    if (note != NULL)
        *note = code;
    ck_assert_uint_lt(server->owed_count, REPLIES_MOST);
    size_t lines = random_one_in(&server->random, 4) ? 1 + random_below(&server->random, 3) : 0;
    for (size_t line = 0; line <= lines; line++)
        server->byte_count += (size_t)sprintf(server->bytes + server->byte_count, "%d%ctext %zu%s", code,
                                              line < lines ? '-' : ' ', line,
                                              random_one_in(&server->random, 16) ? "\n" : "\r\n");
    ck_assert_uint_lt(server->byte_count, sizeof(server->bytes) - 1024);
    server->owed[server->owed_count++] = (struct owed_reply){server->byte_count, note, told};
}

static int choose(struct server *server, int good) {
    static const int refusals[] = {450, 451, 452, 550, 552, 554, 503};
    if (!random_one_in(&server->random, 4))
        return good;
    return refusals[random_below(&server->random, sizeof(refusals) / sizeof(refusals[0]))];
}

static void on_rcpt(struct server *server, const char *line) {
    unsigned number = 0;
    ck_assert_msg(sscanf(line, "RCPT TO:<m%u@example.com>", &number) == 1, "\"%s\"", line);
    ck_assert_uint_eq(number, server->current);
    struct noted *noted = &server->noted[number];
    int code = server->mail_open ? choose(server, 250) : 503;
    if (code == 250)
        server->rcpt_open = true;
    say(server, code, &noted->rcpt_code, &noted->rcpt_told);
}

static void on_data(struct server *server) {
    struct noted *noted = &server->noted[server->current];
    int code;
    if (server->rcpt_open)
        code = choose(server, 354);
    else
        code = random_one_in(&server->random, 3) ? 354 : server->mail_open ? 554 : 503;
    server->reads_body = code == 354;
    server->data_pending = true;
    say(server, code, &noted->data_code, &noted->data_told);
}

/* The return path carries the mail's number too, so that MAIL can be told apart. */
static void on_command(struct server *server, const char *line) {
    unsigned number = 0;
    if (sscanf(line, "MAIL FROM:<m%u@example.org>", &number) == 1) {
        ck_assert_msg(!server->mail_open, "MAIL inside an open envelope");
        server->current = number;
        struct noted *noted = &server->noted[number];
        ck_assert_msg(noted->mail_code == 0, "mail %u was sent twice", number);
        int code = choose(server, 250);
        server->mail_open = code == 250;
        say(server, code, &noted->mail_code, &noted->mail_told);
    } else if (strncmp(line, "RCPT", 4) == 0) {
        on_rcpt(server, line);
    } else if (strcmp(line, "DATA") == 0) {
        on_data(server);
    } else if (strcmp(line, "RSET") == 0) {
        ck_assert_msg(server->mail_open, "RSET without need");
        server->mail_open = server->rcpt_open = false;
        say(server, 250, NULL, NULL);
    } else {
        ck_abort_msg("the server cannot understand \"%s\"", line);
    }
}

/* Check writes a message for each assertion, held or not: too slow for each byte. */
static void require(bool holds, const char *otherwise) {
    if (!holds)
        ck_abort_msg("%s", otherwise);
}

static void on_body_line(struct server *server, const char *line, size_t size) {
    struct noted *noted = &server->noted[server->current];
    if (size == 1 && line[0] == '.') {
        noted->body_whole = true;
        server->reads_body = server->mail_open = server->rcpt_open = false;
        say(server, choose(server, 250), &noted->dot_code, &noted->dot_told);
        return;
    }
    size_t skip = size > 0 && line[0] == '.';
    memcpy(noted->body + noted->body_size, line + skip, size - skip);
    noted->body_size += size - skip;
    memcpy(noted->body + noted->body_size, "\r\n", 2);
    noted->body_size += 2;
    require(noted->body_size < sizeof(noted->body) - 4, "a body without end");
}

/* Takes what the client sent, at once. */
static void take(struct server *server, const char *bytes, size_t size) {
    for (size_t at = 0; at < size; at++) {
        require(!server->data_pending, "sent something while the reply to DATA was not known");
        if (!server->pipelining && !server->reads_body)
            require(server->told_count == server->owed_count, "sent a command before the last reply");
        if (server->reads_body)
            server->noted[server->current].body_begun = true;
        server->line[server->line_size++] = bytes[at];
        require(server->line_size < sizeof(server->line), "a line without end");
        size_t line_size = server->line_size;
        if (bytes[at] != '\n') {
            require(line_size < 2 || server->line[line_size - 2] != '\r', "a bare CR is on the wire");
            continue;
        }
        require(line_size >= 2 && server->line[line_size - 2] == '\r', "a bare LF is on the wire");
        server->line[line_size - 2] = '\0';
        server->line_size = 0;
        if (server->reads_body)
            on_body_line(server, server->line, line_size - 2);
        else
            on_command(server, server->line);
    }
}

/* Hands the next bytes of the server to the client. */
static bool hand_over(struct server *server, struct smtp_machine *machine, size_t size) {
    const char *bytes = server->bytes + server->handed_over;
    server->handed_over += size;
    while (server->told_count < server->owed_count &&
           server->owed[server->told_count].end <= server->handed_over) {
        struct owed_reply *reply = &server->owed[server->told_count++];
        if (reply->told != NULL)
            *reply->told = true;
    }
    if (server->told_count == server->owed_count)
        server->data_pending = false;
    return smtp_machine_received(machine, bytes, size);
}

struct test_mail {
    struct smtp_mail mail;
    char recipient[40], return_path[40];
    char message[BODY_MOST];
    char on_arrival[2 * BODY_MOST + 2]; /* what a server must see after unstuffing */
    size_t arrival_size;
};

/* Every way to end a line is a CRLF on arrival, and so is the end of the message. */
static void write_arrival(struct test_mail *mail) {
    const char *message = mail->mail.message;
    size_t size = mail->mail.message_size, out = 0;
    bool ended = true;
    for (size_t at = 0; at < size; at++) {
        ended = message[at] == '\r' || message[at] == '\n';
        if (!ended) {
            mail->on_arrival[out++] = message[at];
            continue;
        }
        if (message[at] == '\r' && at + 1 < size && message[at + 1] == '\n')
            at++;
        mail->on_arrival[out++] = '\r';
        mail->on_arrival[out++] = '\n';
    }
    if (!ended) {
        mail->on_arrival[out++] = '\r';
        mail->on_arrival[out++] = '\n';
    }
    mail->arrival_size = out;
}

static void make_mail(struct test_mail *mail, unsigned number, struct random_source *random) {
    static const char alphabet[] = "..\r\n\r\n\r\nab c";
    size_t size = random_one_in(random, 4) ? random_below(random, BODY_MOST) : random_below(random, 60);
    for (size_t at = 0; at < size; at++)
        mail->message[at] = alphabet[random_below(random, sizeof(alphabet) - 1)];
    snprintf(mail->recipient, sizeof(mail->recipient), "m%u@example.com", number);
    snprintf(mail->return_path, sizeof(mail->return_path), "m%u@example.org", number);
    mail->mail = (struct smtp_mail){
        .return_path = mail->return_path,
        .recipient = mail->recipient,
        .message = mail->message,
        .message_size = size,
    };
    write_arrival(mail);
}

/* What must have become of a mail, from the server's notes alone. */
static void check_outcome(const struct noted *noted, const struct smtp_result *result, const char *context) {
    enum smtp_fate fate = SMTP_FATE_REPLIED;
    enum smtp_phase phase = SMTP_PHASE_CONNECT;
    int code = 0;
    if (noted->mail_told && noted->mail_code != 250) {
        phase = SMTP_PHASE_MAIL;
        code = noted->mail_code;
    } else if (noted->rcpt_told && noted->rcpt_code != 250) {
        phase = SMTP_PHASE_RCPT;
        code = noted->rcpt_code;
    } else if (noted->data_told && noted->data_code != 354) {
        phase = SMTP_PHASE_DATA;
        code = noted->data_code;
    } else if (noted->dot_told) {
        phase = SMTP_PHASE_DOT;
        code = noted->dot_code;
    } else if (noted->body_whole) {
        fate = SMTP_FATE_AMBIGUOUS;
    } else if (noted->body_begun) {
        fate = SMTP_FATE_BODY_BROKEN;
    } else {
        fate = SMTP_FATE_PUT_BACK;
    }
    ck_assert_msg(result->fate == fate, "%s: %s, expected %s", context, smtp_fate_name(result->fate),
                  smtp_fate_name(fate));
    if (fate == SMTP_FATE_REPLIED)
        ck_assert_msg(result->phase == phase && result->code == code, "%s: %d at %s, expected %d at %s",
                      context, result->code, smtp_phase_name(result->phase), code, smtp_phase_name(phase));
}

struct run {
    struct server server;
    struct test_mail mails[MAILS];
    struct noted noted[MAILS];
    struct wire_log log;
    size_t given;
};

static void give_some(struct run *run, struct smtp_machine *machine, struct random_source *random) {
    while (run->given < MAILS && !random_one_in(random, 3) && smtp_machine_has_room(machine))
        smtp_machine_give(machine, &run->mails[run->given++].mail);
    ck_assert_uint_le(smtp_machine_mail_count(machine), run->server.pipelining ? 2 : 1);
}

static void send_some(struct run *run, struct smtp_machine *machine, struct random_source *random) {
    size_t size = 0;
    const char *bytes = smtp_machine_output(machine, &size);
    if (size == 0)
        return;
    size = random_one_in(random, 2) ? size : 1 + random_below(random, size);
    take(&run->server, bytes, size);
    smtp_machine_sent(machine, size);
}

/* How the session may end before all is done. */
enum ending { ORDERLY, BROKEN, GARBAGE, CLOSING, BROKEN_OFF, ENDINGS };

static bool is_owed_to_a_dot(const struct run *run, const struct owed_reply *reply) {
    bool found = false;
    for (size_t at = 0; at < MAILS; at++)
        found = found || reply->told == &run->noted[at].dot_told;
    return found;
}

/* What the server still says is heard byte by byte up to the end of the session, and nothing is sent any
 * more. */
static void break_off(struct run *run, struct smtp_machine *machine) {
    struct server *server = &run->server;
    bool goes_on = true;
    smtp_machine_break_off(machine);
    while (goes_on && server->handed_over < server->byte_count && !smtp_machine_is_broken_off(machine)) {
        goes_on = hand_over(server, machine, 1);
        size_t size = 0;
        smtp_machine_output(machine, &size);
        ck_assert(size == 0 || smtp_machine_mail_count(machine) == 0);
    }
}

static void end_early(struct run *run, struct smtp_machine *machine, enum ending ending) {
    struct server *server = &run->server;
    if (ending == BROKEN)
        return;
    if (ending == BROKEN_OFF) {
        break_off(run, machine);
        return;
    }
    /* A reply that was begun is finished; garbage or 421 takes the place of the next. */
    size_t begun = server->told_count == 0 ? 0 : server->owed[server->told_count - 1].end;
    if (server->handed_over > begun)
        ck_assert(hand_over(server, machine, server->owed[server->told_count].end - server->handed_over));
    if (ending == CLOSING && server->told_count < server->owed_count &&
        is_owed_to_a_dot(run, &server->owed[server->told_count])) {
        *server->owed[server->told_count].code = 421;
        *server->owed[server->told_count].told = true;
    }
    const char *text = ending == GARBAGE ? "nonsense\r\n" : "421 closing\r\n";
    ck_assert(!smtp_machine_received(machine, text, strlen(text)));
    ck_assert_ptr_nonnull(smtp_machine_trouble(machine));
}

static void play(uint64_t seed) {
    struct run *run = calloc(1, sizeof(*run));
    ck_assert_ptr_nonnull(run);
    struct random_source random = {seed};
    run->server.random = (struct random_source){seed ^ 0xabcdef};
    run->server.pipelining = !random_one_in(&random, 4);
    run->server.noted = run->noted;
    for (unsigned at = 0; at < MAILS; at++)
        make_mail(&run->mails[at], at, &random);
    struct smtp_extensions extensions = {.pipelining = run->server.pipelining};
    struct smtp_machine_events events = wire_log_events(&run->log);
    struct smtp_machine *machine = smtp_machine_new(&extensions, &events);
    ck_assert_ptr_nonnull(machine);

    enum ending ending = random_below(&random, ENDINGS);
    size_t steps_left = ending == ORDERLY ? SIZE_MAX : random_below(&random, 400);
    for (; run->log.settled_count < MAILS; steps_left--) {
        if (steps_left == 0) {
            end_early(run, machine, ending);
            break;
        }
        give_some(run, machine, &random);
        if (random_one_in(&random, 2))
            send_some(run, machine, &random);
        size_t unheard = run->server.byte_count - run->server.handed_over;
        if (unheard > 0 && random_one_in(&random, 2))
            ck_assert(hand_over(&run->server, machine, 1 + random_below(&random, unheard)));
    }
    smtp_machine_close(machine, "the test ends it");

    ck_assert_uint_eq(run->log.settled_count, run->given);
    for (size_t at = 0; at < run->given; at++) {
        char context[80];
        snprintf(context, sizeof(context), "seed %llu, mail %zu", (unsigned long long)seed, at);
        ck_assert_msg(run->log.settled[at] == &run->mails[at].mail, "%s: out of order", context);
        check_outcome(&run->noted[at], &run->log.results[at], context);
        bool accepted = run->noted[at].rcpt_code == 250 && run->noted[at].mail_code == 250;
        if (run->noted[at].body_whole && accepted)
            ck_assert_msg(
                run->noted[at].body_size == run->mails[at].arrival_size &&
                    memcmp(run->noted[at].body, run->mails[at].on_arrival, run->mails[at].arrival_size) == 0,
                "%s: the message changed on the way", context);
        else if (run->noted[at].body_whole)
            ck_assert_msg(run->noted[at].body_size == 0, "%s: a refused recipient got a body", context);
    }
    smtp_machine_free(machine);
    free(run);
}

START_TEST(outcomes_follow_from_what_the_server_saw) {
    for (uint64_t seed = 1; seed <= 200; seed++)
        play((uint64_t)_i * 1000 + seed);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp properties");
    TCase *cases = tcase_create("random servers");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, outcomes_follow_from_what_the_server_saw, 0, 5);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
