/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialogues written out: what the server says, what must be on the wire before it says the next thing, and
 * what becomes of each mail. Each is played with the server's bytes whole, split at every place, byte by byte
 * and in random pieces, and with a socket that takes everything, a byte at a time, or random amounts.
 */
#include "wire_log.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

enum { MAILS_MOST = 4, STEPS_MOST = 16, WIRE_MOST = 16384 };

enum offer { BARE = 0, PIPELINING = 1, SIZE_2000 = 2, EIGHT_BIT = 4, UTF8 = 8 };

struct expected_result {
    enum smtp_fate fate;
    enum smtp_phase phase;
    int code;
    struct smtp_enhanced_code enhanced;
    const char *text; /* NULL: any */
};

struct step {
    const char *client; /* what the client must have sent since the step before */
    const char *server; /* what is said then; NULL: the connection breaks */
};

struct dialogue {
    const char *name;
    unsigned offer;
    struct smtp_mail mails[MAILS_MOST];
    struct step steps[STEPS_MOST]; /* ends with both NULL: broken, after the last client text */
    struct expected_result results[MAILS_MOST];
    bool ends; /* the machine itself ends the session at the last step's bytes */
};

#define MAIL(to, text)                                                                                       \
    {                                                                                                        \
        .return_path = "bounce@example.org", .recipient = to, .message = text,                               \
        .message_size = sizeof(text) - 1                                                                     \
    }
#define SENT(text)                                                                                           \
    { SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 250, {0}, text }
#define FROM "MAIL FROM:<bounce@example.org>\r\n"
#define FROM_SIZE(size) "MAIL FROM:<bounce@example.org> SIZE=" size "\r\n"
#define GROUP(to) FROM "RCPT TO:<" to ">\r\nDATA\r\n"

