/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a service's database, used by one thread, behind an interface that each backend implements
 * (sqlite_store.h). Here is what every service's store can do; a service adds its rows in a table of
 * operations that begins with this one. Every operation but close and probe belongs between begin and commit.
 */
#ifndef NOTIFY_WEB_STORE_H
#define NOTIFY_WEB_STORE_H

#include "common/error.h"
#include <notify-client.h>

enum store_access { STORE_READ, STORE_WRITE };
enum store_finding { STORE_FOUND, STORE_NOT_FOUND, STORE_FAILED };
enum store_append {
    STORE_APPENDED,
    STORE_TOO_LARGE, /* the event; nothing was written, and the transaction goes on */
    STORE_APPEND_FAILED,
};

struct store {
    const struct store_operations *operations;
};

struct store_operations {
    void (*close)(struct store *store);
    bool (*begin)(struct store *store, struct error *error);
    bool (*commit)(struct store *store, struct error *error);
    void (*rollback)(struct store *store);
    /* Whether something can be written now, in a transaction of its own. */
    bool (*probe)(struct store *store, struct error *error);
    /* Puts an event into the outbox. error says why it is not STORE_APPENDED. */
    enum store_append (*append_event)(struct store *store, const char *topic, notify_event *event,
                                      struct error *error);
};

/* Opens the file, and makes it and its tables where access is STORE_WRITE. Exit status 78 in error. */
typedef bool (*store_opener)(struct store **store_out, const char *path, enum store_access access,
                             struct error *error);

static inline void store_close(struct store *store) {
    if (store != NULL)
        store->operations->close(store);
}

#endif
