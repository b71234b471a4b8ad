/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server of signup and order: libmicrohttpd with epoll threads, a body cap, deadlines, problem
 * documents, metrics and an access log. Its threads never wait for a database: a handler defers its request
 * (request.h).
 */
#ifndef NOTIFY_HTTP_SERVER_H
#define NOTIFY_HTTP_SERVER_H

#include "common/metrics.h"
#include "common/settings.h"
#include "connection_watch.h"
#include "request.h"

struct http_server;

/* Renders a problem for a person; response was begun with the problem's status and headers are set. */
typedef void (*http_problem_page)(const struct http_problem *problem, struct http_response *response,
                                  void *context);

struct http_server_options {
    const struct http_route *routes; /* kept */
    void *context;                   /* for handlers and problem_page */
    struct metrics *metrics;
    const struct trusted_proxies *proxies; /* kept */
    http_problem_page problem_page;        /* NULL: JSON for everybody */
    unsigned threads;
    unsigned connections_max;
    size_t body_max;
    struct connection_limits limits;
};

/* The port in use, or an address that is not this machine's: exit status 78, and the address is named. */
bool http_server_start(struct http_server **server_out, const struct host_port *listen,
                       const struct http_server_options *options, struct error *error);
/* Accepts nothing more, waits up to timeout_ms for requests that were begun, and closes every connection. The
 * threads that resume deferred requests must still run. */
void http_server_stop(struct http_server *server, int64_t timeout_ms);

/* A problem as the client wants it: application/problem+json, or the server's problem page for a browser. */
void http_respond_problem(struct http_request *request, struct http_response *response,
                          const struct http_problem *problem);

#endif
