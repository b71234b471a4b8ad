/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_connection.h"
#include "smtp_endpoint.h"
#include "smtp_reply.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

/* A socket that libcurl wants watched while it connects. */
struct watched_socket {
    TAILQ_ENTRY(watched_socket) entry;
    struct smtp_connector *connector;
    curl_socket_t fd;
    uv_poll_t poll;
};

struct smtp_connection {
    LIST_ENTRY(smtp_connection) entry;
    struct smtp_connector *connector;
    struct smtp_connection_events events;
    CURL *easy;
    struct smtp_extensions extensions;
    bool in_ehlo; /* its first line was seen */
    bool authenticated;
    int refusal_code; /* of the last reply that was one */
    char refusal[200];
    char curl_error[CURL_ERROR_SIZE];
    bool is_up, is_closed, wants_write;
    curl_socket_t fd; /* once it is up */
    uv_poll_t poll;
};

struct smtp_connector {
    uv_loop_t *loop;
    struct open_handles *handles;
    struct smtp_endpoint endpoint;
    struct smtp_timeouts timeouts;
    CURLM *multi;
    uv_timer_t timer;
    bool timer_is_open;
    TAILQ_HEAD(, watched_socket) watched;
    LIST_HEAD(, smtp_connection) connections;
};

void open_handles_add(struct open_handles *handles) {
    handles->count++;
}

void open_handles_remove(struct open_handles *handles) {
    assert(handles->count > 0);
    if (--handles->count == 0 && handles->all_closed != NULL)
        handles->all_closed(handles->data);
}

/* What a reply line of libcurl's part of the dialogue tells. Each comes in a call of its own. */
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

static void on_watched_closed(uv_handle_t *handle) {
    struct watched_socket *watched = handle->data;
    struct open_handles *handles = watched->connector->handles;
    free(watched);
    open_handles_remove(handles);
}

/* Closed at once, not only stopped: a later close would take the fd's next user out of the poll set with it.
 */
static void unwatch(struct watched_socket *watched) {
    TAILQ_REMOVE(&watched->connector->watched, watched, entry);
    curl_multi_assign(watched->connector->multi, watched->fd, NULL);
    uv_close((uv_handle_t *)&watched->poll, on_watched_closed);
}

static void fail(struct smtp_connection *connection, const char *what) {
    char text[256];
    const char *name = connection->connector->endpoint.name;
    if (connection->refusal_code != 0)
        snprintf(text, sizeof(text), "no session with %s: %s (%s)", name, what, connection->refusal);
    else
        snprintf(text, sizeof(text), "no session with %s: %s", name, what);
    connection->events.failed(connection->events.data, connection->refusal_code, text);
}

/* From here on the socket is watched for the session's dialogue. */
static void take_over(struct smtp_connection *connection) {
    struct smtp_connector *connector = connection->connector;
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(connection->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
        fd == CURL_SOCKET_BAD) {
        fail(connection, "the connection is gone already");
        return;
    }
    struct watched_socket *watched, *next;
    for (watched = TAILQ_FIRST(&connector->watched); watched != NULL; watched = next) {
        next = TAILQ_NEXT(watched, entry);
        if (watched->fd == fd)
            unwatch(watched);
    }
    int failed = uv_poll_init(connector->loop, &connection->poll, fd);
    if (failed != 0) {
        fail(connection, uv_strerror(failed));
        return;
    }
    open_handles_add(connector->handles);
    connection->poll.data = connection;
    connection->fd = fd;
    connection->is_up = true;
    failed = uv_poll_start(&connection->poll, poll_events(connection), on_dialogue_ready);
    if (failed != 0)
        fail(connection, uv_strerror(failed));
    else
        connection->events.connected(connection->events.data);
}

static void on_done(struct smtp_connection *connection, CURLcode result) {
    bool has_text = connection->curl_error[0] != '\0';
    if (result != CURLE_OK)
        fail(connection, has_text ? connection->curl_error : curl_easy_strerror(result));
    else if (connection->connector->endpoint.username != NULL && !connection->authenticated)
        /* libcurl goes on without AUTH where the server offers none: seen with 7.88.1 and 8.14.1 */
        fail(connection, "the server took no credentials (AUTH is not offered)");
    else
        take_over(connection);
}

