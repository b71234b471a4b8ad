/* SPDX-License-Identifier: Apache-2.0 */
/* Problem documents (RFC 9457): what went wrong with a request, for programs and, rendered otherwise, for
 * people. */
#ifndef NOTIFY_HTTP_PROBLEM_H
#define NOTIFY_HTTP_PROBLEM_H

#include "common/text_buffer.h"

#define PROBLEM_ERRORS_MAX 8

struct problem_error {
    char pointer[64]; /* JSON Pointer (RFC 6901) as a URI fragment: "#/email" */
    char detail[256];
};

struct http_problem {
    int status;
    const char *type;  /* a URI reference; "about:blank" says no more than the status does */
    const char *title; /* the same for every problem of a type */
    char detail[512];  /* about this one */
    struct problem_error errors[PROBLEM_ERRORS_MAX];
    size_t error_count;
    unsigned retry_after_seconds; /* 0: no Retry-After */
};

#define PROBLEM_INVALID_FIELDS "https://example.com/problems/invalid-fields"
#define PROBLEM_MALFORMED_BODY "https://example.com/problems/malformed-body"
#define PROBLEM_RATE_LIMITED "https://example.com/problems/rate-limited"
#define PROBLEM_OVERLOADED "https://example.com/problems/overloaded"

/* Of type about:blank, titled as RFC 9110 names the status. */
void http_problem_set(struct http_problem *problem, int status, const char *detail_format, ...)
    __attribute__((format(printf, 3, 4)));
void http_problem_set_type(struct http_problem *problem, const char *type, const char *title);
/* Further errors than PROBLEM_ERRORS_MAX are dropped: the first ones are enough to act on. */
void http_problem_add_error(struct http_problem *problem, const char *pointer, const char *detail_format, ...)
    __attribute__((format(printf, 3, 4)));
/* The detail of the error at a pointer, or NULL. */
const char *http_problem_error_at(const struct http_problem *problem, const char *pointer);

/* application/problem+json. */
void http_problem_render_json(const struct http_problem *problem, struct text_buffer *out);
/* "Not Found" for 404. Static. */
const char *http_status_phrase(int status);

#endif
