/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"
#include "common/log.h"
#include <stdlib.h>

#define QUEUE_MAX 2048
#define GROUP_MAX 128 /* larger groups commit no faster, and each of their members waits for the whole */

/* One thread with its connection. */
struct lane {
    struct database *database;
    struct store *store;
    struct group_worker *worker;
};

struct database {
    struct database_options options;
    struct lane write, read;
};

static struct database_job *job_of(struct group_job *job) {
    return (struct database_job *)(void *)job;
}

static bool begin(void *context, struct error *error) {
    struct store *store = ((struct lane *)context)->store;
    return store->operations->begin(store, error);
}

static bool commit(void *context, struct error *error) {
    struct store *store = ((struct lane *)context)->store;
    return store->operations->commit(store, error);
}

static void rollback(void *context) {
    struct store *store = ((struct lane *)context)->store;
    store->operations->rollback(store);
}

static bool probe(void *context, struct error *error) {
    struct store *store = ((struct lane *)context)->store;
    return store->operations->probe(store, error);
}

static bool run(void *context, struct group_job *group_job, struct error *error) {
    struct database_job *job = job_of(group_job);
    return job->run(job, ((struct lane *)context)->store, error);
}

static void end(struct database_job *job, bool ok) {
    job->ok = ok;
    if (job->done != NULL)
        job->done(job);
    else
        http_request_resume(job->request);
}

static void finish(void *context, struct group_job *group_job, bool ok) {
    (void)context;
    end(job_of(group_job), ok);
}

static void committed(void *context) {
    const struct database_options *options = &((struct lane *)context)->database->options;
    options->committed(options->committed_data);
}

static void tell_write_health(void *context, bool ok, const char *detail) {
    const struct lane *lane = context;
    readiness_set(lane->database->options.readiness, "database", true, ok, detail);
    if (ok)
        log_info("the database can be written to again", NULL);
    else
        log_error("the database cannot be written to", LOG_FIELDS(log_text("detail", detail)));
}

static void tell_read_health(void *context, bool ok, const char *detail) {
    (void)context;
    if (ok)
        log_info("the database can be read again", NULL);
    else
        log_error("the database cannot be read", LOG_FIELDS(log_text("detail", detail)));
}

static const struct group_operations write_operations = {
    .begin = begin,
    .run = run,
    .commit = commit,
    .rollback = rollback,
    .finish = finish,
    .committed = committed,
    .health = tell_write_health,
    .probe = probe,
};

static const struct group_operations read_operations = {
    .begin = begin,
    .run = run,
    .commit = commit,
    .rollback = rollback,
    .finish = finish,
    .health = tell_read_health,
};

bool database_create(const struct database_options *options, struct error *error) {
    struct store *store = NULL;
    bool ok = options->open(&store, options->path, STORE_WRITE, error);
    store_close(store);
    return ok;
}

static bool start_lane(struct lane *lane, enum store_access access, struct error *error) {
    const struct database_options *options = &lane->database->options;
    bool writes = access == STORE_WRITE;
    return options->open(&lane->store, options->path, access, error) &&
           group_worker_start(&lane->worker, writes ? "db-writer" : "db-reader",
                              writes ? &write_operations : &read_operations, lane, QUEUE_MAX, GROUP_MAX,
                              error);
}

bool database_start(struct database **database_out, const struct database_options *options,
                    struct error *error) {
    struct database *database = calloc(1, sizeof *database);
    if (database == NULL)
        return error_set(error, "no memory");
    database->options = *options;
    database->write.database = database->read.database = database;
    if (!start_lane(&database->write, STORE_WRITE, error) ||
        !start_lane(&database->read, STORE_READ, error)) {
        database_stop(database);
        return false;
    }
    readiness_set(options->readiness, "database", true, true, "");
    *database_out = database;
    return true;
}

void database_stop(struct database *database) {
    if (database == NULL)
        return;
    group_worker_stop(database->read.worker);
    group_worker_stop(database->write.worker);
    store_close(database->read.store);
    store_close(database->write.store);
    free(database);
}

void database_submit(struct database *database, struct database_job *job) {
    const struct lane *lane = job->access == STORE_WRITE ? &database->write : &database->read;
    job->ok = false;
    if (!group_worker_submit(lane->worker, &job->group_job))
        end(job, false);
}

void database_defer(struct database *database, struct database_job *job, struct http_request *request,
                    http_handler finish_request) {
    job->request = request;
    request->deferred = job;
    http_request_defer(request, finish_request);
    database_submit(database, job);
}