static void read_messages(struct smtp_connector *connector) {
    CURLMsg *message;
    int left = 0;
    while ((message = curl_multi_info_read(connector->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct smtp_connection *connection = NULL;
        CURLcode result = message->data.result;
        if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&connection) == CURLE_OK)
            on_done(connection, result);
    }
}

static void drive(struct smtp_connector *connector, curl_socket_t fd, int flags) {
    int running = 0;
    curl_multi_socket_action(connector->multi, fd, flags, &running);
    read_messages(connector);
}

static void on_watched_ready(uv_poll_t *poll, int status, int events) {
    struct watched_socket *watched = poll->data;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    drive(watched->connector, watched->fd, flags);
}

static void on_timer(uv_timer_t *timer) {
    drive(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *data) {
    struct smtp_connector *connector = data;
    (void)multi;
    if (!connector->timer_is_open)
        return 0;
    if (timeout_ms < 0)
        return uv_timer_stop(&connector->timer) == 0 ? 0 : -1;
    return uv_timer_start(&connector->timer, on_timer, (uint64_t)timeout_ms, 0) == 0 ? 0 : -1;
}

static struct watched_socket *watch(struct smtp_connector *connector, curl_socket_t fd) {
    struct watched_socket *watched = calloc(1, sizeof(*watched));
    if (watched == NULL)
        return NULL;
    if (uv_poll_init(connector->loop, &watched->poll, fd) != 0) {
        free(watched);
        return NULL;
    }
    open_handles_add(connector->handles);
    watched->connector = connector;
    watched->fd = fd;
    watched->poll.data = watched;
    TAILQ_INSERT_TAIL(&connector->watched, watched, entry);
    curl_multi_assign(connector->multi, fd, watched);
    return watched;
}

static bool is_in_dialogue(const struct smtp_connector *connector, curl_socket_t fd) {
    struct smtp_connection *connection;
    LIST_FOREACH(connection, &connector->connections, entry) {
        if (connection->is_up && connection->fd == fd)
            return true;
    }
    return false;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data) {
    struct smtp_connector *connector = data;
    struct watched_socket *watched = socket_data;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL)
            unwatch(watched);
        return 0;
    }
    if (watched == NULL && (!connector->timer_is_open || is_in_dialogue(connector, fd)))
        return 0;
    if (watched == NULL)
        watched = watch(connector, fd);
    if (watched == NULL)
        return -1;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watched->poll, events, on_watched_ready) == 0 ? 0 : -1;
}

static bool make_multi(struct smtp_connector *connector, struct error *error) {
    connector->multi = curl_multi_init();
    if (connector->multi == NULL)
        return error_set(error, "libcurl gives no multi handle");
    CURLMcode result = curl_multi_setopt(connector->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    if (result == CURLM_OK)
        result = curl_multi_setopt(connector->multi, CURLMOPT_SOCKETDATA, connector);
    if (result == CURLM_OK)
        result = curl_multi_setopt(connector->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    if (result == CURLM_OK)
        result = curl_multi_setopt(connector->multi, CURLMOPT_TIMERDATA, connector);
    /* Never so many that libcurl closes "idle" connections of its own accord. */
    if (result == CURLM_OK)
        result = curl_multi_setopt(connector->multi, CURLMOPT_MAXCONNECTS, 100000L);
    return result == CURLM_OK ? true : error_set(error, "libcurl: %s", curl_multi_strerror(result));
}

bool smtp_connector_new(struct smtp_connector **connector_out, uv_loop_t *loop, struct open_handles *handles,
                        const struct smtp_pool_settings *settings, struct error *error) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, "libcurl cannot be initialised");
    struct smtp_connector *connector = calloc(1, sizeof(*connector));
    if (connector == NULL) {
        curl_global_cleanup();
        return error_set(error, "no memory for SMTP connections");
    }
    connector->loop = loop;
    connector->handles = handles;
    connector->timeouts = settings->timeouts;
    TAILQ_INIT(&connector->watched);
    LIST_INIT(&connector->connections);
    bool made =
        (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) != 0
            ? true
            : error_set(error, "this libcurl looks up names in a way that would block the event loop");
    if (!made || !smtp_endpoint_set(&connector->endpoint, settings, error) || !make_multi(connector, error)) {
        smtp_connector_free(connector);
        return false;
    }
    *connector_out = connector;
    return true;
}

