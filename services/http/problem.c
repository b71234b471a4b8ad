/* SPDX-License-Identifier: Apache-2.0 */
#include "problem.h"
#include "common/json_text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *http_status_phrase(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 202:
        return "Accepted";
    case 303:
        return "See Other";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    default:
        return "Error";
    }
}

void http_problem_set(struct http_problem *problem, int status, const char *detail_format, ...) {
    *problem =
        (struct http_problem){.status = status, .type = "about:blank", .title = http_status_phrase(status)};
    va_list arguments;
    va_start(arguments, detail_format);
    vsnprintf(problem->detail, sizeof problem->detail, detail_format, arguments);
    va_end(arguments);
}

void http_problem_set_type(struct http_problem *problem, const char *type, const char *title) {
    problem->type = type;
    problem->title = title;
}

void http_problem_add_error(struct http_problem *problem, const char *pointer, const char *detail_format,
                            ...) {
    if (problem->error_count == PROBLEM_ERRORS_MAX)
        return;
    struct problem_error *error = &problem->errors[problem->error_count++];
    snprintf(error->pointer, sizeof error->pointer, "%s", pointer);
    va_list arguments;
    va_start(arguments, detail_format);
    vsnprintf(error->detail, sizeof error->detail, detail_format, arguments);
    va_end(arguments);
}

const char *http_problem_error_at(const struct http_problem *problem, const char *pointer) {
    for (size_t i = 0; i < problem->error_count; i++) {
        if (strcmp(problem->errors[i].pointer, pointer) == 0)
            return problem->errors[i].detail;
    }
    return NULL;
}

void http_problem_render_json(const struct http_problem *problem, struct text_buffer *out) {
    text_buffer_append_text(out, "{\"type\":");
    json_text_append(out, problem->type);
    text_buffer_append_text(out, ",\"title\":");
    json_text_append(out, problem->title);
    text_buffer_append_format(out, ",\"status\":%d,\"detail\":", problem->status);
    json_text_append(out, problem->detail);
    if (problem->error_count > 0)
        text_buffer_append_text(out, ",\"errors\":[");
    for (size_t i = 0; i < problem->error_count; i++) {
        text_buffer_append_text(out, i == 0 ? "{\"pointer\":" : ",{\"pointer\":");
        json_text_append(out, problem->errors[i].pointer);
        text_buffer_append_text(out, ",\"detail\":");
        json_text_append(out, problem->errors[i].detail);
        text_buffer_append_text(out, "}");
    }
    text_buffer_append_text(out, problem->error_count > 0 ? "]}\n" : "}\n");
}
