/* SPDX-License-Identifier: Apache-2.0 */
/* What signup answers (schemas/openapi.yaml). The handlers' context is a struct signup_service. */
#ifndef NOTIFY_SIGNUP_ROUTES_H
#define NOTIFY_SIGNUP_ROUTES_H

#include "http/request.h"

extern const struct http_route signup_routes[];

/* page_handler.c */
void handle_home(struct http_request *request, struct http_response *response, void *service);
void handle_asset(struct http_request *request, struct http_response *response, void *service);
/* signup_handler.c */
void handle_post_signup(struct http_request *request, struct http_response *response, void *service);
/* status_handler.c */
void handle_get_status(struct http_request *request, struct http_response *response, void *service);
/* confirm_handler.c */
void handle_get_confirm(struct http_request *request, struct http_response *response, void *service);
void handle_post_confirm(struct http_request *request, struct http_response *response, void *service);

#endif
