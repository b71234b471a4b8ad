/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"
#include "common/log.h"
#include "http/request.h"
#include <stdlib.h>

#define QUEUE_MAX 2048
#define GROUP_MAX 128 /* larger groups commit no faster, and each of their members waits for the whole */

struct database {
    struct database_options options;
    struct store *write_store, *read_store;
    struct group_worker *writer, *reader;
};

static struct store *write_store(void *context) {
    return ((struct database *)context)->write_store;
}

static struct store *read_store(void *context) {
    return ((struct database *)context)->read_store;
}

static bool begin_write(void *context, struct error *error) {
    return write_store(context)->operations->begin(write_store(context), error);
}

static bool commit_write(void *context, struct error *error) {
    return write_store(context)->operations->commit(write_store(context), error);
}

static void rollback_write(void *context) {
    write_store(context)->operations->rollback(write_store(context));
}

static bool probe_write(void *context, struct error *error) {
    return write_store(context)->operations->probe(write_store(context), error);
}

static bool begin_read(void *context, struct error *error) {
    return read_store(context)->operations->begin(read_store(context), error);
}

static bool commit_read(void *context, struct error *error) {
    return read_store(context)->operations->commit(read_store(context), error);
}

static void rollback_read(void *context) {
    read_store(context)->operations->rollback(read_store(context));
}

static bool run_write(void *context, struct group_job *group_job, struct error *error) {
    struct database *database = context;
    struct database_job *job = (struct database_job *)(void *)group_job;
    if (job->work == DATABASE_CONFIRM)
        return confirm_run(&job->confirm, database->options.events, database->write_store, error);
    return sign_up_run(&job->sign_up, database->options.events, database->write_store, error);
}

static bool run_read(void *context, struct group_job *group_job, struct error *error) {
    struct store *store = read_store(context);
    struct database_job *job = (struct database_job *)(void *)group_job;
    enum store_finding finding =
        store->operations->find_state(store, job->status.id, &job->status.state, error);
    job->status.found = finding == STORE_FOUND;
    return finding != STORE_FAILED;
}

static void finish(void *context, struct group_job *group_job, bool ok) {
    (void)context;
    struct database_job *job = (struct database_job *)(void *)group_job;
    job->ok = ok;
    http_request_resume(job->request);
}

static void committed(void *context) {
    const struct database *database = context;
    database->options.committed(database->options.committed_data);
}

static void tell_write_health(void *context, bool ok, const char *detail) {
    const struct database *database = context;
    readiness_set(database->options.readiness, "database", true, ok, detail);
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
    .begin = begin_write,
    .run = run_write,
    .commit = commit_write,
    .rollback = rollback_write,
    .finish = finish,
    .committed = committed,
    .health = tell_write_health,
    .probe = probe_write,
};

static const struct group_operations read_operations = {
    .begin = begin_read,
    .run = run_read,
    .commit = commit_read,
    .rollback = rollback_read,
    .finish = finish,
    .health = tell_read_health,
};

bool database_create(const char *path, struct error *error) {
    struct store *store = NULL;
    bool ok = store_open_sqlite(&store, path, STORE_WRITE, error);
    store_close(store);
    return ok;
}

bool database_start(struct database **database_out, const struct database_options *options,
                    struct error *error) {
    struct database *database = calloc(1, sizeof *database);
    if (database == NULL)
        return error_set(error, "no memory");
    database->options = *options;
    if (!store_open_sqlite(&database->write_store, options->path, STORE_WRITE, error) ||
        !store_open_sqlite(&database->read_store, options->path, STORE_READ, error) ||
        !group_worker_start(&database->writer, "db-writer", &write_operations, database, QUEUE_MAX, GROUP_MAX,
                            error) ||
        !group_worker_start(&database->reader, "db-reader", &read_operations, database, QUEUE_MAX, GROUP_MAX,
                            error)) {
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
    group_worker_stop(database->reader);
    group_worker_stop(database->writer);
    store_close(database->read_store);
    store_close(database->write_store);
    free(database);
}

void database_submit(struct database *database, struct database_job *job) {
    struct group_worker *worker = job->work == DATABASE_STATUS ? database->reader : database->writer;
    job->ok = false;
    if (!group_worker_submit(worker, &job->group_job))
        http_request_resume(job->request);
}
