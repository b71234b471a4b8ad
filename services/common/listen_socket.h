/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket of an HTTP server. */
#ifndef NOTIFY_COMMON_LISTEN_SOCKET_H
#define NOTIFY_COMMON_LISTEN_SOCKET_H

#include "error.h"
#include "settings.h"

/* A bound, listening, non-blocking socket, or -1. An empty host is every address: IPv6 and IPv4 on one
 * socket, IPv4 alone where there is no IPv6. A name with several addresses is bound to the first that can be.
 * Exit status 78; the sentence names the address: "cannot listen on [::1]:8080: Address already in use". */
int listen_socket_open(const struct host_port *listen, struct error *error);
/* The port that it has, also when port 0 was asked for; 0: it cannot be told. */
uint16_t listen_socket_port(int descriptor);

#endif
