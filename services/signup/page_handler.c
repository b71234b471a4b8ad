/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_server.h"
#include "pages.h"
#include "routes.h"

void handle_home(struct http_request *request, struct http_response *response, void *service) {
    (void)request;
    (void)service;
    page_form(response, 200, NULL, NULL, NULL);
}

void handle_asset(struct http_request *request, struct http_response *response, void *service) {
    (void)service;
    const struct embedded_file *file = page_asset(request->match.parameter);
    if (file == NULL) {
        struct http_problem problem;
        http_problem_set(&problem, 404, "There is nothing at this address.");
        http_respond_problem(request, response, &problem);
        return;
    }
    http_response_begin(response, 200, file->content_type);
    http_response_header(response, "Cache-Control", "public, max-age=300");
    response->static_body = file->bytes;
    response->static_body_size = file->size;
}
