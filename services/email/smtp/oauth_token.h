/* SPDX-License-Identifier: Apache-2.0 */
/* The access token for AUTH OAUTHBEARER (RFC 7628) or XOAUTH2, from a file that something else renews. */
#ifndef NOTIFY_EMAIL_OAUTH_TOKEN_H
#define NOTIFY_EMAIL_OAUTH_TOKEN_H

#include "../../common/error.h"

/* In base64, with the user's name, it still fits the 12,288 octets that RFC 4954 §4 lets a server take. */
#define OAUTH_TOKEN_LONGEST 8192

struct oauth_token {
    char text[OAUTH_TOKEN_LONGEST + 2];
};

/* What the file holds now, without blanks and line ends around it. False: it cannot be read, or is no token;
 * the error never tells what is in it. Waits for nothing but a disk: a pipe is refused. Wiped on failure. */
bool oauth_token_read(struct oauth_token *token, const char *path, struct error *error);
/* Leaves nothing of it in memory. */
void oauth_token_wipe(struct oauth_token *token);

#endif
