/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

const struct http_route order_routes[] = {
    {"POST", "/orders", handle_post_order},
    {"GET", "/orders/{id}", handle_get_order},
    {NULL, NULL, NULL},
};
