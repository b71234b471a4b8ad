/* SPDX-License-Identifier: Apache-2.0 */
/* A mailbox as people write it: an address, or a name and an address in angle brackets (RFC 5322 §3.4).
 * Private. */
#ifndef NOTIFY_EMAIL_MAILBOX_H
#define NOTIFY_EMAIL_MAILBOX_H

#include "../../common/error.h"
#include "../../common/mail_address.h"

#define MAILBOX_NAME_SIZE 256

struct mailbox {
    char name[MAILBOX_NAME_SIZE]; /* UTF-8, without quotes; "": none */
    struct mail_address address;
};

bool mailbox_parse(const char *text, struct mailbox *mailbox, struct error *error);

#endif
