/* SPDX-License-Identifier: Apache-2.0 */
#include "http_exchange.h"
#include "common/clock.h"
#include "common/log.h"
#include "negotiation.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A body over the cap is read and dropped up to here, so that a client that only listens after it has sent
 * everything gets its 413 rather than a reset connection. The request deadline bounds it in time. */
#define DISCARD_MAX (16u << 20)

struct exchange {
    struct http_request request; /* first: a request is cast back to its exchange */
    struct http_response response;
    struct http_server *server;
    struct MHD_Connection *connection;
    struct text_buffer body;
    http_handler finish; /* set while deferred */
    size_t discarded;    /* bytes past the cap */
    int64_t begun_ms;
    bool method_is_known;
    bool dispatched;
    int status; /* answered; 0: not yet */
};

static struct exchange *exchange_of(struct http_request *request) {
    return (struct exchange *)(void *)request;
}

static struct watched_connection *watched(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

const char *http_request_header(const struct http_request *request, const char *name) {
    const struct exchange *exchange = (const struct exchange *)(const void *)request;
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

const char *http_request_query(const struct http_request *request, const char *name) {
    const struct exchange *exchange = (const struct exchange *)(const void *)request;
    return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool http_request_wants_html(const struct http_request *request) {
    return accept_prefers_html(http_request_header(request, "Accept"));
}

static void count_deferred(struct http_server *server, int change) {
    pthread_mutex_lock(&server->mutex);
    server->deferred += (size_t)change;
    if (server->deferred == 0)
        pthread_cond_broadcast(&server->idle_condition);
    pthread_mutex_unlock(&server->mutex);
}

void http_request_defer(struct http_request *request, http_handler finish) {
    struct exchange *exchange = exchange_of(request);
    exchange->finish = finish;
    count_deferred(exchange->server, +1);
    MHD_suspend_connection(exchange->connection);
}

void http_request_resume(struct http_request *request) {
    MHD_resume_connection(exchange_of(request)->connection);
}

void http_respond_problem(struct http_request *request, struct http_response *response,
                          const struct http_problem *problem) {
    const struct http_server *server = exchange_of(request)->server;
    http_response_problem(response, problem);
    if (server->options.problem_page == NULL || !http_request_wants_html(request))
        return;
    text_buffer_reset(&response->body);
    response->content_type = "text/html; charset=utf-8";
    server->options.problem_page(problem, response, server->options.context);
}

/* --- the request
 * -------------------------------------------------------------------------------------------- */

static enum MHD_Result join_forwarded_for(void *data, enum MHD_ValueKind kind, const char *name,
                                          const char *value) {
    (void)kind;
    struct text_buffer *joined = data;
    if (value != NULL && strcasecmp(name, "X-Forwarded-For") == 0) {
        if (joined->size > 0)
            text_buffer_append_byte(joined, ',');
        text_buffer_append_text(joined, value);
    }
    return MHD_YES;
}

static void resolve_client(struct exchange *exchange) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct client_address peer;
    client_address_from_socket(info != NULL ? info->client_addr : NULL, &peer);
    exchange->request.client = peer;
    const struct trusted_proxies *proxies = exchange->server->options.proxies;
    if (proxies->count == 0)
        return;
    struct text_buffer joined = TEXT_BUFFER_EMPTY;
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, join_forwarded_for, &joined);
    if (!joined.failed)
        exchange->request.client = client_address_resolve(&peer, joined.bytes, proxies);
    text_buffer_free(&joined);
}

static bool is_known_method(const char *method) {
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(method, methods[i]) == 0)
            return true;
    }
    return false;
}

static struct exchange *exchange_new(struct http_server *server, struct MHD_Connection *connection,
                                     const char *path, const char *method) {
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return NULL;
    exchange->server = server;
    exchange->connection = connection;
    exchange->begun_ms = clock_monotonic_ms();
    exchange->method_is_known = is_known_method(method);
    struct http_request *request = &exchange->request;
    request->method = method;
    request->path = path;
    if (!trace_context_take(&request->trace, http_request_header(request, "traceparent"),
                            http_request_header(request, "tracestate"))) {
        free(exchange);
        return NULL;
    }
    resolve_client(exchange);
    route_find(server->options.routes, method, path, &request->match);
    pthread_mutex_lock(&server->mutex);
    server->exchanges++;
    pthread_mutex_unlock(&server->mutex);
    return exchange;
}

static void respond_too_large(struct exchange *exchange) {
    struct http_problem problem;
    http_problem_set(&problem, 413, "The body is larger than %zu bytes.", exchange->server->options.body_max);
    http_respond_problem(&exchange->request, &exchange->response, &problem);
}

