/* SPDX-License-Identifier: Apache-2.0 */
/* A request as its handler sees it: complete, with a bounded body. All texts are borrowed and live as long as
 * it does. */
#ifndef NOTIFY_HTTP_REQUEST_H
#define NOTIFY_HTTP_REQUEST_H

#include "form.h"
#include "response.h"
#include "router.h"
#include "trace_context.h"
#include "trusted_proxies.h"
#include <jansson.h>

struct http_request {
    const char *method;
    const char *path;
    struct route_match match;
    char *body; /* NUL-terminated past body_size; a handler may change it */
    size_t body_size;
    struct trace_context trace;
    struct client_address client;
    void *deferred; /* the handler's own, from http_request_defer() to its finish function */
};

/* NULL: the request has none. Header names in any case. */
const char *http_request_header(const struct http_request *request, const char *name);
const char *http_request_query(const struct http_request *request, const char *name);

/* Whether the answer should be a page: the Accept header prefers HTML. */
bool http_request_wants_html(const struct http_request *request);

/* The members of an object, from a JSON or a form body. */
struct body_fields {
    json_t *json; /* owned; NULL for a form */
    struct form form;
};
/* Reads the body by its Content-Type. On failure problem is 400 or 415. Destroys request->body if it is a
 * form. */
bool body_fields_read(struct http_request *request, struct body_fields *fields, struct http_problem *problem);
void body_fields_free(struct body_fields *fields);
/* A text member. *text is NULL when it is missing (or JSON null). False: it is there and no text. */
bool body_fields_text(const struct body_fields *fields, const char *name, const char **text, size_t *size);

/*
 * Let another thread work on the request: call this in the handler, then hand the request over, last thing.
 * When the work is done any thread calls http_request_resume(), once; then the server calls finish on one of
 * its own threads to make the response. The handler's response is dropped.
 */
void http_request_defer(struct http_request *request, http_handler finish);
void http_request_resume(struct http_request *request);

#endif
