/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses that are stored together: one job of the database's writer, which the consumer's thread waits for.
 */
#ifndef NOTIFY_WEB_STATUS_BATCH_H
#define NOTIFY_WEB_STATUS_BATCH_H

#include "database.h"
#include "mail_status.h"
#include <pthread.h>
#include <stdatomic.h>

/* Larger ones would keep the requests behind them waiting. */
#define STATUS_BATCH_MAX 200

/* Stores a status; *known tells whether the mail is one of this service's. Called inside a transaction, and
 * again for the same status: after a failure, and whenever Kafka delivers it twice. */
typedef bool (*status_applier)(struct store *store, const struct mail_status *status, bool *known,
                               struct error *error);

struct status_batch {
    struct database_job job; /* first */
    status_applier apply;
    struct mail_status statuses[STATUS_BATCH_MAX];
    size_t count;
    size_t known; /* of the statuses, once they are stored */
    pthread_mutex_t mutex;
    pthread_cond_t finished_condition;
    bool finished; /* under the mutex */
};

bool status_batch_init(struct status_batch *batch, status_applier apply);
void status_batch_finish(struct status_batch *batch);
/* Forgets the statuses. */
void status_batch_clear(struct status_batch *batch);
/* Stores the statuses and waits until they are durable. False: they are not. */
bool status_batch_store(struct status_batch *batch, struct database *database);

#endif
