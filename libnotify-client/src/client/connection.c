/* SPDX-License-Identifier: Apache-2.0 */
/* The client's thread: one producer after another, and what each reports. */
#include "client.h"
#include "delivery.h"
#include "error.h"
#include "monotonic.h"

#include <string.h>
#include <syslog.h>

#define POLL_MS 500
/* How long a broken producer may wait for the replies to what is on the wire, before those events' fate is
 * left open. */
#define REPLIES_MS 5000
/* How long librdkafka may take to report what was purged. Its threads do that at once; one stuck in a name
 * server's look-up is the longest wait known. */
#define REPORTS_MS 60000
/* Between a producer that broke and the next, when each breaks at once (no right to produce idempotently). */
#define REBUILD_PAUSE_MIN_MS 100
#define REBUILD_PAUSE_MAX_MS 30000

static _Thread_local const notify_client *own_client;

bool connection_is_own_thread(const notify_client *client) {
    return own_client == client;
}

/* --- what the producer reports --- */

static void set_connected(notify_client *client) {
    client->last_told_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (client->disconnected && atomic_exchange(&client->disconnected, false))
        client_log(client, LOG_INFO, "a Kafka broker can be reached again");
}

static void serve_deliveries(notify_client *client, rd_kafka_event_t *event) {
    const rd_kafka_message_t *message;
    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            set_connected(client);
        /* A flush waits for callbacks to return; who waits for one event finds it not pending any more. */
        bool awaited = delivery_is_awaited(message);
        if (awaited)
            client_forget_pending(client, 1);
        delivery_settle(message, client->config->delivery_callback, client->config->delivery_callback_data);
        if (!awaited)
            client_forget_pending(client, 1);
    }
}

static void serve_error(notify_client *client, rd_kafka_event_t *event) {
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    switch (code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        if (!atomic_exchange(&client->disconnected, true))
            client_log(client, LOG_WARNING, "no Kafka broker can be reached; events wait in memory");
        break;
    case RD_KAFKA_RESP_ERR__TRANSPORT: /* these are in the log, too */
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__FATAL: /* told when the producer is replaced */
        break;
    default:
        /* Refused credentials come back with each attempt to connect. */
        if (code != client->last_told_error)
            client_log(client, LOG_ERR, "%s", rd_kafka_event_error_string(event));
        client->last_told_error = code;
    }
}

static void serve_log(const notify_client *client, rd_kafka_event_t *event) {
    const char *facility = "", *text = "";
    int level = LOG_DEBUG;
    if (rd_kafka_event_log(event, &facility, &text, &level) != 0)
        return;
    /* While no broker answers, librdkafka tells of every attempt; that was told once already. */
    if (client->disconnected)
        level = LOG_DEBUG;
    int told = level < LOG_ERR ? LOG_ERR : level == LOG_NOTICE ? LOG_INFO : level;
    client_log(client, told, "librdkafka %s: %s", facility, text);
}

static void serve_event(notify_client *client, rd_kafka_event_t *event) {
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        serve_deliveries(client, event);
        break;
    case RD_KAFKA_EVENT_ERROR:
        serve_error(client, event);
        break;
    case RD_KAFKA_EVENT_LOG:
        serve_log(client, event);
        break;
    case RD_KAFKA_EVENT_STATS:
        /* "state" of a broker; the other states in the statistics have other names. */
        if (client->disconnected && strstr(rd_kafka_event_stats(event), "\"state\":\"UP\"") != NULL)
            set_connected(client);
        break;
    default:
        break;
    }
}

static void serve(notify_client *client, int timeout_ms) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(client->queue, timeout_ms);
    if (event == NULL)
        return;
    serve_event(client, event);
    rd_kafka_event_destroy(event);
}

/* --- its life --- */

enum notify_error connection_open(notify_client *client) {
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(client->config->conf);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_ERROR |
                                       RD_KAFKA_EVENT_STATS);
    char reason[256];
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (producer == NULL) {
        bool bad_config = rd_kafka_last_error() == RD_KAFKA_RESP_ERR__INVALID_ARG;
        rd_kafka_conf_destroy(conf);
        return notify_fail(bad_config ? NOTIFY_E_INVALID_CONFIG : NOTIFY_E_SYSTEM, "%s", reason);
    }
    client->queue = rd_kafka_queue_get_main(producer);
    /* NULL: to the main queue, so that the log callback is called from one thread only. */
    if (rd_kafka_set_log_queue(producer, NULL) != RD_KAFKA_RESP_ERR_NO_ERROR)
        client_log(client, LOG_WARNING, "librdkafka's log cannot be read");
    client->producer = producer;
    return NOTIFY_OK;
}

