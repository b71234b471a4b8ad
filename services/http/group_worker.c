/* SPDX-License-Identifier: Apache-2.0 */
#include "group_worker.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROBE_INTERVAL_S 1

struct group_worker {
    pthread_t thread;
    const struct group_operations *operations;
    void *context;
    size_t queue_max, group_max;
    bool healthy; /* only the thread's */
    /* Everybody's, under the mutex. */
    pthread_mutex_t mutex;
    pthread_cond_t work_condition;
    struct group_job *first, **last;
    size_t queued;
    bool stopping;
};

static void tell_health(struct group_worker *worker, bool ok, const struct error *error) {
    if (worker->healthy == ok)
        return;
    worker->healthy = ok;
    if (worker->operations->health != NULL)
        worker->operations->health(worker->context, ok, ok ? "" : error->text);
}

/* Runs the jobs of a list in one transaction. */
static bool run_together(struct group_worker *worker, struct group_job *jobs, struct error *error) {
    const struct group_operations *operations = worker->operations;
    if (!operations->begin(worker->context, error))
        return false;
    for (struct group_job *job = jobs; job != NULL; job = job->next) {
        if (!operations->run(worker->context, job, error)) {
            operations->rollback(worker->context);
            return false;
        }
    }
    if (!operations->commit(worker->context, error)) {
        operations->rollback(worker->context);
        return false;
    }
    if (operations->committed != NULL)
        operations->committed(worker->context);
    return true;
}

/* finish() may hand the job back to its owner at once, so nothing of it is read afterwards. */
static void finish_all(struct group_worker *worker, struct group_job *jobs, bool ok) {
    while (jobs != NULL) {
        struct group_job *next = jobs->next;
        worker->operations->finish(worker->context, jobs, ok);
        jobs = next;
    }
}

/* One job's failure must not be the others': each is tried alone. When not even one succeeds, the database is
 * what failed. */
static void run_one_by_one(struct group_worker *worker, struct group_job *jobs) {
    bool any_ok = false;
    struct error error = {0};
    while (jobs != NULL) {
        struct group_job *job = jobs;
        jobs = jobs->next;
        job->next = NULL;
        bool ok = run_together(worker, job, &error);
        worker->operations->finish(worker->context, job, ok);
        any_ok = any_ok || ok;
        if (!ok && !any_ok) {
            finish_all(worker, jobs, false);
            break;
        }
    }
    tell_health(worker, any_ok, &error);
}

static void run_group(struct group_worker *worker, struct group_job *jobs) {
    struct error error = {0};
    if (run_together(worker, jobs, &error)) {
        tell_health(worker, true, NULL);
        finish_all(worker, jobs, true);
    } else if (jobs->next == NULL) {
        tell_health(worker, false, &error);
        finish_all(worker, jobs, false);
    } else {
        run_one_by_one(worker, jobs);
    }
}

/* With the mutex held. */
static struct group_job *take_group(struct group_worker *worker) {
    struct group_job *group = worker->first;
    struct group_job **end = &worker->first;
    size_t size = 0;
    while (*end != NULL && size < worker->group_max) {
        end = &(*end)->next;
        size++;
    }
    if (size == 0)
        return NULL;
    struct group_job *rest = *end;
    *end = NULL;
    worker->first = rest;
    if (rest == NULL)
        worker->last = &worker->first;
    worker->queued -= size;
    return group;
}

/* With the mutex held: until there is work, a stop, or a probe is due. */
static void wait_for_work(struct group_worker *worker) {
    if (worker->healthy || worker->operations->probe == NULL) {
        pthread_cond_wait(&worker->work_condition, &worker->mutex);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PROBE_INTERVAL_S;
    pthread_cond_timedwait(&worker->work_condition, &worker->mutex, &until);
}

static void probe_if_failing(struct group_worker *worker) {
    struct error error = {0};
    if (worker->healthy || worker->operations->probe == NULL)
        return;
    if (worker->operations->probe(worker->context, &error))
        tell_health(worker, true, NULL);
}

static void *work(void *data) {
    struct group_worker *worker = data;
    pthread_mutex_lock(&worker->mutex);
    for (;;) {
        struct group_job *group = take_group(worker);
        if (group == NULL) {
            if (worker->stopping)
                break;
            wait_for_work(worker);
            group = take_group(worker);
        }
        pthread_mutex_unlock(&worker->mutex);
        if (group != NULL)
            run_group(worker, group);
        else
            probe_if_failing(worker);
        pthread_mutex_lock(&worker->mutex);
    }
    pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

bool group_worker_start(struct group_worker **worker_out, const char *thread_name,
                        const struct group_operations *operations, void *context, size_t queue_max,
                        size_t group_max, struct error *error) {
    struct group_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return error_set(error, "no memory");
    worker->operations = operations;
    worker->context = context;
    worker->queue_max = queue_max;
    worker->group_max = group_max;
    worker->healthy = true;
    worker->last = &worker->first;
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->work_condition, &attributes);
    pthread_condattr_destroy(&attributes);
    int failure = pthread_create(&worker->thread, NULL, work, worker);
    if (failure != 0) {
        pthread_cond_destroy(&worker->work_condition);
        pthread_mutex_destroy(&worker->mutex);
        free(worker);
        return error_set(error, "cannot start a thread: %s", strerror(failure));
    }
    pthread_setname_np(worker->thread, thread_name);
    *worker_out = worker;
    return true;
}

bool group_worker_submit(struct group_worker *worker, struct group_job *job) {
    pthread_mutex_lock(&worker->mutex);
    bool accepted = !worker->stopping && worker->queued < worker->queue_max;
    if (accepted) {
        job->next = NULL;
        *worker->last = job;
        worker->last = &job->next;
        worker->queued++;
        if (worker->queued == 1)
            pthread_cond_signal(&worker->work_condition);
    }
    pthread_mutex_unlock(&worker->mutex);
    return accepted;
}

void group_worker_stop(struct group_worker *worker) {
    if (worker == NULL)
        return;
    pthread_mutex_lock(&worker->mutex);
    worker->stopping = true;
    pthread_cond_signal(&worker->work_condition);
    pthread_mutex_unlock(&worker->mutex);
    pthread_join(worker->thread, NULL);
    pthread_cond_destroy(&worker->work_condition);
    pthread_mutex_destroy(&worker->mutex);
    free(worker);
}
