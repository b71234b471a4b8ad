/* SPDX-License-Identifier: Apache-2.0 */
/* GET /orders/{id}: the order and the state of its mails. */
#include "http/http_server.h"
#include "routes.h"
#include "service.h"
#include "store.h"
#include "web/entity_query.h"
#include <stdlib.h>

struct order_query {
    struct entity_query entity; /* first */
    struct text_buffer document;
    struct order_mails mails;
};

static bool run(struct database_job *job, struct store *store, struct error *error) {
    struct order_query *query = (struct order_query *)(void *)job;
    enum store_finding finding =
        order_operations(store)->find_order(store, query->entity.id, &query->document, &query->mails, error);
    query->entity.found = finding == STORE_FOUND;
    return finding != STORE_FAILED;
}

static void respond_order(struct http_response *response, struct order_query *query,
                          const struct order_service *service) {
    struct text_buffer *body = &response->body;
    order_mails_expect(&query->mails, &service->settings->mails);
    http_response_begin(response, 200, "application/json");
    text_buffer_append_format(body, "{\"id\":\"%s\",\"state\":\"%s\",\"mails\":", query->entity.id,
                              mail_state_text(order_mails_state(&query->mails)));
    order_mails_render(&query->mails, body);
    text_buffer_append_text(body, ",\"order\":");
    text_buffer_append(body, query->document.bytes, query->document.size);
    text_buffer_append_text(body, "}\n");
    response->failed = response->failed || query->document.failed;
}

static void finish_get_order(struct http_request *request, struct http_response *response, void *service);
static const struct entity_query_kind order_query_kind = {
    .size = sizeof(struct order_query),
    .run = run,
    .finish = finish_get_order,
    .not_found = "There is no such order.",
};

static void finish_get_order(struct http_request *request, struct http_response *response, void *service) {
    struct order_query *query = request->deferred;
    if (entity_query_succeeded(&order_query_kind, &query->entity, request, response))
        respond_order(response, query, service);
    text_buffer_free(&query->document);
    free(query);
}

void handle_get_order(struct http_request *request, struct http_response *response, void *service) {
    entity_query_start(&order_query_kind, &((struct order_service *)service)->parts, request, response);
}
