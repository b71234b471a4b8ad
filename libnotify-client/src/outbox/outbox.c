/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <notify-outbox.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "error_text.h"
#include "relay.h"
#include "relay_lock.h"
#include "sqlite_storage.h"

struct notify_outbox {
    struct relay relay;
    int lock_descriptor;
    pthread_t thread;
};

static void *thread_main(void *data) {
    relay_run(data);
    return NULL;
}

/* The application's signals are for its own threads. */
static int start_thread(struct notify_outbox *outbox) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    int code = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (code != 0)
        return code;
    code = pthread_create(&outbox->thread, NULL, thread_main, &outbox->relay);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code == 0)
        pthread_setname_np(outbox->thread, "notify-outbox");
    return code;
}

static enum notify_error start_client(struct relay *relay, const notify_client_config *given,
                                      char *error_text, size_t error_text_size) {
    notify_client_config *config = NULL;
    enum notify_error error = notify_client_config_copy(&config, given);
    if (error != NOTIFY_OK)
        return outbox_error(error_text, error_text_size, error, "the configuration cannot be copied: %s",
                            notify_client_error_text(error));
    notify_client_config_set_delivery_callback(config, relay_on_delivery, relay);
    /* Rows wait in the table as long as it takes; an event that expired would only be published again. */
    error = notify_client_config_set(config, "message.timeout.ms", "0", error_text, error_text_size);
    /* One batch at a time on each connection. Behind one whose fate is unknown, a broker refuses the next as
     * out of sequence; librdkafka then numbers all of them anew, and Kafka has the unknown one twice (a
     * leader that died or stood still). Nothing is slower for it: batches grow instead (docs/outbox.md). */
    if (error == NOTIFY_OK)
        error = notify_client_config_set(config, "max.in.flight", "1", error_text, error_text_size);
    /* A key waits for its report: 5 ms, the client's own default, would be most of that time. */
    if (error == NOTIFY_OK && notify_client_config_get(config, "linger.ms") == NULL)
        error = notify_client_config_set(config, "linger.ms", "1", error_text, error_text_size);
    if (error == NOTIFY_OK)
        error = notify_client_new(&relay->client, config, error_text, error_text_size);
    notify_client_config_free(config);
    return error;
}

static enum notify_error start_relay(struct notify_outbox *outbox, const char *path,
                                     const notify_client_config *config, char *error_text,
                                     size_t error_text_size) {
    struct relay *relay = &outbox->relay;
    enum notify_error error = sqlite_storage_open(&relay->storage, path, error_text, error_text_size);
    if (error != NOTIFY_OK)
        return error;
    error = relay_init(relay);
    if (error != NOTIFY_OK) {
        relay->storage->operations->close(relay->storage);
        return outbox_error(error_text, error_text_size, error, "the relay cannot be set up: %s",
                            notify_client_error_text(error));
    }
    error = start_client(relay, config, error_text, error_text_size);
    if (error != NOTIFY_OK) {
        relay_finish(relay);
        return error;
    }
    /* So that the figures are true when this returns. A busy database is counted by the thread, a moment
     * later. */
    int64_t now_ms = relay_now_ms();
    if (relay_survey(relay, now_ms))
        relay_refresh_figures(relay, now_ms);
    int code = start_thread(outbox);
    if (code != 0) {
        relay_finish(relay);
        return outbox_error(error_text, error_text_size, NOTIFY_E_SYSTEM, "no thread can be started: %s",
                            strerror(code));
    }
    return NOTIFY_OK;
}

/* By its real name, so that two names of one file are one lock. */
static enum notify_error resolve(const char *path, char resolved[PATH_MAX], char *error_text,
                                 size_t error_text_size) {
    if (realpath(path, resolved) != NULL)
        return NOTIFY_OK;
    return outbox_error(error_text, error_text_size, NOTIFY_E_DATABASE,
                        "the database %s cannot be opened: %s", path, strerror(errno));
}

enum notify_error notify_outbox_start_sqlite(notify_outbox **outbox_out, const char *path,
                                             const notify_client_config *config,
                                             notify_outbox_report_callback report, void *callback_data,
                                             char *error_text, size_t error_text_size) {
    outbox_error_clear(error_text, error_text_size);
    if (outbox_out == NULL || path == NULL || config == NULL)
        return outbox_error(error_text, error_text_size, NOTIFY_E_INVALID_ARGUMENT, "no %s was given",
                            outbox_out == NULL ? "place for the outbox"
                            : path == NULL     ? "path"
                                               : "configuration");
    *outbox_out = NULL;
    char resolved[PATH_MAX];
    enum notify_error error = resolve(path, resolved, error_text, error_text_size);
    if (error != NOTIFY_OK)
        return error;
    struct notify_outbox *outbox = calloc(1, sizeof *outbox);
    if (outbox == NULL)
        return outbox_error(error_text, error_text_size, NOTIFY_E_NO_MEMORY, "out of memory");
    outbox->lock_descriptor = -1;
    outbox->relay.report_callback = report;
    outbox->relay.callback_data = callback_data;
    error = relay_lock_take(resolved, &outbox->lock_descriptor, error_text, error_text_size);
    if (error == NOTIFY_OK)
        error = start_relay(outbox, resolved, config, error_text, error_text_size);
    if (error != NOTIFY_OK) {
        relay_lock_release(outbox->lock_descriptor);
        free(outbox);
        return error;
    }
    *outbox_out = outbox;
    return NOTIFY_OK;
}

void notify_outbox_wake(notify_outbox *outbox) {
    if (outbox != NULL)
        wake_up(outbox->relay.wake_descriptor);
}

static int64_t age_of(int64_t created_ms) {
    struct timespec now;
    if (created_ms == 0 || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    int64_t age_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - created_ms;
    return age_ms > 0 ? age_ms : 0;
}

int64_t notify_outbox_statistic(const notify_outbox *outbox, enum notify_outbox_statistic which) {
    if (outbox == NULL)
        return 0;
    const struct relay_figures *figures = &outbox->relay.figures;
    int64_t pending = atomic_load(&figures->pending);
    switch (which) {
    case NOTIFY_OUTBOX_PENDING:
        return pending > 0 ? pending : 0;
    case NOTIFY_OUTBOX_OLDEST_MS:
        return pending > 0 ? age_of(atomic_load(&figures->oldest_created_ms)) : 0;
    case NOTIFY_OUTBOX_FAILED:
        return atomic_load(&figures->failed);
    case NOTIFY_OUTBOX_PUBLISHED:
        return atomic_load(&figures->published);
    }
    return 0;
}

int notify_outbox_kafka_is_down(const notify_outbox *outbox) {
    return outbox == NULL ? 0 : notify_client_is_disconnected(outbox->relay.client);
}

notify_outbox *notify_outbox_stop(notify_outbox *outbox, int timeout_ms) {
    if (outbox == NULL)
        return NULL;
    int64_t wait_ms = timeout_ms > 0 ? timeout_ms : 0;
    atomic_store(&outbox->relay.stop_deadline_ms, relay_now_ms() + wait_ms);
    atomic_store(&outbox->relay.is_stopping, true);
    wake_up(outbox->relay.wake_descriptor);
    pthread_join(outbox->thread, NULL);
    relay_finish(&outbox->relay);
    relay_lock_release(outbox->lock_descriptor);
    free(outbox);
    return NULL;
}
