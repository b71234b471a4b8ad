/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail addresses as SMTP takes them (RFC 5321 §4.1.2, §4.5.3.1; RFC 6531 for UTF-8). Neither libcurl nor an
 * SMTP server protects from CR LF in an address, so this does: what it accepts can be put on the wire between
 * < and >.
 */
#ifndef NOTIFY_COMMON_MAIL_ADDRESS_H
#define NOTIFY_COMMON_MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define MAIL_ADDRESS_MAX 254 /* octets: RFC 5321 §4.5.3.1.3 less the brackets (erratum 1690 of RFC 3696) */

enum mail_address_verdict {
    MAIL_ADDRESS_OK = 0,
    MAIL_ADDRESS_EMPTY,
    MAIL_ADDRESS_TOO_LONG,
    MAIL_ADDRESS_NO_AT,
    MAIL_ADDRESS_BAD_CHARACTER,
    MAIL_ADDRESS_BAD_LOCAL_PART,
    MAIL_ADDRESS_BAD_DOMAIN,         /* address literals ([192.0.2.1]) too */
    MAIL_ADDRESS_DOMAIN_WITHOUT_DOT, /* "localhost": no mail comes there from another host */
};

struct mail_address {
    char wire[MAIL_ADDRESS_MAX + 1]; /* local part as given, domain lower-cased and in A-labels (IDNA 2008) */
    bool needs_smtputf8;             /* the local part is not ASCII */
};

/* size: bytes of text, so that an embedded NUL is seen. address may be NULL to check only. */
enum mail_address_verdict mail_address_parse(const char *text, size_t size, struct mail_address *address);
/* Puts "***" in place of the local part of whatever looks like an address, in place: for what others wrote
 * and logs must not repeat (an SMTP server quotes the recipient that it refuses). */
void mail_address_mask(char *text);
/* A sentence part for people: "has no @". Static. */
const char *mail_address_verdict_text(enum mail_address_verdict verdict);

#endif