/* Whether the answer is 413 before any of the body was read: the client waits for it (Expect), or announces
 * too much. */
static bool is_refused_unread(struct exchange *exchange) {
    const char *length = http_request_header(&exchange->request, "Content-Length");
    if (length == NULL)
        return false;
    unsigned long long announced = strtoull(length, NULL, 10);
    if (announced <= exchange->server->options.body_max)
        return false;
    return announced > DISCARD_MAX || http_request_header(&exchange->request, "Expect") != NULL;
}

/* False: this is over; the connection was refused past libmicrohttpd. */
static bool receive(struct exchange *exchange, const char *bytes, size_t size) {
    if (exchange->discarded == 0 && exchange->body.size + size <= exchange->server->options.body_max) {
        text_buffer_append(&exchange->body, bytes, size);
        return true;
    }
    exchange->discarded += size;
    if (exchange->discarded <= DISCARD_MAX)
        return true;
    static const char response[] =
        "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL)
        connection_refuse(info->connect_fd, response, sizeof response - 1);
    exchange->status = 413;
    return false;
}

static void dispatch(struct exchange *exchange) {
    struct http_request *request = &exchange->request;
    struct http_problem problem;
    text_buffer_append(&exchange->body, "", 0); /* so that there is a NUL, whatever came */
    request->body = exchange->body.bytes;
    request->body_size = exchange->body.size;
    exchange->dispatched = true;
    if (exchange->discarded > 0) {
        respond_too_large(exchange);
    } else if (exchange->body.failed || request->body == NULL) {
        http_problem_set(&problem, 503, "There is no memory for this request.");
        problem.retry_after_seconds = 5;
        http_respond_problem(request, &exchange->response, &problem);
    } else if (request->match.verdict == ROUTE_NO_PATH) {
        http_problem_set(&problem, 404, "There is nothing at this address.");
        http_respond_problem(request, &exchange->response, &problem);
    } else if (request->match.verdict == ROUTE_NO_METHOD) {
        http_problem_set(&problem, 405, "This address takes %s only.", request->match.allow);
        http_respond_problem(request, &exchange->response, &problem);
        http_response_header(&exchange->response, "Allow", "%s", request->match.allow);
    } else {
        request->match.route->handle(request, &exchange->response, exchange->server->options.context);
    }
}

/* --- the response
 * ------------------------------------------------------------------------------------------- */

static struct MHD_Response *make_mhd_response(struct http_response *response) {
    if (response->static_body != NULL)
        return MHD_create_response_from_buffer(
            response->static_body_size, (void *)(uintptr_t)response->static_body, MHD_RESPMEM_PERSISTENT);
    size_t size = response->body.size;
    if (size == 0)
        return MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    char *bytes = text_buffer_take(&response->body);
    if (bytes == NULL)
        return NULL;
    struct MHD_Response *mhd_response = MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE);
    if (mhd_response == NULL)
        free(bytes);
    return mhd_response;
}

