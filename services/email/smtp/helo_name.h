/* SPDX-License-Identifier: Apache-2.0 */
/* What a client may call itself at EHLO (RFC 5321 §4.1.1.1): a domain name, or an address literal. Anything
 * else servers refuse, or it would be more than a name on the command line. */
#ifndef NOTIFY_EMAIL_HELO_NAME_H
#define NOTIFY_EMAIL_HELO_NAME_H

#include <stdbool.h>

/* A domain name in A-labels, "[192.0.2.1]" or "[IPv6:2001:db8::1]". An address without brackets is none. */
bool helo_name_is_valid(const char *name);

#endif
