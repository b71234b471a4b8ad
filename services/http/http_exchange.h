/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its response, from the request line to the last byte sent. Private to the server. */
#ifndef NOTIFY_HTTP_EXCHANGE_H
#define NOTIFY_HTTP_EXCHANGE_H

#include "http_server.h"
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

struct http_server {
    struct http_server_options options;
    struct MHD_Daemon *daemon;
    struct connection_watch *watch;
    struct metric *requests_total;
    struct metric *request_duration;
    atomic_bool stopping;
    pthread_mutex_t mutex; /* for what follows */
    pthread_cond_t idle_condition;
    size_t exchanges; /* begun and not completed */
    size_t deferred;  /* of them: suspended, until another thread resumes them */
};

/* libmicrohttpd's callbacks; the first argument is the server. */
void *http_exchange_request_line(void *server, const char *uri, struct MHD_Connection *connection);
enum MHD_Result http_exchange_handle(void *server, struct MHD_Connection *connection, const char *path,
                                     const char *method, const char *version, const char *upload_data,
                                     size_t *upload_data_size, void **exchange);
void http_exchange_completed(void *server, struct MHD_Connection *connection, void **exchange,
                             enum MHD_RequestTerminationCode code);

#endif