void connection_close(notify_client *client) {
    if (client->producer == NULL)
        return;
    for (int64_t deadline = monotonic_ms() + REPORTS_MS; client->pending != 0 && monotonic_ms() < deadline;) {
        rd_kafka_resp_err_t failed =
            rd_kafka_purge(client->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
            client_log(client, LOG_ERR, "rd_kafka_purge: %s", rd_kafka_err2str(failed));
        do {
            serve(client, 50);
        } while (client->pending != 0 && rd_kafka_queue_length(client->queue) > 0);
    }
    if (client->pending != 0)
        client_log(client, LOG_ERR, "librdkafka owes the delivery reports of %zu events", client->pending);

    /* Without the lock above, because callbacks may publish (and are refused). */
    pthread_rwlock_wrlock(&client->producer_lock);
    rd_kafka_t *producer = client->producer;
    rd_kafka_queue_destroy(client->queue);
    client->queue = NULL;
    client->producer = NULL;
    pthread_rwlock_unlock(&client->producer_lock);
    rd_kafka_destroy(producer);
}

/* Lets every calling thread finish its use of the producer; those that come later see the state that was set.
 */
static void await_calling_threads(notify_client *client) {
    pthread_rwlock_wrlock(&client->producer_lock);
    pthread_rwlock_unlock(&client->producer_lock);
}

static void pause_unless_closing(notify_client *client, int pause_ms) {
    struct timespec deadline = monotonic_deadline(pause_ms);
    pthread_mutex_lock(&client->change_mutex);
    for (int waited = 0; client->state != CLIENT_CLOSING && waited == 0;)
        waited = pthread_cond_timedwait(&client->change, &client->change_mutex, &deadline);
    pthread_mutex_unlock(&client->change_mutex);
}

/* Opens a new producer, again and again with longer pauses where that fails, until it works or the client is
 * freed. */
static void reopen(notify_client *client, int *pause_ms) {
    enum notify_error error = NOTIFY_OK;
    do {
        pause_unless_closing(client, *pause_ms);
        *pause_ms = *pause_ms * 2 < REBUILD_PAUSE_MAX_MS ? *pause_ms * 2 : REBUILD_PAUSE_MAX_MS;
        if (client->state == CLIENT_CLOSING)
            return;
        pthread_rwlock_wrlock(&client->producer_lock);
        error = connection_open(client);
        pthread_rwlock_unlock(&client->producer_lock);
        if (error != NOTIFY_OK)
            client_log(client, LOG_ERR, "the producer cannot be replaced yet: %s",
                       notify_client_last_error_text());
    } while (error != NOTIFY_OK);
    enum client_state rebuilding = CLIENT_REBUILDING;
    atomic_compare_exchange_strong(&client->state, &rebuilding, CLIENT_RUNNING);
}

/* A producer with a fatal error takes and sends nothing more: what is on the wire may still be answered, the
 * rest is given up, each event with its report, before another producer begins, so that the order of a key
 * stays. */
static void rebuild(notify_client *client, rd_kafka_resp_err_t code, const char *reason, int *pause_ms) {
    client_log(client, LOG_ERR, "a fatal error, the producer is replaced: %s", reason);
    bool refused = delivery_error_of(code) == NOTIFY_E_NOT_AUTHORIZED;
    client->refusal = refused ? NOTIFY_E_NOT_AUTHORIZED : NOTIFY_E_QUEUE_FULL;
    enum client_state running = CLIENT_RUNNING;
    if (!atomic_compare_exchange_strong(&client->state, &running, CLIENT_REBUILDING))
        return; /* it is being freed */
    await_calling_threads(client);
    for (int64_t deadline = monotonic_ms() + REPLIES_MS;
         client->pending != 0 && client->state == CLIENT_REBUILDING && monotonic_ms() < deadline;)
        serve(client, 50);
    connection_close(client);
    reopen(client, pause_ms);
}

void *connection_run(void *data) {
    notify_client *client = data;
    own_client = client;
    int pause_ms = REBUILD_PAUSE_MIN_MS;
    int64_t opened_ms = monotonic_ms();
    while (client->state != CLIENT_CLOSING) {
        serve(client, POLL_MS);
        char reason[256];
        rd_kafka_resp_err_t code = rd_kafka_fatal_error(client->producer, reason, sizeof reason);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        if (monotonic_ms() - opened_ms > REBUILD_PAUSE_MAX_MS)
            pause_ms = REBUILD_PAUSE_MIN_MS;
        rebuild(client, code, reason, &pause_ms);
        opened_ms = monotonic_ms();
    }
    await_calling_threads(client);
    connection_close(client);
    return NULL;
}
