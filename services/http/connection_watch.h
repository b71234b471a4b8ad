/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends connections that take too long. libmicrohttpd's own time-out is one of inactivity only: a client that
 * sends a byte now and then would hold its connection for ever. A thread looks at every deadline twice a
 * second; a request that was begun and not finished in time is answered 408.
 */
#ifndef NOTIFY_HTTP_CONNECTION_WATCH_H
#define NOTIFY_HTTP_CONNECTION_WATCH_H

#include "common/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum connection_phase {
    CONNECTION_IDLE,       /* no request line yet, or none since the last response */
    CONNECTION_RECEIVING,  /* a request is on its way: 408 is possible, since nothing was answered yet */
    CONNECTION_WORKING,    /* the request is complete and being worked on: no deadline of its own */
    CONNECTION_RESPONDING, /* the response is on its way */
};

struct connection_watch;
struct watched_connection;

struct connection_limits {
    int64_t request_ms;  /* from the first byte (or the accept) to the end of the body */
    int64_t idle_ms;     /* between requests */
    int64_t response_ms; /* for the client to take the response */
};

bool connection_watch_start(struct connection_watch **watch_out, const struct connection_limits *limits,
                            struct error *error);
/* After the last connection was removed. */
void connection_watch_stop(struct connection_watch *watch);

/* The socket stays the caller's; it must not be closed before connection_watch_remove(). NULL: no memory. */
struct watched_connection *connection_watch_add(struct connection_watch *watch, int socket);
void connection_watch_remove(struct connection_watch *watch, struct watched_connection *connection);
/* False: it was too late; the connection is being ended, nothing should be written to it. */
bool connection_watch_enter(struct connection_watch *watch, struct watched_connection *connection,
                            enum connection_phase phase);

/* Writes a whole small response past libmicrohttpd, which refuses to answer within a body, and shuts the
 * socket down. */
void connection_refuse(int socket, const char *response, size_t size);

#endif
