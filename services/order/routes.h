/* SPDX-License-Identifier: Apache-2.0 */
/* What order answers (schemas/openapi.yaml). The handlers' context is a struct order_service. */
#ifndef NOTIFY_ORDER_ROUTES_H
#define NOTIFY_ORDER_ROUTES_H

#include "http/request.h"

extern const struct http_route order_routes[];

/* order_handler.c */
void handle_post_order(struct http_request *request, struct http_response *response, void *service);
/* state_handler.c */
void handle_get_order(struct http_request *request, struct http_response *response, void *service);

#endif
