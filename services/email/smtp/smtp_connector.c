/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_connector_internal.h"
#include <assert.h>
#include <stdlib.h>

/* A socket that libcurl wants watched while it connects. */
struct watched_socket {
    TAILQ_ENTRY(watched_socket) entry;
    struct smtp_connector *connector;
    curl_socket_t fd;
    uv_poll_t poll;
};

/* --- what libcurl waits for: it is driven on when that comes --- */

static void read_messages(struct smtp_connector *connector) {
    CURLMsg *message;
    int left = 0;
    while ((message = curl_multi_info_read(connector->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct easy_handle *easy = NULL;
        CURLcode result = message->data.result;
        if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&easy) == CURLE_OK)
            easy->done(easy->data, result);
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

/* --- what libcurl wants watched --- */

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

static bool is_taken_over(const struct smtp_connector *connector, curl_socket_t fd) {
    struct easy_handle *easy;
    LIST_FOREACH(easy, &connector->easy_handles, entry) {
        if (easy->own_socket == fd)
            return true;
    }
    return false;
}

static int on_curl_socket(CURL *curl, curl_socket_t fd, int what, void *data, void *socket_data) {
    struct smtp_connector *connector = data;
    struct watched_socket *watched = socket_data;
    (void)curl;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL)
            unwatch(watched);
        return 0;
    }
    if (watched == NULL && (!connector->timer_is_open || is_taken_over(connector, fd)))
        return 0;
    if (watched == NULL)
        watched = watch(connector, fd);
    if (watched == NULL)
        return -1;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watched->poll, events, on_watched_ready) == 0 ? 0 : -1;
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

/* --- for connections --- */

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

bool smtp_connector_add(struct smtp_connector *connector, struct easy_handle *easy) {
    easy->own_socket = CURL_SOCKET_BAD;
    if (!open_timer(connector) || curl_easy_setopt(easy->curl, CURLOPT_PRIVATE, easy) != CURLE_OK ||
        curl_multi_add_handle(connector->multi, easy->curl) != CURLM_OK)
        return false;
    LIST_INSERT_HEAD(&connector->easy_handles, easy, entry);
    return true;
}

curl_socket_t smtp_connector_take_over(struct smtp_connector *connector, struct easy_handle *easy) {
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(easy->curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
        return CURL_SOCKET_BAD;
    struct watched_socket *watched, *next;
    for (watched = TAILQ_FIRST(&connector->watched); watched != NULL; watched = next) {
        next = TAILQ_NEXT(watched, entry);
        if (watched->fd == fd)
            unwatch(watched);
    }
    easy->own_socket = fd;
    return fd;
}

void smtp_connector_remove(struct smtp_connector *connector, struct easy_handle *easy) {
    LIST_REMOVE(easy, entry);
    curl_multi_remove_handle(connector->multi, easy->curl);
}

/* --- making and ending --- */

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
    LIST_INIT(&connector->easy_handles);
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
    assert(LIST_EMPTY(&connector->easy_handles));
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
