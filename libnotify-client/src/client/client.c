/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"
#include "error.h"
#include "monotonic.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* How long a look at the producer may take, so that it can be replaced between two. */
#define FLUSH_SLICE_MS 50

void client_log(const notify_client *client, int level, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (client->config->log_callback != NULL)
        client->config->log_callback(level, text, client->config->log_callback_data);
    else if (level <= LOG_WARNING)
        fprintf(stderr, "libnotify-client: %s\n", text);
}

void client_forget_pending(notify_client *client, size_t count) {
    if (count == 0 || atomic_fetch_sub(&client->pending, count) != count)
        return;
    pthread_mutex_lock(&client->change_mutex);
    pthread_cond_broadcast(&client->change);
    pthread_mutex_unlock(&client->change_mutex);
}

void client_await_change(notify_client *client, int timeout_ms) {
    struct timespec deadline = monotonic_deadline(timeout_ms);
    pthread_mutex_lock(&client->change_mutex);
    if (client->state != CLIENT_CLOSING && client->pending != 0)
        pthread_cond_timedwait(&client->change, &client->change_mutex, &deadline);
    pthread_mutex_unlock(&client->change_mutex);
}

/* Signals are the application's: its handlers and signalfds must not lose one to this thread. */
static int start_thread(notify_client *client) {
    sigset_t all, before;
    sigfillset(&all);
    int failed = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (failed != 0)
        return failed;
    failed = pthread_create(&client->thread, NULL, connection_run, client);
    if (failed == 0)
        (void)pthread_setname_np(client->thread, "notify-client"); /* only a help to debuggers */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static enum notify_error init_locks(notify_client *client) {
    if (pthread_rwlock_init(&client->producer_lock, NULL) != 0)
        return notify_fail(NOTIFY_E_SYSTEM, "no lock to be had");
    if (pthread_mutex_init(&client->change_mutex, NULL) != 0) {
        pthread_rwlock_destroy(&client->producer_lock);
        return notify_fail(NOTIFY_E_SYSTEM, "no mutex to be had");
    }
    if (!monotonic_condition_init(&client->change)) {
        pthread_mutex_destroy(&client->change_mutex);
        pthread_rwlock_destroy(&client->producer_lock);
        return notify_fail(NOTIFY_E_SYSTEM, "no condition variable to be had");
    }
    return NOTIFY_OK;
}

static void destroy_locks(notify_client *client) {
    pthread_cond_destroy(&client->change);
    pthread_mutex_destroy(&client->change_mutex);
    pthread_rwlock_destroy(&client->producer_lock);
}

static enum notify_error start(notify_client *client) {
    enum notify_error error = init_locks(client);
    if (error != NOTIFY_OK)
        return error;
    error = connection_open(client);
    if (error == NOTIFY_OK) {
        int failed = start_thread(client);
        if (failed == 0)
            return NOTIFY_OK;
        error = notify_fail(NOTIFY_E_SYSTEM, "cannot start a thread: %s", strerror(failed));
        connection_close(client);
    }
    destroy_locks(client);
    return error;
}

static enum notify_error create(notify_client **client_out, const notify_client_config *config) {
    if (client_out == NULL || config == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "client_out or the configuration is NULL");
    *client_out = NULL;
    if (notify_client_config_get(config, "bootstrap.servers") == NULL)
        return notify_fail(NOTIFY_E_INVALID_CONFIG, "bootstrap.servers (KAFKA_BOOTSTRAP_SERVERS) is not set");
    notify_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return notify_fail_no_memory();
    enum notify_error error = notify_client_config_copy(&client->config, config);
    if (error == NOTIFY_OK)
        error = start(client);
    if (error != NOTIFY_OK) {
        notify_client_config_free(client->config);
        free(client);
        return error;
    }
    *client_out = client;
    return NOTIFY_OK;
}

enum notify_error notify_client_new(notify_client **client_out, const notify_client_config *config,
                                    char *error_text, size_t error_text_size) {
    return notify_tell(create(client_out, config), error_text, error_text_size);
}

notify_client *notify_client_free(notify_client *client) {
    if (client == NULL)
        return NULL;
    if (connection_is_own_thread(client)) {
        client_log(client, LOG_ERR,
                   "notify_client_free() was called from a callback: the client is not freed");
        return NULL;
    }
    client->state = CLIENT_CLOSING;
    pthread_mutex_lock(&client->change_mutex);
    pthread_cond_broadcast(&client->change);
    pthread_mutex_unlock(&client->change_mutex);
    pthread_rwlock_rdlock(&client->producer_lock);
    if (client->queue != NULL)
        rd_kafka_queue_yield(client->queue);
    pthread_rwlock_unlock(&client->producer_lock);

    pthread_join(client->thread, NULL);
    destroy_locks(client);
    notify_client_config_free(client->config);
    free(client);
    return NULL;
}

/* Has librdkafka send at once what waits for linger.ms; returns when it has nothing left, or after the slice.
 */
static void push_out(notify_client *client, int slice_ms) {
    bool running = false;
    if (pthread_rwlock_rdlock(&client->producer_lock) == 0) {
        running = client->state == CLIENT_RUNNING;
        if (running)
            (void)rd_kafka_flush(client->producer, slice_ms); /* _TIMED_OUT is what pending tells, too */
        pthread_rwlock_unlock(&client->producer_lock);
    }
    /* Nothing left there: the last callbacks are running, or the producer is being replaced. */
    client_await_change(client, running ? 5 : slice_ms);
}

enum notify_error notify_client_flush(notify_client *client, int timeout_ms) {
    if (client == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the client is NULL");
    if (connection_is_own_thread(client))
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "a callback must not wait for deliveries");
    int64_t deadline = monotonic_ms() + timeout_ms;
    while (client->pending != 0) {
        int64_t left = timeout_ms < 0 ? FLUSH_SLICE_MS : deadline - monotonic_ms();
        if (left <= 0)
            return notify_fail(NOTIFY_E_TIMED_OUT, "%zu events are still pending after %d ms",
                               client->pending, timeout_ms);
        push_out(client, left < FLUSH_SLICE_MS ? (int)left : FLUSH_SLICE_MS);
    }
    return NOTIFY_OK;
}

size_t notify_client_pending(const notify_client *client) {
    return client == NULL ? 0 : client->pending;
}

int notify_client_is_disconnected(const notify_client *client) {
    return client != NULL && client->disconnected;
}

void notify_client_log(const notify_client *client, int level, const char *text) {
    if (client != NULL && text != NULL)
        client_log(client, level, "%s", text);
}
