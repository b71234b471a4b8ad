/* SPDX-License-Identifier: Apache-2.0 */
#include "http_server.h"
#include "common/clock.h"
#include "common/listen_socket.h"
#include "common/log.h"
#include "http_exchange.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECTION_MEMORY_BYTES 16384 /* request line and headers; past it libmicrohttpd answers 431 */

static void connection_changed(void *server_data, struct MHD_Connection *connection, void **socket_context,
                               enum MHD_ConnectionNotificationCode code) {
    struct http_server *server = server_data;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        connection_watch_remove(server->watch, *socket_context);
        *socket_context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL)
        *socket_context = connection_watch_add(server->watch, info->connect_fd);
}

static void log_from_library(void *data, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void log_from_library(void *data, const char *format, va_list arguments) {
    (void)data;
    char text[512];
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\r\n")] = '\0';
    /* Bad requests are the clients' matter; an operator wants to see them only when looking for them. */
    log_debug("libmicrohttpd", LOG_FIELDS(log_text("detail", text)));
}

/* libmicrohttpd's own would let %00 cut a path short: "/%00x" would be "/". */
static size_t unescape(void *data, struct MHD_Connection *connection, char *text) {
    (void)data;
    (void)connection;
    return percent_decode_path(text);
}

static bool start_daemon(struct http_server *server, int listen_socket, struct error *error) {
    const struct http_server_options *options = &server->options;
    const struct MHD_OptionItem items[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)log_from_library, NULL}, /* first: the others may log */
        {MHD_OPTION_LISTEN_SOCKET, listen_socket, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)options->connections_max, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)(options->limits.idle_ms / 1000), NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)unescape, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_changed, server},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_exchange_request_line, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_exchange_completed, server},
        {MHD_OPTION_END, 0, NULL},
    };
    server->daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
                         NULL, NULL, http_exchange_handle, server, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    if (server->daemon == NULL)
        return error_set(error, "the HTTP server does not start: %s", strerror(errno));
    return true;
}

static void free_server(struct http_server *server) {
    connection_watch_stop(server->watch);
    pthread_cond_destroy(&server->idle_condition);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

bool http_server_start(struct http_server **server_out, const struct host_port *listen,
                       const struct http_server_options *options, struct error *error) {
    static const char *const request_labels[] = {"route", "method", "code", NULL};
    static const char *const duration_labels[] = {"route", "method", NULL};
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return error_set(error, "no memory");
    server->options = *options;
    pthread_mutex_init(&server->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&server->idle_condition, &attributes);
    pthread_condattr_destroy(&attributes);
    server->requests_total =
        metrics_add_counter(options->metrics, "notify_http_requests_total",
                            "HTTP requests, by route, method and status code", request_labels);
    server->request_duration = metrics_add_histogram(
        options->metrics, "notify_http_request_duration_seconds",
        "Time from a request's headers to its answer's last byte", duration_labels, metrics_duration_bounds,
        sizeof metrics_duration_bounds / sizeof *metrics_duration_bounds);
    int listen_socket = -1;
    bool ok = server->requests_total != NULL && server->request_duration != NULL;
    if (!ok)
        error_set(error, "no memory");
    ok = ok && connection_watch_start(&server->watch, &options->limits, error);
    if (ok) {
        listen_socket = listen_socket_open(listen, error);
        ok = listen_socket >= 0;
    }
    ok = ok && start_daemon(server, listen_socket, error);
    if (!ok) {
        if (listen_socket >= 0)
            close(listen_socket);
        free_server(server);
        return false;
    }
    *server_out = server;
    return true;
}

static void wait_until_idle(struct http_server *server, int64_t timeout_ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    pthread_mutex_lock(&server->mutex);
    while (server->exchanges > 0) {
        if (pthread_cond_timedwait(&server->idle_condition, &server->mutex, &until) == ETIMEDOUT)
            break;
    }
    /* libmicrohttpd aborts when it is stopped with a suspended connection; the workers finish what they
     * accepted. */
    while (server->deferred > 0)
        pthread_cond_wait(&server->idle_condition, &server->mutex);
    if (server->exchanges > 0)
        log_warning("requests are cut off by the stop",
                    LOG_FIELDS(log_integer("requests", (int64_t)server->exchanges)));
    pthread_mutex_unlock(&server->mutex);
}

void http_server_stop(struct http_server *server, int64_t timeout_ms) {
    if (server == NULL)
        return;
    atomic_store(&server->stopping, true);
    MHD_socket listen_socket = MHD_quiesce_daemon(server->daemon);
    wait_until_idle(server, timeout_ms);
    MHD_stop_daemon(server->daemon);
    if (listen_socket != MHD_INVALID_SOCKET)
        close(listen_socket);
    free_server(server);
}
