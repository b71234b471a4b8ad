/* SPDX-License-Identifier: Apache-2.0 */
/* The two threads that own a service's database: one writes, committing in groups, one reads. Requests wait
 * for them suspended. */
#ifndef NOTIFY_WEB_DATABASE_H
#define NOTIFY_WEB_DATABASE_H

#include "common/readiness.h"
#include "http/group_worker.h"
#include "http/request.h"
#include "store.h"

/* The head of a job; a service's own struct begins with it. */
struct database_job {
    struct group_job group_job; /* first: the worker's job is cast back to this */
    enum store_access access;   /* which of the threads */
    /* The work, inside a transaction. It may be called again for the same job (group_worker.h). False: the
     * database failed. */
    bool (*run)(struct database_job *job, struct store *store, struct error *error);
    /* The end, from a database thread (or from database_submit() when the queue is full); NULL: the request
     * is resumed. */
    void (*done)(struct database_job *job);
    struct http_request *request;
    bool ok; /* false: the database failed, or was too busy to begin */
};

struct database;

struct database_options {
    const char *path;
    store_opener open;
    struct readiness *readiness;   /* "database" gates it */
    void (*committed)(void *data); /* after each commit that may have put events into the outbox */
    void *committed_data;
};

/* Creates the file and its tables where they are missing, before the outbox relay opens it. Exit status 78 in
 * error. */
bool database_create(const struct database_options *options, struct error *error);
bool database_start(struct database **database_out, const struct database_options *options,
                    struct error *error);
/* Finishes what was accepted. */
void database_stop(struct database *database);

/* job->done is called in any case, with ok = false when the queue is full. Never waits. */
void database_submit(struct database *database, struct database_job *job);
/* Defers the request until the job is done; finish then finds the job in request->deferred. The last thing
 * that a handler does. */
void database_defer(struct database *database, struct database_job *job, struct http_request *request,
                    http_handler finish);

#endif
