/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to the SMTP server: TCP, TLS, greeting, EHLO, STARTTLS and AUTH are through when it is handed
 * over, then it is a plain stream of bytes. Below this header libcurl does the work, and nothing above it
 * knows libcurl.
 */
#ifndef NOTIFY_EMAIL_SMTP_CONNECTION_H
#define NOTIFY_EMAIL_SMTP_CONNECTION_H

#include "smtp_connector.h"
#include "smtp_machine.h"

struct smtp_connection;

struct smtp_connection_events {
    void (*connected)(void *data);
    /* It could not be made; code: the server's refusal, 0: none. Close it. */
    void (*failed)(void *data, int code, const char *text);
    /* Bytes may have come, or there may be room for more. */
    void (*ready)(void *data);
    void *data;
};

/* NULL: no memory, no token, or libcurl refuses; no event came. */
struct smtp_connection *smtp_connection_open(struct smtp_connector *connector,
                                             const struct smtp_connection_events *events,
                                             struct error *error);
/* Whether TCP is through: from there on it is the greeting that is waited for. */
bool smtp_connection_has_tcp(const struct smtp_connection *connection);
const struct smtp_extensions *smtp_connection_extensions(const struct smtp_connection *connection);

enum smtp_transfer { SMTP_TRANSFER_DONE, SMTP_TRANSFER_AGAIN, SMTP_TRANSFER_CLOSED };
enum smtp_transfer smtp_connection_send(struct smtp_connection *connection, const char *bytes, size_t size,
                                        size_t *sent);
/* Until AGAIN: with TLS, bytes may lie in a buffer that no poll shows. */
enum smtp_transfer smtp_connection_receive(struct smtp_connection *connection, char *bytes, size_t room,
                                           size_t *received);
void smtp_connection_want_write(struct smtp_connection *connection, bool on);
/* At once and without a word to the server; no event comes any more. */
void smtp_connection_close(struct smtp_connection *connection);

#endif
