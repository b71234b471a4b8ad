/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the relay needs of a database. The relay knows nothing else of it, so that another backend is one more
 * implementation of these operations.
 *
 * A storage belongs to the relay's thread, once that runs. Rows have ids that grow in the order of commit: a
 * row that becomes visible never has an id below one that was visible before. Operations that fail leave a
 * sentence in storage->error_text.
 */
#ifndef NOTIFY_OUTBOX_STORAGE_H
#define NOTIFY_OUTBOX_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum storage_result {
    STORAGE_OK,
    STORAGE_BUSY, /* Somebody else holds the lock for longer than the patience of one call: try again soon. */
    STORAGE_FAILED, /* Disk full, I/O error, no table …: nothing was changed; try again later. */
};

/* A row as it is in the table. Everything is borrowed for the time of the visit. */
struct storage_row {
    int64_t id;
    const char *event_id;
    const char *key; /* NULL: the event has none. */
    const char *event;
    size_t event_size;
    const char *traceparent; /* NULL: no trace. */
    const char *tracestate;
};

/* False ends the reading. */
typedef bool (*storage_visit)(const struct storage_row *row, void *visit_data);

/* What became of a row: it goes, or stays as failed with the reason. */
struct settlement {
    int64_t id;
    const char *failure; /* NULL: delivered. */
};

#define STORAGE_TOPIC_SIZE 250 /* Kafka's limit is 249 characters. */

struct storage;

struct storage_operations {
    /* Whether anybody else committed since the last call. Cheap: no page of the table is read. */
    enum storage_result (*changed)(struct storage *storage, bool *changed_out);
    /* The first topic behind after that has pending rows; "" when there is none. */
    enum storage_result (*next_topic)(struct storage *storage, const char *after,
                                      char topic_out[STORAGE_TOPIC_SIZE]);
    /* How many pending rows of a topic have an id above after_id, and the last of them (after_id if none). */
    enum storage_result (*count)(struct storage *storage, const char *topic, int64_t after_id,
                                 int64_t *count_out, int64_t *last_id_out);
    /* When the first pending row of a topic was appended, in Unix milliseconds; 0 when there is none. */
    enum storage_result (*oldest)(struct storage *storage, const char *topic, int64_t *created_ms_out);
    enum storage_result (*count_failed)(struct storage *storage, int64_t *count_out);
    /* Visit up to limit pending rows of a topic with ids above after_id, in order. exhausted: no further one
     * was there. */
    enum storage_result (*read)(struct storage *storage, const char *topic, int64_t after_id, int limit,
                                storage_visit visit, void *visit_data, bool *exhausted_out);
    /* Visit one row if it is still pending; found_out tells. */
    enum storage_result (*read_one)(struct storage *storage, int64_t id, storage_visit visit,
                                    void *visit_data, bool *found_out);
    /* All in one transaction, or nothing. */
    enum storage_result (*settle)(struct storage *storage, const struct settlement *settlements,
                                  size_t count);
    void (*close)(struct storage *storage);
};

struct storage {
    const struct storage_operations *operations;
    char error_text[256];
};

#endif
