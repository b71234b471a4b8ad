/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

const struct http_route signup_routes[] = {
    {"GET", "/", handle_home},
    {"POST", "/signup", handle_post_signup},
    {"GET", "/signups/{id}", handle_get_status},
    {"GET", "/confirm", handle_get_confirm},
    {"POST", "/confirm", handle_post_confirm},
    {"GET", "/assets/{name}", handle_asset},
    {NULL, NULL, NULL},
};
