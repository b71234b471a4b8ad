/* SPDX-License-Identifier: Apache-2.0 */
/* The two threads that own the database: one writes, committing in groups, one reads. Requests wait for them
 * suspended. */
#ifndef NOTIFY_SIGNUP_DATABASE_H
#define NOTIFY_SIGNUP_DATABASE_H

#include "common/readiness.h"
#include "confirm.h"
#include "http/group_worker.h"
#include "sign_up.h"

enum database_work { DATABASE_SIGN_UP, DATABASE_CONFIRM, DATABASE_STATUS };

struct database_job {
    struct group_job group_job; /* first: the worker's job is cast back to this */
    enum database_work work;
    struct http_request *request; /* resumed when the job is done */
    union {
        struct sign_up sign_up;
        struct confirm confirm;
        struct {
            char id[SIGNUP_ID_SIZE];
            bool found;
            enum signup_state state;
        } status;
    };
    bool ok; /* false: the database failed, or was too busy to begin */
};

struct database;

struct database_options {
    const char *path;
    const struct event_settings *events;
    struct readiness *readiness;   /* "database" gates it */
    void (*committed)(void *data); /* after each commit that may have put events into the outbox */
    void *committed_data;
};

/* The file must have its tables: database_create(). */
bool database_start(struct database **database_out, const struct database_options *options,
                    struct error *error);
/* Finishes what was accepted. */
void database_stop(struct database *database);
/* Creates the file and its tables where they are missing, before the outbox relay opens it. Exit status 78 in
 * error. */
bool database_create(const char *path, struct error *error);

/* The job's request is resumed in any case, with ok = false when the queue is full. Call http_request_defer()
 * before. */
void database_submit(struct database *database, struct database_job *job);

#endif
