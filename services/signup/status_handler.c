/* SPDX-License-Identifier: Apache-2.0 */
/* GET /signups/{id}: what became of a sign-up. Its id is the only key to it; no address is told. */
#include "http/http_server.h"
#include "pages.h"
#include "routes.h"
#include "service.h"
#include "store.h"
#include <stdlib.h>
#include <string.h>

struct state_query {
    struct database_job job; /* first: the job is cast back to this */
    char id[SIGNUP_ID_SIZE];
    bool found;
    enum signup_state state;
};

static bool run(struct database_job *job, struct store *store, struct error *error) {
    struct state_query *query = (struct state_query *)(void *)job;
    enum store_finding finding = signup_operations(store)->find_state(store, query->id, &query->state, error);
    query->found = finding == STORE_FOUND;
    return finding != STORE_FAILED;
}

static void respond_not_found(struct http_request *request, struct http_response *response) {
    struct http_problem problem;
    http_problem_set(&problem, 404, "There is no such sign-up.");
    http_respond_problem(request, response, &problem);
}

static void respond_state(struct http_request *request, struct http_response *response,
                          const struct state_query *query) {
    if (http_request_wants_html(request)) {
        page_status(response, query->id, query->state);
        return;
    }
    http_response_begin(response, 200, "application/json");
    http_response_header(response, "Vary", "Accept");
    text_buffer_append_format(&response->body, "{\"id\":\"%s\",\"state\":\"%s\"}\n", query->id,
                              signup_state_text(query->state));
}

static void finish_get_status(struct http_request *request, struct http_response *response, void *context) {
    (void)context;
    struct state_query *query = request->deferred;
    if (!query->job.ok) {
        http_respond_unavailable(request, response);
    } else if (!query->found) {
        respond_not_found(request, response);
    } else {
        respond_state(request, response, query);
    }
    free(query);
}

void handle_get_status(struct http_request *request, struct http_response *response, void *context) {
    const struct signup_service *service = context;
    if (!looks_like_an_id(request->match.parameter)) {
        respond_not_found(request, response);
        return;
    }
    struct state_query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        http_respond_unavailable(request, response);
        return;
    }
    query->job.access = STORE_READ;
    query->job.run = run;
    memcpy(query->id, request->match.parameter, SIGNUP_ID_SIZE);
    database_defer(service->parts.database, &query->job, request, finish_get_status);
}
