/* SPDX-License-Identifier: Apache-2.0 */
/**
 * libnotify-outbox: a transactional outbox for libnotify-client.
 *
 * An application appends events inside the database transaction that stores what they tell. A relay, a thread of
 * this library, publishes the rows in order per topic and key and deletes a row only when Kafka has reported it stored. To keep that
 * order one row of a topic and key is on its way at a time; rows without a key are not ordered.
 * So an event exists exactly when its transaction was committed, whatever crashes in between; after a crash an event
 * may be published twice with the same id, never not at all.
 *
 * Threads. The append and schema functions use the caller's connection on the caller's thread. A notify_outbox may be
 * used from several threads. Ownership and error texts are as in notify-client.h.
 */
#ifndef NOTIFY_OUTBOX_H
#define NOTIFY_OUTBOX_H

#include <notify-client.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sqlite3;

/** Create the table notify_outbox and its indexes where they are missing. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_outbox_sqlite_create_schema(struct sqlite3 *database,
                                                                                  char *error_text,
                                                                                  size_t error_text_size);

/** The largest encoded event that append takes, in bytes: what Kafka's default topic accepts with room for headers. */
#define NOTIFY_OUTBOX_MAX_EVENT_BYTES 983040

/**
 * Append an event for a topic, inside the transaction that the caller has open. It is published after the COMMIT
 * and never after a ROLLBACK. On an error nothing was written, and the transaction goes on unless the database itself ended it:
 * NOTIFY_E_TOO_LARGE, NOTIFY_E_INVALID_EVENT, NOTIFY_E_DATABASE; NOTIFY_E_INVALID_ARGUMENT: no transaction is open, or the topic's name
 * is not one that Kafka knows (1 to 249 of a-z A-Z 0-9 . _ -).
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_outbox_sqlite_append(struct sqlite3 *database,
                                                                           const char *topic, notify_event *event,
                                                                           char *error_text,
                                                                           size_t error_text_size);

typedef struct notify_outbox notify_outbox;

/** Numbers of a relay, for metrics. */
enum notify_outbox_statistic {
    NOTIFY_OUTBOX_PENDING = 1,   /**< Rows that wait for their delivery report. */
    NOTIFY_OUTBOX_OLDEST_MS = 2, /**< Age of the oldest of them, 0 when there is none; up to 350 ms behind. */
    NOTIFY_OUTBOX_FAILED = 3,    /**< Rows that Kafka refused for good: kept, the reason in the column failure. */
    NOTIFY_OUTBOX_PUBLISHED = 4, /**< Good delivery reports since the start. */
};

/**
 * Called from the relay's thread after each delivery report, also of those that are tried again: for metrics and logs. reason is ""
 * on success. It must not stop the outbox.
 */
typedef void (*notify_outbox_report_callback)(const char *topic, const char *event_id, enum notify_error error,
                                              const char *reason, void *callback_data);

/**
 * Start the relay of the SQLite database at path, which must have the schema. It opens a connection of its own, and
 * copies the configuration (whose delivery callback is not used). Only one relay works on a file: a lock file
 * "<path>.relay-lock" (symbolic links resolved) is held; NOTIFY_E_LOCKED: another relay, of this or another process, has it.
 * Whatever the configuration says, message.timeout.ms is 0 (rows wait while Kafka is away, without a limit in time) and max.in.flight
 * is 1 (a broker that dies or stands still then does not make librdkafka publish a row twice); linger.ms is 1 unless it is set.
 * Do not fork afterwards without exec: the child has no relay, and would keep the lock when the parent is gone.
 * report (may be NULL) hears of every delivery.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error
notify_outbox_start_sqlite(notify_outbox **outbox_out, const char *path, const notify_client_config *config,
                           notify_outbox_report_callback report, void *callback_data, char *error_text,
                           size_t error_text_size);

/** Say that a COMMIT may have added rows. Never blocks. Without it the relay sees them within 250 ms. */
NOTIFY_API void notify_outbox_wake(notify_outbox *outbox);

/** A figure of the relay; pending and failed are counted, not estimated. Never blocks on Kafka. */
NOTIFY_API int64_t notify_outbox_statistic(const notify_outbox *outbox, enum notify_outbox_statistic which);

/** 1 while the last thing heard of Kafka is that no broker can be reached, else 0. */
NOTIFY_API int notify_outbox_kafka_is_down(const notify_outbox *outbox);

/**
 * Stop: publish nothing more, wait up to timeout_ms for the reports of what is on its way, and end the thread. What
 * was not reported stays in the table and is published at the next start.
 */
NOTIFY_API notify_outbox *notify_outbox_stop(notify_outbox *outbox, int timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
