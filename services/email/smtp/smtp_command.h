/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope's commands, with the parameters of the extensions that the server offers (RFC 1870, 6152,
 * 6531). */
#ifndef NOTIFY_EMAIL_SMTP_COMMAND_H
#define NOTIFY_EMAIL_SMTP_COMMAND_H

#include "smtp_machine.h"

enum {
    SMTP_PATH_MOST = 320,      /* RFC 5321 §4.5.3.1.3 allows 256; room for what a server may take beyond */
    SMTP_COMMAND_ROOM = 512,   /* no command is longer */
    SMTP_GROUP_ROOM = 3 * 512, /* RSET, MAIL, RCPT and DATA together */
};

/* NULL: the mail can be sent to this server; else why it cannot. */
const char *smtp_mail_unsupported(const struct smtp_mail *mail, const struct smtp_extensions *extensions);

/* Write the command with its CRLF to out (SMTP_COMMAND_ROOM) and return its size; the mail must be supported.
 */
size_t smtp_write_mail_command(const struct smtp_mail *mail, const struct smtp_extensions *extensions,
                               char *out);
size_t smtp_write_rcpt_command(const struct smtp_mail *mail, char *out);

#endif
