/* SPDX-License-Identifier: Apache-2.0 */
/* GET /signups/{id}: what became of a sign-up. Its id is the only key to it; no address is told. */
#include "http/http_server.h"
#include "pages.h"
#include "routes.h"
#include "service.h"
#include <stdlib.h>
#include <string.h>

static void respond_not_found(struct http_request *request, struct http_response *response) {
    struct http_problem problem;
    http_problem_set(&problem, 404, "There is no such sign-up.");
    http_respond_problem(request, response, &problem);
}

static void respond_state(struct http_request *request, struct http_response *response,
                          const struct database_job *job) {
    if (http_request_wants_html(request)) {
        page_status(response, job->status.id, job->status.state);
        return;
    }
    http_response_begin(response, 200, "application/json");
    http_response_header(response, "Vary", "Accept");
    text_buffer_append_format(&response->body, "{\"id\":\"%s\",\"state\":\"%s\"}\n", job->status.id,
                              signup_state_text(job->status.state));
}

static void finish_get_status(struct http_request *request, struct http_response *response, void *context) {
    (void)context;
    struct database_job *job = request->deferred;
    if (!job->ok) {
        struct http_problem problem;
        problem_unavailable(&problem);
        http_respond_problem(request, response, &problem);
    } else if (!job->status.found) {
        respond_not_found(request, response);
    } else {
        respond_state(request, response, job);
    }
    free(job);
}

static bool looks_like_an_id(const char *text) {
    return strlen(text) == SIGNUP_ID_SIZE - 1 && strspn(text, "0123456789abcdef-") == SIGNUP_ID_SIZE - 1;
}

void handle_get_status(struct http_request *request, struct http_response *response, void *context) {
    const struct signup_service *service = context;
    if (!looks_like_an_id(request->match.parameter)) {
        respond_not_found(request, response);
        return;
    }
    struct database_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        struct http_problem problem;
        problem_unavailable(&problem);
        http_respond_problem(request, response, &problem);
        return;
    }
    job->work = DATABASE_STATUS;
    job->request = request;
    memcpy(job->status.id, request->match.parameter, SIGNUP_ID_SIZE);
    request->deferred = job;
    http_request_defer(request, finish_get_status);
    database_submit(service->database, job);
}
