/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_connection.h"
#include "smtp_connector_internal.h"
#include "smtp_reply.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct smtp_connection {
    struct smtp_connector *connector;
    struct smtp_connection_events events;
    struct easy_handle easy;
    struct smtp_extensions extensions;
    bool in_ehlo; /* its first line was seen */
    bool authenticated;
    int refusal_code; /* of the last reply that was one */
    char refusal[200];
    char curl_error[CURL_ERROR_SIZE];
    bool is_up, is_closed, wants_write;
    uv_poll_t poll; /* once it is up */
};

/* --- libcurl's part of the dialogue --- */

/* What a reply line tells. Each comes in a call of its own. */
static size_t on_reply_line(char *line, size_t unit, size_t count, void *data) {
    struct smtp_connection *connection = data;
    size_t size = unit * count;
    if (size < 3 || connection->is_up)
        return size;
    if (memcmp(line, "220", 3) == 0) {
        /* The greeting, or STARTTLS goes ahead: what was offered before counts no more (RFC 3207 §4.2). */
        connection->extensions = (struct smtp_extensions){0};
        connection->in_ehlo = connection->authenticated = false;
    } else if (memcmp(line, "250", 3) == 0) {
        if (connection->in_ehlo)
            smtp_extensions_read_line(&connection->extensions, line, size);
        connection->in_ehlo = true;
    } else if (memcmp(line, "235", 3) == 0) {
        connection->authenticated = true;
    } else if (line[0] == '4' || line[0] == '5') {
        while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
            size--;
        smtp_copy_printable(connection->refusal, sizeof(connection->refusal), line, size);
        connection->refusal_code = atoi(connection->refusal);
    }
    return unit * count;
}

/* libcurl's message body callback; there is none to come. */
static size_t on_body(char *bytes, size_t unit, size_t count, void *data) {
    (void)bytes;
    (void)data;
    return unit * count;
}

/* --- from libcurl to the session --- */

static void fail(struct smtp_connection *connection, const char *what) {
    char text[256];
    const char *name = connection->connector->endpoint.name;
    if (connection->refusal_code != 0)
        snprintf(text, sizeof(text), "no session with %s: %s (%s)", name, what, connection->refusal);
    else
        snprintf(text, sizeof(text), "no session with %s: %s", name, what);
    connection->events.failed(connection->events.data, connection->refusal_code, text);
}

static void on_dialogue_ready(uv_poll_t *poll, int status, int events) {
    struct smtp_connection *connection = poll->data;
    (void)status; /* an error shows at the next send or receive */
    (void)events;
    if (!connection->is_closed)
        connection->events.ready(connection->events.data);
}

static int poll_events(const struct smtp_connection *connection) {
    return UV_READABLE | (connection->wants_write ? UV_WRITABLE : 0);
}

/* From here on the socket is watched for the session's dialogue. */
static void take_over(struct smtp_connection *connection) {
    struct smtp_connector *connector = connection->connector;
    curl_socket_t fd = smtp_connector_take_over(connector, &connection->easy);
    if (fd == CURL_SOCKET_BAD) {
        fail(connection, "the connection is gone already");
        return;
    }
    int failed = uv_poll_init(connector->loop, &connection->poll, fd);
    if (failed != 0) {
        fail(connection, uv_strerror(failed));
        return;
    }
    open_handles_add(connector->handles);
    connection->poll.data = connection;
    connection->is_up = true;
    failed = uv_poll_start(&connection->poll, poll_events(connection), on_dialogue_ready);
    if (failed != 0)
        fail(connection, uv_strerror(failed));
    else
        connection->events.connected(connection->events.data);
}

static void on_done(void *data, CURLcode result) {
    struct smtp_connection *connection = data;
    bool has_text = connection->curl_error[0] != '\0';
    if (result != CURLE_OK)
        fail(connection, has_text ? connection->curl_error : curl_easy_strerror(result));
    else if (connection->connector->endpoint.username != NULL && !connection->authenticated)
        /* libcurl goes on without AUTH where the server offers none: seen with 7.88.1 and 8.14.1 */
        fail(connection, "the server took no credentials (AUTH is not offered)");
    else
        take_over(connection);
}

