/* SPDX-License-Identifier: Apache-2.0 */
#include "http/router.h"
#include "suite.h"
#include <string.h>

static void handle(struct http_request *request, struct http_response *response, void *context) {
    (void)request;
    (void)response;
    (void)context;
}

static const struct http_route routes[] = {
    {"GET", "/", handle},        {"POST", "/orders", handle},  {"GET", "/orders/{id}", handle},
    {"GET", "/confirm", handle}, {"POST", "/confirm", handle}, {NULL, NULL, NULL},
};

START_TEST(a_route_is_found_by_method_and_path) {
    static const struct {
        const char *method, *path;
        int route;
        const char *parameter;
    } cases[] = {
        {"GET", "/", 0, ""},
        {"HEAD", "/", 0, ""},
        {"POST", "/orders", 1, ""},
        {"GET", "/orders/7", 2, "7"},
        {"HEAD", "/orders/a b", 2, "a b"},
        {"POST", "/confirm", 4, ""},
        {"GET", "/confirm", 3, ""},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        struct route_match match;
        route_find(routes, cases[i].method, cases[i].path, &match);
        ck_assert_int_eq(match.verdict, ROUTE_FOUND);
        ck_assert_ptr_eq(match.route, &routes[cases[i].route]);
        ck_assert_str_eq(match.parameter, cases[i].parameter);
    }
}
END_TEST

START_TEST(an_unknown_path_matches_nothing) {
    char long_path[8 + 2 * ROUTE_PARAMETER_SIZE] = "/orders/";
    memset(long_path + 8, 'x', ROUTE_PARAMETER_SIZE);
    const char *const paths[] = {"",          "//",        "/order", "/orders/", "/orders/a/b",
                                 "/Orders/a", "/confirm/", long_path};
    for (size_t i = 0; i < SUITE_COUNT(paths); i++) {
        struct route_match match;
        route_find(routes, "GET", paths[i], &match);
        ck_assert_msg(match.verdict == ROUTE_NO_PATH, "%s", paths[i]);
    }
}
END_TEST

START_TEST(a_wrong_method_is_told_the_right_ones) {
    struct route_match match;
    route_find(routes, "DELETE", "/confirm", &match);
    ck_assert_int_eq(match.verdict, ROUTE_NO_METHOD);
    ck_assert_str_eq(match.allow, "GET, HEAD, POST");
    route_find(routes, "GET", "/orders", &match);
    ck_assert_int_eq(match.verdict, ROUTE_NO_METHOD);
    ck_assert_str_eq(match.allow, "POST");
    route_find(routes, "get", "/", &match);
    ck_assert_int_eq(match.verdict, ROUTE_NO_METHOD);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {a_route_is_found_by_method_and_path, an_unknown_path_matches_nothing,
                                  a_wrong_method_is_told_the_right_ones};
    return suite_run("router", tests, SUITE_COUNT(tests));
}
