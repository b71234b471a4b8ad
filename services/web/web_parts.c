/* SPDX-License-Identifier: Apache-2.0 */
#include "web_parts.h"
#include "http/http_server.h"

bool web_outbox_is_full(const struct web_parts *parts) {
    return notify_outbox_statistic(parts->outbox, NOTIFY_OUTBOX_PENDING) >= parts->settings->outbox_max_rows;
}

void problem_unavailable(struct http_problem *problem) {
    http_problem_set(problem, 503, "Nothing can be stored right now. Please try again in a few seconds.");
    http_problem_set_type(problem, PROBLEM_OVERLOADED, "The service is overloaded or cannot store anything");
    problem->retry_after_seconds = 5;
}

void http_respond_unavailable(struct http_request *request, struct http_response *response) {
    struct http_problem problem;
    problem_unavailable(&problem);
    http_respond_problem(request, response, &problem);
}