static bool add_headers(struct MHD_Response *mhd_response, const struct http_response *response, bool close) {
    bool cached = false;
    bool ok = MHD_add_response_header(mhd_response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
              MHD_add_response_header(mhd_response, "Referrer-Policy", "no-referrer") == MHD_YES;
    if (response->content_type != NULL)
        ok = ok && MHD_add_response_header(mhd_response, "Content-Type", response->content_type) == MHD_YES;
    for (size_t i = 0; i < response->header_count; i++) {
        const struct response_header *header = &response->headers[i];
        cached = cached || strcmp(header->name, "Cache-Control") == 0;
        ok = ok && MHD_add_response_header(mhd_response, header->name, header->value) == MHD_YES;
    }
    if (!cached)
        ok = ok && MHD_add_response_header(mhd_response, "Cache-Control", "no-store") == MHD_YES;
    if (close)
        ok = ok && MHD_add_response_header(mhd_response, "Connection", "close") == MHD_YES;
    return ok;
}

static enum MHD_Result respond(struct exchange *exchange) {
    struct http_response *response = &exchange->response;
    if (response->failed || response->body.failed || response->status == 0) {
        struct http_problem problem;
        http_problem_set(&problem, 500, "The answer could not be made.");
        log_error("no answer could be made",
                  LOG_FIELDS(log_text("path_pattern", exchange->request.match.route != NULL
                                                          ? exchange->request.match.route->pattern
                                                          : "other"),
                             log_text("trace_id", exchange->request.trace.trace_id)));
        http_response_problem(response, &problem);
    }
    struct MHD_Response *mhd_response = make_mhd_response(response);
    if (mhd_response == NULL)
        return MHD_NO;
    enum MHD_Result result = MHD_NO;
    if (add_headers(mhd_response, response, atomic_load(&exchange->server->stopping)))
        result = MHD_queue_response(exchange->connection, (unsigned)response->status, mhd_response);
    MHD_destroy_response(mhd_response);
    if (result == MHD_YES)
        exchange->status = response->status;
    return result;
}

/* --- libmicrohttpd's callbacks
 * ------------------------------------------------------------------------------ */

void *http_exchange_request_line(void *server, const char *uri, struct MHD_Connection *connection) {
    (void)uri;
    struct watched_connection *watched_connection = watched(connection);
    if (watched_connection != NULL)
        connection_watch_enter(((struct http_server *)server)->watch, watched_connection,
                               CONNECTION_RECEIVING);
    return NULL;
}

/* Another thread has done its work: the handler makes the response and frees what it kept. */
static void finish_deferred(struct exchange *exchange) {
    http_handler finish = exchange->finish;
    exchange->finish = NULL;
    count_deferred(exchange->server, -1);
    http_response_reset(&exchange->response);
    finish(&exchange->request, &exchange->response, exchange->server->options.context);
}

enum MHD_Result http_exchange_handle(void *server_data, struct MHD_Connection *connection, const char *path,
                                     const char *method, const char *version, const char *upload_data,
                                     size_t *upload_data_size, void **exchange_data) {
    (void)version;
    struct http_server *server = server_data;
    struct exchange *exchange = *exchange_data;
    if (watched(connection) == NULL)
        return MHD_NO;
    if (exchange == NULL) {
        exchange = exchange_new(server, connection, path, method);
        *exchange_data = exchange;
        if (exchange == NULL)
            return MHD_NO;
        if (!is_refused_unread(exchange))
            return MHD_YES;
        respond_too_large(exchange);
        connection_watch_enter(server->watch, watched(connection), CONNECTION_RESPONDING);
        return respond(exchange);
    }
    if (*upload_data_size > 0) {
        bool go_on = receive(exchange, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    if (!exchange->dispatched) {
        if (!connection_watch_enter(server->watch, watched(connection), CONNECTION_WORKING)) {
            exchange->status = 408;
            return MHD_NO;
        }
        dispatch(exchange);
        /* From here on a deferred exchange may be another thread's: only this one's own fields are looked at.
         */
        if (exchange->finish != NULL)
            return MHD_YES;
    } else {
        finish_deferred(exchange);
    }
    connection_watch_enter(server->watch, watched(connection), CONNECTION_RESPONDING);
    return respond(exchange);
}

static void count(const struct exchange *exchange) {
    const struct http_server *server = exchange->server;
    const struct route_match *match = &exchange->request.match;
    const char *route = match->route != NULL ? match->route->pattern : "other";
    const char *method = exchange->method_is_known ? exchange->request.method : "other";
    char code[16];
    /* 499: the client went away before it had an answer. */
    snprintf(code, sizeof code, "%d", exchange->status != 0 ? exchange->status : 499);
    int64_t duration_ms = clock_monotonic_ms() - exchange->begun_ms;
    metric_add(metric_series(server->requests_total, (const char *[]){route, method, code, NULL}), 1);
    metric_observe(metric_series(server->request_duration, (const char *[]){route, method, NULL}),
                   (double)duration_ms / 1000);
    log_debug("request answered",
              LOG_FIELDS(log_text("route", route), log_text("method", method),
                         log_integer("status", exchange->status), log_integer("duration_ms", duration_ms),
                         log_text("trace_id", exchange->request.trace.trace_id)));
}

void http_exchange_completed(void *server_data, struct MHD_Connection *connection, void **exchange_data,
                             enum MHD_RequestTerminationCode code) {
    (void)code;
    struct http_server *server = server_data;
    struct exchange *exchange = *exchange_data;
    struct watched_connection *watched_connection = watched(connection);
    bool in_time = watched_connection == NULL ||
                   connection_watch_enter(server->watch, watched_connection, CONNECTION_IDLE);
    if (exchange == NULL)
        return;
    /* The client went away meanwhile: a connection is looked at again, and ended, only after it was resumed.
     */
    if (exchange->finish != NULL)
        finish_deferred(exchange);
    if (!in_time && exchange->status == 0)
        exchange->status = 408;
    count(exchange);
    http_response_free(&exchange->response);
    text_buffer_free(&exchange->body);
    free(exchange);
    *exchange_data = NULL;
    pthread_mutex_lock(&server->mutex);
    if (--server->exchanges == 0)
        pthread_cond_broadcast(&server->idle_condition);
    pthread_mutex_unlock(&server->mutex);
}
