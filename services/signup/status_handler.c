/* SPDX-License-Identifier: Apache-2.0 */
/* GET /signups/{id}: what became of a sign-up. No address is told. */
#include "http/http_server.h"
#include "pages.h"
#include "routes.h"
#include "service.h"
#include "store.h"
#include "web/entity_query.h"
#include <stdlib.h>

struct state_query {
    struct entity_query entity; /* first */
    enum signup_state state;
};

static bool run(struct database_job *job, struct store *store, struct error *error) {
    struct state_query *query = (struct state_query *)(void *)job;
    enum store_finding finding =
        signup_operations(store)->find_state(store, query->entity.id, &query->state, error);
    query->entity.found = finding == STORE_FOUND;
    return finding != STORE_FAILED;
}

static void respond_state(struct http_request *request, struct http_response *response,
                          const struct state_query *query) {
    if (http_request_wants_html(request)) {
        page_status(response, query->entity.id, query->state);
        return;
    }
    http_response_begin(response, 200, "application/json");
    http_response_header(response, "Vary", "Accept");
    text_buffer_append_format(&response->body, "{\"id\":\"%s\",\"state\":\"%s\"}\n", query->entity.id,
                              signup_state_text(query->state));
}

static void finish_get_status(struct http_request *request, struct http_response *response, void *context);
static const struct entity_query_kind state_query_kind = {
    .size = sizeof(struct state_query),
    .run = run,
    .finish = finish_get_status,
    .not_found = "There is no such sign-up.",
};

static void finish_get_status(struct http_request *request, struct http_response *response, void *context) {
    (void)context;
    struct state_query *query = request->deferred;
    if (entity_query_succeeded(&state_query_kind, &query->entity, request, response))
        respond_state(request, response, query);
    free(query);
}

void handle_get_status(struct http_request *request, struct http_response *response, void *service) {
    entity_query_start(&state_query_kind, &((struct signup_service *)service)->parts, request, response);
}
