/* SPDX-License-Identifier: Apache-2.0 */
/* A response while a handler makes it: status, headers, body. The server adds what every response has. */
#ifndef NOTIFY_HTTP_RESPONSE_H
#define NOTIFY_HTTP_RESPONSE_H

#include "common/text_buffer.h"
#include "problem.h"

#define RESPONSE_HEADERS_MAX 8

struct response_header {
    const char *name; /* static */
    char value[320];
};

struct http_response {
    int status;
    const char *content_type; /* static; NULL: no body */
    struct text_buffer body;
    const char *static_body; /* instead of body: memory that lives as long as the process */
    size_t static_body_size;
    struct response_header headers[RESPONSE_HEADERS_MAX];
    size_t header_count;
    bool failed; /* no memory, or more headers than there is room for: the server answers 500 */
};

void http_response_reset(struct http_response *response);
void http_response_free(struct http_response *response);
void http_response_header(struct http_response *response, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Starts a response with a body: append to response->body. */
void http_response_begin(struct http_response *response, int status, const char *content_type);
/* application/problem+json, with Retry-After where the problem has one. */
void http_response_problem(struct http_response *response, const struct http_problem *problem);

#endif
