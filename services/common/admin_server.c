/* SPDX-License-Identifier: Apache-2.0 */
#include "admin_server.h"
#include "listen_socket.h"
#include "log.h"
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECTION_LIMIT = 64, CONNECTION_TIMEOUT_SECONDS = 10, CONNECTION_MEMORY = 16 * 1024 };

struct admin_server {
    struct MHD_Daemon *daemon;
    struct metrics *metrics;
    struct readiness *readiness;
    uint16_t port;
};

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status, const char *type,
                               struct text_buffer *body) {
    size_t size = body->size;
    char *bytes = text_buffer_take(body);
    if (bytes == NULL)
        return MHD_NO; /* no memory: the connection closes */
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback(size, bytes, free);
    if (response == NULL) {
        free(bytes);
        return MHD_NO;
    }
    enum MHD_Result result = MHD_NO;
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES &&
        (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
         MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES))
        result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result respond_text(struct MHD_Connection *connection, unsigned status, const char *text) {
    struct text_buffer body = TEXT_BUFFER_EMPTY;
    text_buffer_append_text(&body, text);
    return respond(connection, status, "text/plain; charset=utf-8", &body);
}

static enum MHD_Result respond_readiness(struct MHD_Connection *connection, struct readiness *readiness) {
    struct text_buffer body = TEXT_BUFFER_EMPTY;
    bool ready = readiness_render(readiness, &body);
    text_buffer_append_byte(&body, '\n');
    return respond(connection, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, "application/json", &body);
}

static enum MHD_Result respond_metrics(struct MHD_Connection *connection, struct metrics *metrics) {
    struct text_buffer body = TEXT_BUFFER_EMPTY;
    metrics_render(metrics, &body);
    return respond(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static enum MHD_Result answer(void *data, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request) {
    (void)version;
    (void)upload;
    static int seen;
    if (*request == NULL) { /* the headers alone: MHD calls again with the body, or without one */
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_size > 0) { /* a body that nobody asked for */
        *upload_size = 0;
        return MHD_YES;
    }
    struct admin_server *server = data;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return respond_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    if (strcmp(url, "/healthz") == 0)
        return respond_text(connection, MHD_HTTP_OK, "ok\n");
    if (strcmp(url, "/readyz") == 0)
        return respond_readiness(connection, server->readiness);
    if (strcmp(url, "/metrics") == 0)
        return respond_metrics(connection, server->metrics);
    return respond_text(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

__attribute__((format(printf, 2, 0))) static void log_server(void *data, const char *format,
                                                             va_list arguments) {
    (void)data;
    char text[512];
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    log_debug("admin server", LOG_FIELDS(log_text("detail", text)));
}

/* The signals are for the thread that waits for them, so the server's takes none. */
static struct MHD_Daemon *start_daemon(struct admin_server *server, int descriptor) {
    sigset_t every, before;
    sigfillset(&every);
    if (pthread_sigmask(SIG_SETMASK, &every, &before) != 0)
        return NULL;
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, answer, server,
                         MHD_OPTION_EXTERNAL_LOGGER, log_server, NULL, MHD_OPTION_LISTEN_SOCKET, descriptor,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_SECONDS,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

bool admin_server_start(struct admin_server **server_out, const struct host_port *listen,
                        struct metrics *metrics, struct readiness *readiness, struct error *error) {
    *server_out = NULL;
    if (listen->off)
        return true;
    struct admin_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return error_set(error, "the admin server: no memory");
    server->metrics = metrics;
    server->readiness = readiness;
    int descriptor = listen_socket_open(listen, error);
    if (descriptor < 0) {
        free(server);
        return error_prefix(error, "ADMIN_LISTEN");
    }
    server->port = listen_socket_port(descriptor);
    server->daemon = start_daemon(server, descriptor);
    if (server->daemon == NULL) {
        close(descriptor);
        free(server);
        return error_set(error, "the admin server could not be started");
    }
    *server_out = server;
    return true;
}

uint16_t admin_server_port(const struct admin_server *server) {
    return server != NULL ? server->port : 0;
}

void admin_server_stop(struct admin_server *server) {
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon); /* closes the listening socket too */
    free(server);
}
