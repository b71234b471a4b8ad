/* SPDX-License-Identifier: Apache-2.0 */
/* What a service with a database, an outbox and a status consumer is, from its command line to its exit
 * status. signup and order are two of them: each main.c says what is its own. */
#ifndef NOTIFY_WEB_SERVICE_H
#define NOTIFY_WEB_SERVICE_H

#include "http/http_server.h"
#include "status_batch.h"
#include "web_parts.h"

struct web_service {
    const struct settings_table *settings_table;
    struct web_settings *settings; /* the head of the service's own; zero, loaded by web_service_run() */
    const char *work;              /* what is accepted, for sentences: "sign-ups" */
    /* Makes what the service has of its own, once the settings are loaded, and frees it and the settings' own
     * texts (also after a failure to load them). */
    bool (*prepare)(struct error *error);
    void (*finish)(void);
    struct web_parts *parts; /* the head of the handlers' context; filled by web_service_run() */
    const struct http_route *routes;
    http_problem_page problem_page; /* NULL: problems are JSON for everybody */
    size_t body_max;
    store_opener open_store;
    status_applier apply_status;
};

/* The whole life of the process. Returns its exit status. */
int web_service_run(const struct web_service *service, int argc, char **argv);

#endif
