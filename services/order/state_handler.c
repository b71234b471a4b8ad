/* SPDX-License-Identifier: Apache-2.0 */
/* GET /orders/{id}: the order and the state of its mails. Its id is the only key to it. */
#include "http/http_server.h"
#include "routes.h"
#include "service.h"
#include "store.h"
#include <stdlib.h>
#include <string.h>

struct order_query {
    struct database_job job; /* first: the job is cast back to this */
    char id[ORDER_ID_SIZE];
    bool found;
    struct text_buffer document;
    struct order_mails mails;
};

static bool run(struct database_job *job, struct store *store, struct error *error) {
    struct order_query *query = (struct order_query *)(void *)job;
    enum store_finding finding =
        order_operations(store)->find_order(store, query->id, &query->document, &query->mails, error);
    query->found = finding == STORE_FOUND;
    return finding != STORE_FAILED;
}

static void respond_not_found(struct http_request *request, struct http_response *response) {
    struct http_problem problem;
    http_problem_set(&problem, 404, "There is no such order.");
    http_respond_problem(request, response, &problem);
}

static void respond_order(struct http_response *response, struct order_query *query,
                          const struct order_service *service) {
    struct text_buffer *body = &response->body;
    order_mails_expect(&query->mails, &service->settings->mails);
    http_response_begin(response, 200, "application/json");
    text_buffer_append_format(body, "{\"id\":\"%s\",\"state\":\"%s\",\"mails\":", query->id,
                              mail_state_text(order_mails_state(&query->mails)));
    order_mails_render(&query->mails, body);
    text_buffer_append_text(body, ",\"order\":");
    text_buffer_append(body, query->document.bytes, query->document.size);
    text_buffer_append_text(body, "}\n");
}

static void finish_get_order(struct http_request *request, struct http_response *response, void *service) {
    struct order_query *query = request->deferred;
    if (!query->job.ok || query->document.failed)
        http_respond_unavailable(request, response);
    else if (!query->found)
        respond_not_found(request, response);
    else
        respond_order(response, query, service);
    text_buffer_free(&query->document);
    free(query);
}

void handle_get_order(struct http_request *request, struct http_response *response, void *context) {
    const struct order_service *service = context;
    if (!looks_like_an_id(request->match.parameter)) {
        respond_not_found(request, response);
        return;
    }
    struct order_query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        http_respond_unavailable(request, response);
        return;
    }
    query->job.access = STORE_READ;
    query->job.run = run;
    memcpy(query->id, request->match.parameter, ORDER_ID_SIZE);
    database_defer(service->parts.database, &query->job, request, finish_get_order);
}
