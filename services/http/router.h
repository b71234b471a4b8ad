/* SPDX-License-Identifier: Apache-2.0 */
/* Which handler answers: a table of methods and patterns such as "/signups/{id}". */
#ifndef NOTIFY_HTTP_ROUTER_H
#define NOTIFY_HTTP_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

struct http_request;
struct http_response;
typedef void (*http_handler)(struct http_request *request, struct http_response *response, void *context);

struct http_route {
    const char *method;  /* NULL ends the table; GET answers HEAD too */
    const char *pattern; /* at most one {…}, as its last segment; also the label of the metrics */
    http_handler handle;
};

enum route_verdict { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

#define ROUTE_PARAMETER_SIZE 64

struct route_match {
    enum route_verdict verdict;
    const struct http_route *route;       /* of the path at least, unless ROUTE_NO_PATH */
    char parameter[ROUTE_PARAMETER_SIZE]; /* what {…} stands for, "" for none; longer ones match no route */
    char allow[64];                       /* for ROUTE_NO_METHOD: "GET, HEAD, POST" */
};

void route_find(const struct http_route *routes, const char *method, const char *path,
                struct route_match *match);

#endif
