/* SPDX-License-Identifier: Apache-2.0 */
#include "connection_watch.h"
#include "common/clock.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SWEEP_INTERVAL_MS 500

static const char request_timeout_response[] =
    "HTTP/1.1 408 Request Timeout\r\n"
    "Content-Type: application/problem+json\r\n"
    "Content-Length: 123\r\n"
    "Connection: close\r\n"
    "\r\n"
    "{\"type\":\"about:blank\",\"title\":\"Request Timeout\",\"status\":408,"
    "\"detail\":\"The request did not arrive within the time limit.\"}\n";

struct watched_connection {
    struct watched_connection *previous, *next;
    int socket;
    enum connection_phase phase;
    int64_t deadline_ms; /* INT64_MAX: none */
    bool ended;
};

struct connection_watch {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t stop_condition;
    bool stopping;
    struct connection_limits limits;
    struct watched_connection list; /* a ring; the head is no connection */
};

void connection_refuse(int socket, const char *response, size_t size) {
    /* Best effort: the client is at fault, and may be gone. */
    ssize_t sent = send(socket, response, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;
    shutdown(socket, SHUT_RDWR);
}

static void end_connection(struct watched_connection *connection) {
    connection->ended = true;
    if (connection->phase == CONNECTION_RECEIVING)
        connection_refuse(connection->socket, request_timeout_response, sizeof request_timeout_response - 1);
    else
        shutdown(connection->socket, SHUT_RDWR);
}

static void *sweep(void *data) {
    struct connection_watch *watch = data;
    pthread_mutex_lock(&watch->mutex);
    while (!watch->stopping) {
        int64_t now_ms = clock_monotonic_ms();
        for (struct watched_connection *connection = watch->list.next; connection != &watch->list;
             connection = connection->next) {
            if (!connection->ended && connection->deadline_ms <= now_ms)
                end_connection(connection);
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += SWEEP_INTERVAL_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&watch->stop_condition, &watch->mutex, &until);
    }
    pthread_mutex_unlock(&watch->mutex);
    return NULL;
}

static void init_stop_condition(struct connection_watch *watch) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->stop_condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool connection_watch_start(struct connection_watch **watch_out, const struct connection_limits *limits,
                            struct error *error) {
    struct connection_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return error_set(error, "no memory");
    watch->limits = *limits;
    watch->list.next = watch->list.previous = &watch->list;
    pthread_mutex_init(&watch->mutex, NULL);
    init_stop_condition(watch);
    int failure = pthread_create(&watch->thread, NULL, sweep, watch);
    if (failure != 0) {
        pthread_cond_destroy(&watch->stop_condition);
        pthread_mutex_destroy(&watch->mutex);
        free(watch);
        return error_set(error, "cannot start a thread: %s", strerror(failure));
    }
    *watch_out = watch;
    return true;
}

void connection_watch_stop(struct connection_watch *watch) {
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->mutex);
    watch->stopping = true;
    pthread_cond_signal(&watch->stop_condition);
    pthread_mutex_unlock(&watch->mutex);
    pthread_join(watch->thread, NULL);
    pthread_cond_destroy(&watch->stop_condition);
    pthread_mutex_destroy(&watch->mutex);
    free(watch);
}

struct watched_connection *connection_watch_add(struct connection_watch *watch, int socket) {
    struct watched_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return NULL;
    connection->socket = socket;
    connection->phase = CONNECTION_IDLE;
    connection->deadline_ms = clock_monotonic_ms() + watch->limits.request_ms;
    pthread_mutex_lock(&watch->mutex);
    connection->next = &watch->list;
    connection->previous = watch->list.previous;
    connection->previous->next = connection;
    watch->list.previous = connection;
    pthread_mutex_unlock(&watch->mutex);
    return connection;
}

void connection_watch_remove(struct connection_watch *watch, struct watched_connection *connection) {
    if (connection == NULL)
        return;
    pthread_mutex_lock(&watch->mutex);
    connection->previous->next = connection->next;
    connection->next->previous = connection->previous;
    pthread_mutex_unlock(&watch->mutex);
    free(connection);
}

static int64_t deadline_of(const struct connection_watch *watch, const struct watched_connection *connection,
                           enum connection_phase phase) {
    int64_t now_ms = clock_monotonic_ms();
    switch (phase) {
    case CONNECTION_IDLE:
        return now_ms + watch->limits.idle_ms;
    case CONNECTION_RECEIVING: {
        /* On a new connection the time runs since the accept: a slow request line counts too. */
        int64_t deadline_ms = now_ms + watch->limits.request_ms;
        return deadline_ms < connection->deadline_ms ? deadline_ms : connection->deadline_ms;
    }
    case CONNECTION_RESPONDING:
        return now_ms + watch->limits.response_ms;
    case CONNECTION_WORKING:
        break;
    }
    return INT64_MAX;
}

bool connection_watch_enter(struct connection_watch *watch, struct watched_connection *connection,
                            enum connection_phase phase) {
    pthread_mutex_lock(&watch->mutex);
    bool in_time = !connection->ended;
    connection->deadline_ms = deadline_of(watch, connection, phase);
    connection->phase = phase;
    pthread_mutex_unlock(&watch->mutex);
    return in_time;
}