static void on_timer_closed(uv_handle_t *handle) {
    struct smtp_connector *connector = handle->data;
    open_handles_remove(connector->handles);
}

void smtp_connector_stop(struct smtp_connector *connector) {
    assert(LIST_EMPTY(&connector->connections));
    if (!connector->timer_is_open)
        return;
    connector->timer_is_open = false;
    uv_close((uv_handle_t *)&connector->timer, on_timer_closed);
}

void smtp_connector_free(struct smtp_connector *connector) {
    if (connector == NULL)
        return;
    curl_multi_cleanup(connector->multi);
    smtp_endpoint_clear(&connector->endpoint);
    free(connector);
    curl_global_cleanup();
}

static bool set_options(struct smtp_connection *connection, struct error *error) {
    const struct smtp_timeouts *timeouts = &connection->connector->timeouts;
    CURL *easy = connection->easy;
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
        result = curl_easy_setopt(easy, CURLOPT_PRIVATE, connection);
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

static bool open_timer(struct smtp_connector *connector) {
    if (connector->timer_is_open)
        return true;
    if (uv_timer_init(connector->loop, &connector->timer) != 0)
        return false;
    connector->timer.data = connector;
    connector->timer_is_open = true;
    open_handles_add(connector->handles);
    return true;
}

struct smtp_connection *smtp_connection_open(struct smtp_connector *connector,
                                             const struct smtp_connection_events *events,
                                             struct error *error) {
    error_set(error, "no memory for an SMTP session"); /* unless it turns out to be something else */
    if (!open_timer(connector))
        return NULL;
    struct smtp_connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL)
        return NULL;
    connection->connector = connector;
    connection->events = *events;
    connection->easy = curl_easy_init();
    if (connection->easy == NULL || !set_options(connection, error) ||
        curl_multi_add_handle(connector->multi, connection->easy) != CURLM_OK) {
        curl_easy_cleanup(connection->easy);
        free(connection);
        return NULL;
    }
    LIST_INSERT_HEAD(&connector->connections, connection, entry);
    return connection;
}

bool smtp_connection_has_tcp(const struct smtp_connection *connection) {
    curl_off_t microseconds = 0;
    return curl_easy_getinfo(connection->easy, CURLINFO_CONNECT_TIME_T, &microseconds) == CURLE_OK &&
           microseconds > 0;
}

const struct smtp_extensions *smtp_connection_extensions(const struct smtp_connection *connection) {
    return &connection->extensions;
}

enum smtp_transfer smtp_connection_send(struct smtp_connection *connection, const char *bytes, size_t size,
                                        size_t *sent) {
    *sent = 0;
    CURLcode result = curl_easy_send(connection->easy, bytes, size, sent);
    if (result == CURLE_AGAIN)
        return SMTP_TRANSFER_AGAIN;
    return result == CURLE_OK ? SMTP_TRANSFER_DONE : SMTP_TRANSFER_CLOSED;
}

enum smtp_transfer smtp_connection_receive(struct smtp_connection *connection, char *bytes, size_t room,
                                           size_t *received) {
    *received = 0;
    CURLcode result = curl_easy_recv(connection->easy, bytes, room, received);
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
    LIST_REMOVE(connection, entry);
    if (connection->is_up) {
        uv_close((uv_handle_t *)&connection->poll, on_poll_closed);
        /* Whatever libcurl does with what it keeps, it says nothing more: QUIT inside a message would be part
         * of it. */
        shutdown(connection->fd, SHUT_RDWR);
    }
    curl_multi_remove_handle(connection->connector->multi, connection->easy);
    curl_easy_cleanup(connection->easy);
    if (!connection->is_up)
        free(connection);
}
