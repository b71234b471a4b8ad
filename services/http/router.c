/* SPDX-License-Identifier: Apache-2.0 */
#include "router.h"
#include <stdio.h>
#include <string.h>

static bool pattern_matches(const char *pattern, const char *path, char parameter[ROUTE_PARAMETER_SIZE]) {
    const char *brace = strchr(pattern, '{');
    parameter[0] = '\0';
    if (brace == NULL)
        return strcmp(pattern, path) == 0;
    size_t prefix_size = (size_t)(brace - pattern);
    if (strncmp(pattern, path, prefix_size) != 0)
        return false;
    const char *value = path + prefix_size;
    size_t size = strlen(value);
    if (size == 0 || size >= ROUTE_PARAMETER_SIZE || strchr(value, '/') != NULL)
        return false;
    memcpy(parameter, value, size + 1);
    return true;
}

static bool method_matches(const char *route_method, const char *method) {
    return strcmp(route_method, method) == 0 ||
           (strcmp(route_method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static void add_to_allow(char *allow, size_t size, const char *method) {
    size_t used = strlen(allow);
    snprintf(allow + used, size - used, "%s%s", used > 0 ? ", " : "",
             strcmp(method, "GET") == 0 ? "GET, HEAD" : method);
}

void route_find(const struct http_route *routes, const char *method, const char *path,
                struct route_match *match) {
    *match = (struct route_match){.verdict = ROUTE_NO_PATH};
    for (const struct http_route *route = routes; route->method != NULL; route++) {
        char parameter[ROUTE_PARAMETER_SIZE];
        if (!pattern_matches(route->pattern, path, parameter))
            continue;
        match->route = route;
        if (method_matches(route->method, method)) {
            match->verdict = ROUTE_FOUND;
            memcpy(match->parameter, parameter, sizeof parameter);
            return;
        }
        match->verdict = ROUTE_NO_METHOD;
        add_to_allow(match->allow, sizeof match->allow, route->method);
    }
}
