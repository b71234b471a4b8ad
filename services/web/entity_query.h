/* SPDX-License-Identifier: Apache-2.0 */
/* GET /things/{id}: one row is read by its id, which is the only key to it. */
#ifndef NOTIFY_WEB_ENTITY_QUERY_H
#define NOTIFY_WEB_ENTITY_QUERY_H

#include "web_parts.h"

/* The head of a query; a service's own struct begins with it. */
struct entity_query {
    struct database_job job; /* first: the job is cast back to this */
    char id[ENTITY_ID_SIZE];
    bool found; /* set by the job's run */
};

struct entity_query_kind {
    size_t size; /* of the service's own struct */
    bool (*run)(struct database_job *job, struct store *store, struct error *error);
    http_handler finish;   /* frees request->deferred */
    const char *not_found; /* a sentence: "There is no such order." */
};

/* Answers 404 or 503, or reads the row and leaves the answer to kind->finish. The last thing that a handler
 * does. */
void entity_query_start(const struct entity_query_kind *kind, struct web_parts *parts,
                        struct http_request *request, struct http_response *response);
/* For kind->finish: whether there is a row to show; if not, the response is made. */
bool entity_query_succeeded(const struct entity_query_kind *kind, const struct entity_query *query,
                            struct http_request *request, struct http_response *response);

#endif
