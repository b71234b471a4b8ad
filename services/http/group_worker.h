/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that works on jobs in groups, each group in one database transaction: what waits when the thread
 * is free is committed together (SQLite with synchronous=FULL: 8k rows/s one by one, 82k/s in groups of 16).
 * The queue is bounded; a job that does not fit is refused at once.
 */
#ifndef NOTIFY_HTTP_GROUP_WORKER_H
#define NOTIFY_HTTP_GROUP_WORKER_H

#include "common/error.h"
#include <stdbool.h>
#include <stddef.h>

/* The head of a job; the caller's own struct begins with it. */
struct group_job {
    struct group_job *next;
};

/* All are called from the worker's thread, and context is theirs. */
struct group_operations {
    bool (*begin)(void *context, struct error *error);
    /* Does a job's work inside the transaction. It may be called again for the same job: after a failure
     * anywhere in its group the transaction is rolled back, and each job is tried once more in a transaction
     * of its own. */
    bool (*run)(void *context, struct group_job *job, struct error *error);
    bool (*commit)(void *context, struct error *error);
    void (*rollback)(void *context);
    /* The end of a job: durable, or failed. Called exactly once for each job that was accepted. */
    void (*finish)(void *context, struct group_job *job, bool ok);
    void (*committed)(void *context); /* once after each group's commit, before finish; may be NULL */
    /* The database began to fail, or works again. Told once for each change. May be NULL. */
    void (*health)(void *context, bool ok, const char *detail);
    /* Whether the database works, asked each second while it failed last (nobody may send jobs to a service
     * that is not ready). NULL: the next job shows it. */
    bool (*probe)(void *context, struct error *error);
};

struct group_worker;

bool group_worker_start(struct group_worker **worker_out, const char *thread_name,
                        const struct group_operations *operations, void *context, size_t queue_max,
                        size_t group_max, struct error *error);
/* False: the queue is full, or the worker is stopping; finish will not be called. Any thread, never waits. */
bool group_worker_submit(struct group_worker *worker, struct group_job *job);
/* Finishes every job that was accepted, then ends the thread. */
void group_worker_stop(struct group_worker *worker);

#endif
