/* SPDX-License-Identifier: Apache-2.0 */
#include "status_batch.h"

static bool run(struct database_job *job, struct store *store, struct error *error) {
    struct status_batch *batch = (struct status_batch *)(void *)job;
    batch->known = 0;
    for (size_t i = 0; i < batch->count; i++) {
        bool known = false;
        if (!batch->apply(store, &batch->statuses[i], &known, error))
            return false;
        batch->known += known;
    }
    return true;
}

static void done(struct database_job *job) {
    struct status_batch *batch = (struct status_batch *)(void *)job;
    pthread_mutex_lock(&batch->mutex);
    batch->finished = true;
    pthread_cond_signal(&batch->finished_condition);
    pthread_mutex_unlock(&batch->mutex);
}

bool status_batch_init(struct status_batch *batch, status_applier apply) {
    *batch = (struct status_batch){.job = {.access = STORE_WRITE, .run = run, .done = done}, .apply = apply};
    if (pthread_mutex_init(&batch->mutex, NULL) != 0)
        return false;
    if (pthread_cond_init(&batch->finished_condition, NULL) == 0)
        return true;
    pthread_mutex_destroy(&batch->mutex);
    return false;
}

void status_batch_finish(struct status_batch *batch) {
    status_batch_clear(batch);
    pthread_cond_destroy(&batch->finished_condition);
    pthread_mutex_destroy(&batch->mutex);
}

void status_batch_clear(struct status_batch *batch) {
    for (size_t i = 0; i < batch->count; i++)
        mail_status_clear(&batch->statuses[i]);
    batch->count = 0;
}

/* The writer ends every job that it accepted, so the wait is bounded by the database's own time-outs. */
bool status_batch_store(struct status_batch *batch, struct database *database) {
    batch->finished = false;
    database_submit(database, &batch->job);
    pthread_mutex_lock(&batch->mutex);
    while (!batch->finished)
        pthread_cond_wait(&batch->finished_condition, &batch->mutex);
    pthread_mutex_unlock(&batch->mutex);
    return batch->job.ok;
}
