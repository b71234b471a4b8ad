/* SPDX-License-Identifier: Apache-2.0 */
#include "entity_query.h"
#include "http/http_server.h"
#include <stdlib.h>
#include <string.h>

static bool looks_like_an_id(const char *text) {
    return strlen(text) == ENTITY_ID_SIZE - 1 && strspn(text, "0123456789abcdef-") == ENTITY_ID_SIZE - 1;
}

static void respond_not_found(const struct entity_query_kind *kind, struct http_request *request,
                              struct http_response *response) {
    struct http_problem problem;
    http_problem_set(&problem, 404, "%s", kind->not_found);
    http_respond_problem(request, response, &problem);
}

void entity_query_start(const struct entity_query_kind *kind, struct web_parts *parts,
                        struct http_request *request, struct http_response *response) {
    if (!looks_like_an_id(request->match.parameter)) {
        respond_not_found(kind, request, response);
        return;
    }
    struct entity_query *query = calloc(1, kind->size);
    if (query == NULL) {
        http_respond_unavailable(request, response);
        return;
    }
    query->job.access = STORE_READ;
    query->job.run = kind->run;
    memcpy(query->id, request->match.parameter, ENTITY_ID_SIZE);
    database_defer(parts->database, &query->job, request, kind->finish);
}

bool entity_query_succeeded(const struct entity_query_kind *kind, const struct entity_query *query,
                            struct http_request *request, struct http_response *response) {
    if (!query->job.ok)
        http_respond_unavailable(request, response);
    else if (!query->found)
        respond_not_found(kind, request, response);
    return query->job.ok && query->found;
}
