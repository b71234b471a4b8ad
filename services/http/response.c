/* SPDX-License-Identifier: Apache-2.0 */
#include "response.h"
#include <stdarg.h>
#include <stdio.h>

void http_response_reset(struct http_response *response) {
    text_buffer_reset(&response->body);
    response->status = 0;
    response->content_type = NULL;
    response->static_body = NULL;
    response->static_body_size = 0;
    response->header_count = 0;
    response->failed = false;
}

void http_response_free(struct http_response *response) {
    text_buffer_free(&response->body);
}

void http_response_header(struct http_response *response, const char *name, const char *format, ...) {
    if (response->header_count == RESPONSE_HEADERS_MAX) {
        response->failed = true;
        return;
    }
    struct response_header *header = &response->headers[response->header_count++];
    header->name = name;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(header->value, sizeof header->value, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof header->value)
        response->failed = true;
}

void http_response_begin(struct http_response *response, int status, const char *content_type) {
    http_response_reset(response);
    response->status = status;
    response->content_type = content_type;
}

void http_response_problem(struct http_response *response, const struct http_problem *problem) {
    http_response_begin(response, problem->status, "application/problem+json");
    if (problem->retry_after_seconds > 0)
        http_response_header(response, "Retry-After", "%u", problem->retry_after_seconds);
    http_problem_render_json(problem, &response->body);
}
