/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "service.h"

const struct http_route signup_routes[] = {
    {"GET", "/", handle_home},
    {"POST", "/signup", handle_post_signup},
    {"GET", "/signups/{id}", handle_get_status},
    {"GET", "/confirm", handle_get_confirm},
    {"POST", "/confirm", handle_post_confirm},
    {"GET", "/assets/{name}", handle_asset},
    {NULL, NULL, NULL},
};

bool signup_service_outbox_is_full(const struct signup_service *service) {
    return notify_outbox_statistic(service->outbox, NOTIFY_OUTBOX_PENDING) >=
           service->settings->outbox_max_rows;
}

void problem_unavailable(struct http_problem *problem) {
    http_problem_set(problem, 503, "Nothing can be stored right now. Please try again in a few seconds.");
    http_problem_set_type(problem, PROBLEM_OVERLOADED, "The service is overloaded or cannot store anything");
    problem->retry_after_seconds = 5;
}
