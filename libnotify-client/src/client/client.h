/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a notify_client. The calling threads produce (publish.c); the client's own thread serves what
 * librdkafka reports, replaces a producer that broke, and ends it (connection.c).
 */
#ifndef NOTIFY_CLIENT_CLIENT_H
#define NOTIFY_CLIENT_CLIENT_H

#include "config.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum client_state {
    CLIENT_RUNNING,
    CLIENT_REBUILDING, /* the producer had a fatal error and is being replaced: nothing is accepted */
    CLIENT_CLOSING,
};

struct notify_client {
    notify_client_config *config;

    /* Held for reading while the producer is used by a calling thread, for writing by the client's thread to
     * replace it. Whoever holds it for reading looks at state first, so that the writer never starves. */
    pthread_rwlock_t producer_lock;
    rd_kafka_t *producer;
    rd_kafka_queue_t *queue; /* the producer's delivery reports, logs, errors and statistics */

    _Atomic enum client_state state;
    _Atomic enum notify_error refusal; /* while rebuilding: what a publish function returns */
    atomic_bool disconnected;
    atomic_size_t pending; /* accepted, and not told its fate yet */

    /* Signalled when pending becomes 0 and when state becomes CLIENT_CLOSING. */
    pthread_mutex_t change_mutex;
    pthread_cond_t change;

    pthread_t thread;
    rd_kafka_resp_err_t last_told_error; /* the client's thread only: an error that repeats is told once */
};

/* A line for the log callback, or without one standard error. */
void client_log(const notify_client *client, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Counts pending events down and wakes those who wait for none. */
void client_forget_pending(notify_client *client, size_t count);

/* Waits for a change, at most timeout_ms. */
void client_await_change(notify_client *client, int timeout_ms);

/* Creates client->producer and its queue. */
enum notify_error connection_open(notify_client *client);
/* Gives up what is pending, tells each event's fate, and destroys the producer. */
void connection_close(notify_client *client);
/* The client's thread: serves the producer until state is CLIENT_CLOSING. */
void *connection_run(void *client);
/* True on a client's own thread, where nothing may wait for it. */
bool connection_is_own_thread(const notify_client *client);

#endif