/* --- for the session --- */

static bool set_options(struct smtp_connection *connection, struct error *error) {
    const struct smtp_timeouts *timeouts = &connection->connector->timeouts;
    CURL *easy = connection->easy.curl;
    /* The session's own timer comes first and says more; libcurl's are there in case it does not. */
    long response_s = (long)(timeouts->greeting / 1000) + 2;
    long connect_ms = (long)(timeouts->connect + timeouts->greeting) + 2000;
    if (!smtp_endpoint_apply(&connection->connector->endpoint, easy, error))
        return false;
    CURLcode result = curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Else closing waits for a name lookup that hangs. */
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, response_s);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, connection->curl_error);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply_line);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_HEADERDATA, connection);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    return result == CURLE_OK ? true : error_set(error, "libcurl: %s", curl_easy_strerror(result));
}

struct smtp_connection *smtp_connection_open(struct smtp_connector *connector,
                                             const struct smtp_connection_events *events,
                                             struct error *error) {
    error_set(error, "no memory for an SMTP session"); /* unless it turns out to be something else */
    struct smtp_connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL)
        return NULL;
    connection->connector = connector;
    connection->events = *events;
    connection->easy = (struct easy_handle){.curl = curl_easy_init(), .done = on_done, .data = connection};
    if (connection->easy.curl == NULL || !set_options(connection, error) ||
        !smtp_connector_add(connector, &connection->easy)) {
        curl_easy_cleanup(connection->easy.curl);
        free(connection);
        return NULL;
    }
    return connection;
}

bool smtp_connection_has_tcp(const struct smtp_connection *connection) {
    curl_off_t microseconds = 0;
    return curl_easy_getinfo(connection->easy.curl, CURLINFO_CONNECT_TIME_T, &microseconds) == CURLE_OK &&
           microseconds > 0;
}

const struct smtp_extensions *smtp_connection_extensions(const struct smtp_connection *connection) {
    return &connection->extensions;
}

enum smtp_transfer smtp_connection_send(struct smtp_connection *connection, const char *bytes, size_t size,
                                        size_t *sent) {
    *sent = 0;
    CURLcode result = curl_easy_send(connection->easy.curl, bytes, size, sent);
    if (result == CURLE_AGAIN)
        return SMTP_TRANSFER_AGAIN;
    return result == CURLE_OK ? SMTP_TRANSFER_DONE : SMTP_TRANSFER_CLOSED;
}

enum smtp_transfer smtp_connection_receive(struct smtp_connection *connection, char *bytes, size_t room,
                                           size_t *received) {
    *received = 0;
    CURLcode result = curl_easy_recv(connection->easy.curl, bytes, room, received);
    if (result == CURLE_AGAIN)
        return SMTP_TRANSFER_AGAIN;
    return result == CURLE_OK && *received > 0 ? SMTP_TRANSFER_DONE : SMTP_TRANSFER_CLOSED;
}

void smtp_connection_want_write(struct smtp_connection *connection, bool on) {
    if (connection->wants_write == on || connection->is_closed)
        return;
    connection->wants_write = on;
    /* It cannot fail for a handle that is open and not closing. */
    uv_poll_start(&connection->poll, poll_events(connection), on_dialogue_ready);
}

static void on_poll_closed(uv_handle_t *handle) {
    struct smtp_connection *connection = handle->data;
    struct open_handles *handles = connection->connector->handles;
    free(connection);
    open_handles_remove(handles);
}

void smtp_connection_close(struct smtp_connection *connection) {
    connection->is_closed = true;
    if (connection->is_up) {
        uv_close((uv_handle_t *)&connection->poll, on_poll_closed);
        /* Whatever libcurl does with what it keeps, it says nothing more: QUIT inside a message would be part
         * of it. */
        shutdown(connection->easy.own_socket, SHUT_RDWR);
    }
    smtp_connector_remove(connection->connector, &connection->easy);
    curl_easy_cleanup(connection->easy.curl);
    if (!connection->is_up)
        free(connection);
}
