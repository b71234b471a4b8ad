/* SPDX-License-Identifier: Apache-2.0 */
/* Which e-mail address and name a person may have who is mailed. */
#ifndef NOTIFY_WEB_FIELD_RULES_H
#define NOTIFY_WEB_FIELD_RULES_H

#include "common/mail_address.h"

#define NAME_MAX_CHARACTERS 64
#define NAME_SIZE (NAME_MAX_CHARACTERS * 4 + 1)

/* NULL: allowed, and name holds it without blanks at its ends. Else a sentence for the person who typed it. A
 * name goes into a mail once its owner confirmed the address; until then it could be a stranger's
 * advertisement, so it must not look like markup or a link. */
const char *name_check(const char *text, size_t size, char name[NAME_SIZE]);

/* NULL: allowed, and address is filled. Else a sentence. Blanks at the ends are dropped. */
const char *email_check(const char *text, size_t size, struct mail_address *address);

/* What two spellings of one mailbox have in common: cooldown and confirmation go by it. Almost every server
 * takes the local part in any case, and whoever floods a mailbox would vary the case. */
void address_key(const struct mail_address *address, char key[MAIL_ADDRESS_MAX + 1]);

#endif