static const struct dialogue dialogues[] = {
    {
        .name = "one mail over PIPELINING",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "Subject: x\r\n\r\nHello\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"Subject: x\r\n\r\nHello\r\n.\r\n", "250 queued as 1\r\n"}},
        .results = {SENT("queued as 1")},
    },
    {
        .name = "one mail without PIPELINING, one command at a time",
        .offer = BARE,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{FROM, "250 ok\r\n"},
                  {"RCPT TO:<a@example.com>\r\n", "251 will forward\r\n"},
                  {"DATA\r\n", "354 go\r\n"},
                  {"x\r\n.\r\n", "250 queued\r\n"}},
        .results = {SENT("queued")},
    },
    {
        .name = "two mails without PIPELINING do not touch",
        .offer = BARE,
        .mails = {MAIL("a@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{FROM, "250 ok\r\n"},
                  {"RCPT TO:<a@example.com>\r\n", "250 ok\r\n"},
                  {"DATA\r\n", "354 go\r\n"},
                  {"x\r\n.\r\n", "250 one\r\n"},
                  {FROM, "250 ok\r\n"},
                  {"RCPT TO:<b@example.com>\r\n", "250 ok\r\n"},
                  {"DATA\r\n", "354 go\r\n"},
                  {"y\r\n.\r\n", "250 two\r\n"}},
        .results = {SENT("one"), SENT("two")},
    },
    {
        .name = "the next group travels with the dot (RFC 2920 3.1)",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n"),
                  MAIL("c@example.com", "z\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"x\r\n.\r\n" GROUP("b@example.com"), "250 one\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"y\r\n.\r\n" GROUP("c@example.com"), "250 two\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"z\r\n.\r\n", "250 three\r\n"}},
        .results = {SENT("one"), SENT("two"), SENT("three")},
    },
    {
        .name = "Postfix: replies with enhanced codes; SIZE and BODY",
        .offer = PIPELINING | SIZE_2000 | EIGHT_BIT,
        .mails = {{.return_path = "bounce@example.org",
                   .recipient = "a@example.com",
                   .message = "\xc3\xa4\r\n",
                   .message_size = 4,
                   .has_8bit = true},
                  MAIL("b@example.com", "y\r\n")},
        .steps =
            {{"MAIL FROM:<bounce@example.org> SIZE=4 BODY=8BITMIME\r\nRCPT TO:<a@example.com>\r\nDATA\r\n",
              "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n"},
             {"\xc3\xa4\r\n.\r\n" FROM_SIZE("3") "RCPT TO:<b@example.com>\r\nDATA\r\n",
              "250 2.0.0 Ok: queued as 4XyzAB1cDz1k\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"
              "354 End data with <CR><LF>.<CR><LF>\r\n"},
             {"y\r\n.\r\n", "250 2.0.0 Ok: queued as 4XyzAB1cDz1l\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 250, {2, 0, 0}, "Ok: queued as 4XyzAB1cDz1k"},
                    {SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 250, {2, 0, 0}, "Ok: queued as 4XyzAB1cDz1l"}},
    },
    {
        .name = "Postfix: unknown user; DATA is refused, RSET goes before the next MAIL, in one group",
        .offer = PIPELINING,
        .mails = {MAIL("no@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{GROUP("no@example.com"),
                   "250 2.1.0 Ok\r\n550 5.1.1 <no@example.com>: Recipient address rejected: User unknown\r\n"
                   "554 5.5.1 Error: no valid recipients\r\n"},
                  {"RSET\r\n" GROUP("b@example.com"),
                   "250 2.0.0 Ok\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go\r\n"},
                  {"y\r\n.\r\n", "250 2.0.0 Ok\r\n"}},
        .results = {{SMTP_FATE_REPLIED,
                     SMTP_PHASE_RCPT,
                     550,
                     {5, 1, 1},
                     "<no@example.com>: Recipient address rejected: User unknown"},
                    {SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 250, {2, 0, 0}, NULL}},
    },
    {
        .name = "354 after a refused RCPT is answered by a dot, and the RCPT decides",
        .offer = PIPELINING,
        .mails = {MAIL("no@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{GROUP("no@example.com"), "250 ok\r\n452 4.2.2 full\r\n354 go\r\n"},
                  {".\r\n" GROUP("b@example.com"),
                   "554 no valid recipients\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"y\r\n.\r\n", "250 done\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_RCPT, 452, {4, 2, 2}, "full"}, SENT("done")},
    },
    {
        .name = "MAIL refused: the 503s that follow are its own, and there is nothing to reset",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{GROUP("a@example.com"), "451 4.3.0 try later\r\n503 need MAIL\r\n503 need MAIL\r\n"},
                  {GROUP("b@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"y\r\n.\r\n", "250 done\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_MAIL, 451, {4, 3, 0}, "try later"}, SENT("done")},
    },
    {
        .name = "without PIPELINING a refused RCPT is followed by RSET",
        .offer = BARE,
        .mails = {MAIL("no@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{FROM, "250 ok\r\n"},
                  {"RCPT TO:<no@example.com>\r\n", "550 no\r\n"},
                  {"RSET\r\n", "250 ok\r\n"},
                  {FROM, "451 wait\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_RCPT, 550, {0}, "no"},
                    {SMTP_FATE_REPLIED, SMTP_PHASE_MAIL, 451, {0}, "wait"}},
    },
    {
        .name = "DATA refused with a good RCPT: its own code, then RSET",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n451 no disk\r\n"},
                  {"RSET\r\n" GROUP("b@example.com"), "500 what?\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_DATA, 451, {0}, "no disk"},
                    {SMTP_FATE_PUT_BACK, SMTP_PHASE_MAIL, 500, {0}, NULL}},
        .ends = true,
    },
    {
        .name = "the message is refused at the dot; no RSET is needed then",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"x\r\n.\r\n" GROUP("b@example.com"), "554 5.6.0 no\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"y\r\n.\r\n", "450 4.2.0 greylisted\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 554, {5, 6, 0}, "no"},
                    {SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 450, {4, 2, 0}, "greylisted"}},
    },
    {
        .name = "dots are doubled, an empty line and a missing newline survive",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", ".\r\n..\r\n\r\n.x\r\na.b"), MAIL("b@example.com", "")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"..\r\n...\r\n\r\n..x\r\na.b\r\n.\r\n" GROUP("b@example.com"),
                   "250 one\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
                  {".\r\n", "250 two\r\n"}},
        .results = {SENT("one"), SENT("two")},
    },
    {
        .name = "a bare LF or CR cannot smuggle the end of the message",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\n.\nMAIL FROM:<evil>\r.\ry\n.\r\nz\r\n.\nw\r")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"x\r\n..\r\nMAIL FROM:<evil>\r\n..\r\ny\r\n..\r\nz\r\n..\r\nw\r\n.\r\n", "250 one\r\n"}},
        .results = {SENT("one")},
    },
    {
        .name = "replies of several lines",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{GROUP("a@example.com"), "250-ok\r\n250-\r\n250 really\r\n250\r\n354-now\r\n354 go\r\n"},
                  {"x\r\n.\r\n",
                   "550-5.7.1 Our system\r\n550-5.7.1 dislikes\r\n550 5.7.1 this\tmail\x01\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 550, {5, 7, 1}, "Our system dislikes this mail?"}},
    },
    {
        .name = "lines that end with a bare LF, and a class that contradicts the code",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\n250 ok\n354 go\n"}, {"x\r\n.\r\n", "450 5.1.1 odd\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 450, {0}, "5.1.1 odd"}},
    },
    {
        .name = "connection lost after the dot: ambiguous, and only this mail",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"x\r\n.\r\n" GROUP("b@example.com"), NULL}},
        .results = {{SMTP_FATE_AMBIGUOUS, SMTP_PHASE_DOT, 0, {0}, "lost"},
                    {SMTP_FATE_PUT_BACK, SMTP_PHASE_MAIL, 0, {0}, "lost"}},
    },
    {
        .name = "421 for an envelope: nobody is charged",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n421 4.3.2 closing\r\n"}},
        .results = {{SMTP_FATE_PUT_BACK, SMTP_PHASE_RCPT, 421, {4, 3, 2}, NULL}},
        .ends = true,
    },
    {
        .name = "421 for DATA after a refused RCPT: the refusal stands",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n550 no\r\n421 closing\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_RCPT, 550, {0}, "no"}},
        .ends = true,
    },
    {
        .name = "421 at the dot is the dot's reply, and the mail behind is put back",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n"), MAIL("b@example.com", "y\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"x\r\n.\r\n" GROUP("b@example.com"), "421 4.7.0 too many\r\n"}},
        .results = {{SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 421, {4, 7, 0}, "too many"},
                    {SMTP_FATE_PUT_BACK, SMTP_PHASE_MAIL, 421, {4, 7, 0}, NULL}},
        .ends = true,
    },
    {
        .name = "garbage after the dot: ambiguous",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"x\r\n.\r\n", "HTTP/1.1 400\r\n"}},
        .results = {{SMTP_FATE_AMBIGUOUS, SMTP_PHASE_DOT, 0, {0}, NULL}},
        .ends = true,
    },
    {
        .name = "codes that change within a reply",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{GROUP("a@example.com"), "250-ok\r\n251 what\r\n"}},
        .results = {{SMTP_FATE_PUT_BACK, SMTP_PHASE_MAIL, 0, {0}, NULL}},
        .ends = true,
    },
    {
        .name = "a reply too many",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"x\r\n.\r\n", "250 done\r\n250 and more\r\n"}},
        .results = {SENT("done")},
        .ends = true,
    },
    {
        .name = "250 where 354 is due",
        .offer = PIPELINING,
        .mails = {MAIL("a@example.com", "x\r\n")},
        .steps = {{GROUP("a@example.com"), "250 ok\r\n250 ok\r\n250 ok\r\n"}},
        .results = {{SMTP_FATE_PUT_BACK, SMTP_PHASE_DATA, 250, {0}, NULL}},
        .ends = true,
    },
    {
        .name = "what the server does not support is settled in its turn, with nothing on the wire",
        .offer = PIPELINING | SIZE_2000,
        .mails =
            {MAIL("a@example.com", "x\r\n"),
             {.return_path = "",
              .recipient = "\xc3\xa4@example.com",
              .message = "y\r\n",
              .message_size = 3,
              .needs_smtputf8 = true},
             {.return_path = "", .recipient = "b@example.com", .message = "", .message_size = 2001},
             {.return_path = "", .recipient = "b@example.com>\r\nRSET", .message = "", .message_size = 0}},
        .steps = {{FROM_SIZE("3") "RCPT TO:<a@example.com>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"x\r\n.\r\n", "250 one\r\n"}},
        .results = {SENT("one"),
                    {SMTP_FATE_UNSUPPORTED, SMTP_PHASE_MAIL, 0, {0}, NULL},
                    {SMTP_FATE_UNSUPPORTED, SMTP_PHASE_MAIL, 0, {0}, NULL},
                    {SMTP_FATE_UNSUPPORTED, SMTP_PHASE_MAIL, 0, {0}, NULL}},
    },
    {
        .name = "a sender that needs SMTPUTF8 where it is not offered",
        .offer = PIPELINING | EIGHT_BIT,
        .mails = {{.return_path = "\xc3\xa4@example.com",
                   .recipient = "a@example.com",
                   .message = "y\r\n",
                   .message_size = 3,
                   .needs_smtputf8 = true}},
        .results = {{SMTP_FATE_UNSUPPORTED,
                     SMTP_PHASE_MAIL,
                     0,
                     {0},
                     "the SMTP server does not offer SMTPUTF8, which an address of this mail needs"}},
    },
    {
        .name = "a sender that needs SMTPUTF8 where it is offered",
        .offer = PIPELINING | UTF8 | EIGHT_BIT,
        .mails = {{.return_path = "\xc3\xa4@example.com",
                   .recipient = "a@example.com",
                   .message = "y\r\n",
                   .message_size = 3,
                   .needs_smtputf8 = true}},
        .steps = {{"MAIL FROM:<\xc3\xa4@example.com> SMTPUTF8\r\nRCPT TO:<a@example.com>\r\nDATA\r\n",
                   "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"y\r\n.\r\n", "250 one\r\n"}},
        .results = {SENT("one")},
    },
    {
        .name = "SMTPUTF8 where it is offered",
        .offer = PIPELINING | UTF8 | EIGHT_BIT,
        .mails = {{.return_path = "",
                   .recipient = "\xc3\xa4@example.com",
                   .message = "y\r\n",
                   .message_size = 3,
                   .needs_smtputf8 = true}},
        .steps = {{"MAIL FROM:<> SMTPUTF8\r\nRCPT TO:<\xc3\xa4@example.com>\r\nDATA\r\n",
                   "250 ok\r\n250 ok\r\n354 go\r\n"},
                  {"y\r\n.\r\n", "250 one\r\n"}},
        .results = {SENT("one")},
    },
};

enum pieces { WHOLE, SPLIT_ONCE, BYTE_BY_BYTE, RANDOM };

struct player {
    const struct dialogue *dialogue;
    struct smtp_mail mails[MAILS_MOST];
    size_t mail_count, given;
    struct wire_log log;
    struct smtp_machine *machine;
    enum pieces pieces;
    size_t split_at, fed; /* of all the server's bytes */
    struct random_source random;
    char sent[WIRE_MOST];
    size_t sent_size;
};

static void give_what_fits(struct player *player) {
    while (player->given < player->mail_count && smtp_machine_has_room(player->machine))
        smtp_machine_give(player->machine, &player->mails[player->given++]);
}

static void send_all(struct player *player) {
    for (;;) {
        give_what_fits(player);
        size_t size = 0;
        const char *bytes = smtp_machine_output(player->machine, &size);
        if (size == 0)
            return;
        if (player->pieces == BYTE_BY_BYTE)
            size = 1;
        else if (player->pieces == RANDOM)
            size = 1 + random_below(&player->random, size);
        ck_assert_uint_le(player->sent_size + size, sizeof(player->sent));
        memcpy(player->sent + player->sent_size, bytes, size);
        player->sent_size += size;
        smtp_machine_sent(player->machine, size);
    }
}

/* False: the machine ended the session. */
static bool say(struct player *player, const char *text) {
    size_t size = strlen(text);
    while (size > 0) {
        size_t part = size;
        if (player->pieces == BYTE_BY_BYTE)
            part = 1;
        else if (player->pieces == RANDOM)
            part = 1 + random_below(&player->random, size);
        else if (player->pieces == SPLIT_ONCE && player->fed < player->split_at &&
                 player->fed + size > player->split_at)
            part = player->split_at - player->fed;
        player->fed += part;
        if (!smtp_machine_received(player->machine, text, part))
            return false;
        text += part;
        size -= part;
        /* Only whole replies can be answered; what is sent early shows as a difference in the next step's
         * text. */
        if (size > 0)
            send_all(player);
    }
    return true;
}

static void check_result(const struct player *player, size_t at) {
    const struct expected_result *expected = &player->dialogue->results[at];
    const struct smtp_result *result = &player->log.results[at];
    ck_assert_ptr_eq(player->log.settled[at], &player->mails[at]);
    ck_assert_msg(result->fate == expected->fate && result->phase == expected->phase &&
                      result->code == expected->code,
                  "%s, mail %zu: %s at %s with %d, expected %s at %s with %d", player->dialogue->name, at,
                  smtp_fate_name(result->fate), smtp_phase_name(result->phase), result->code,
                  smtp_fate_name(expected->fate), smtp_phase_name(expected->phase), expected->code);
    ck_assert_int_eq(result->enhanced.class, expected->enhanced.class);
    ck_assert_int_eq(result->enhanced.subject, expected->enhanced.subject);
    ck_assert_int_eq(result->enhanced.detail, expected->enhanced.detail);
    if (expected->text != NULL)
        ck_assert_str_eq(result->text, expected->text);
}

static size_t play(const struct dialogue *dialogue, enum pieces pieces, size_t split_at, uint64_t seed) {
    struct player player = {.dialogue = dialogue, .pieces = pieces, .split_at = split_at, .random = {seed}};
    memcpy(player.mails, dialogue->mails, sizeof(player.mails));
    while (player.mail_count < MAILS_MOST && dialogue->mails[player.mail_count].recipient != NULL)
        player.mail_count++;
    struct smtp_extensions extensions = {
        .pipelining = dialogue->offer & PIPELINING,
        .size = dialogue->offer & SIZE_2000,
        .size_limit = dialogue->offer & SIZE_2000 ? 2000 : 0,
        .eight_bit_mime = dialogue->offer & EIGHT_BIT,
        .smtputf8 = dialogue->offer & UTF8,
    };
    struct smtp_machine_events events = wire_log_events(&player.log);
    player.machine = smtp_machine_new(&extensions, &events);
    ck_assert_ptr_nonnull(player.machine);

    bool goes_on = true;
    for (const struct step *step = dialogue->steps; step->client != NULL; step++) {
        send_all(&player);
        player.sent[player.sent_size] = '\0';
        ck_assert_msg(strcmp(player.sent, step->client) == 0, "%s: sent \"%s\", expected \"%s\"",
                      dialogue->name, player.sent, step->client);
        player.sent_size = 0;
        if (step->server == NULL)
            break;
        goes_on = say(&player, step->server);
        ck_assert_msg(goes_on || step[1].client == NULL, "%s: ended before its last step", dialogue->name);
    }
    if (goes_on) {
        send_all(&player);
        ck_assert_msg(player.sent_size == 0, "%s: %zu bytes too many", dialogue->name, player.sent_size);
    }
    ck_assert_msg(goes_on == !dialogue->ends, "%s: %s", dialogue->name, goes_on ? "goes on" : "has ended");
    ck_assert_int_eq(smtp_machine_trouble(player.machine) != NULL, dialogue->ends);
    smtp_machine_close(player.machine, dialogue->ends ? NULL : "lost");
    ck_assert_uint_eq(player.log.settled_count, player.given);
    ck_assert_uint_eq(player.given, player.mail_count);
    for (size_t at = 0; at < player.mail_count; at++)
        check_result(&player, at);
    smtp_machine_free(player.machine);
    return player.fed;
}

START_TEST(each_dialogue_ends_as_written_however_it_is_split) {
    const struct dialogue *dialogue = &dialogues[_i];
    size_t server_bytes = play(dialogue, WHOLE, 0, 0);
    for (size_t at = 1; at < server_bytes; at++)
        play(dialogue, SPLIT_ONCE, at, 0);
    play(dialogue, BYTE_BY_BYTE, 0, 0);
    for (uint64_t seed = 1; seed <= 200; seed++)
        play(dialogue, RANDOM, 0, seed);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp dialogues");
    TCase *cases = tcase_create("dialogues");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, each_dialogue_ends_as_written_however_it_is_split, 0,
                        (int)(sizeof(dialogues) / sizeof(dialogues[0])));
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
