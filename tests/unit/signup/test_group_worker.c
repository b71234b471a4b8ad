/* SPDX-License-Identifier: Apache-2.0 */
#include "http/group_worker.h"
#include "suite.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* A database of numbers: what a group wrote counts once it is committed. It fails as a test tells it to. */
struct numbers {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool held;       /* begin waits, so that a test can fill the queue */
    int poison;      /* running this number fails */
    bool broken;     /* nothing can be committed */
    int pending[64]; /* of the open transaction */
    size_t pending_count;
    int committed[4096];
    size_t committed_count;
    size_t transactions, largest_group;
    size_t finished_ok, finished_failed;
    int health_changes;
    bool healthy;
};

struct number_job {
    struct group_job group_job;
    int number;
};

static bool begin(void *context, struct error *error) {
    struct numbers *numbers = context;
    (void)error;
    pthread_mutex_lock(&numbers->mutex);
    while (numbers->held)
        pthread_cond_wait(&numbers->changed, &numbers->mutex);
    numbers->pending_count = 0;
    pthread_mutex_unlock(&numbers->mutex);
    return true;
}

static bool run(void *context, struct group_job *job, struct error *error) {
    struct numbers *numbers = context;
    int number = ((struct number_job *)(void *)job)->number;
    if (number == numbers->poison)
        return error_set(error, "%d is poison", number);
    numbers->pending[numbers->pending_count++] = number;
    return true;
}

static bool commit(void *context, struct error *error) {
    struct numbers *numbers = context;
    pthread_mutex_lock(&numbers->mutex);
    bool ok = !numbers->broken;
    if (ok) {
        memcpy(numbers->committed + numbers->committed_count, numbers->pending,
               numbers->pending_count * sizeof(int));
        numbers->committed_count += numbers->pending_count;
        numbers->transactions++;
        if (numbers->pending_count > numbers->largest_group)
            numbers->largest_group = numbers->pending_count;
    } else {
        error_set(error, "the disk is full");
    }
    pthread_mutex_unlock(&numbers->mutex);
    return ok;
}

static void rollback(void *context) {
    ((struct numbers *)context)->pending_count = 0;
}

static void finish(void *context, struct group_job *job, bool ok) {
    struct numbers *numbers = context;
    pthread_mutex_lock(&numbers->mutex);
    if (ok)
        numbers->finished_ok++;
    else
        numbers->finished_failed++;
    memset(job, 0xee, sizeof *job); /* the owner may do what it likes with it now */
    pthread_cond_broadcast(&numbers->changed);
    pthread_mutex_unlock(&numbers->mutex);
}

static void health(void *context, bool ok, const char *detail) {
    struct numbers *numbers = context;
    pthread_mutex_lock(&numbers->mutex);
    numbers->healthy = ok;
    numbers->health_changes++;
    ck_assert(ok || strcmp(detail, "the disk is full") == 0 || strstr(detail, "poison") != NULL);
    pthread_cond_broadcast(&numbers->changed);
    pthread_mutex_unlock(&numbers->mutex);
}

static bool probe(void *context, struct error *error) {
    struct numbers *numbers = context;
    pthread_mutex_lock(&numbers->mutex);
    bool ok = !numbers->broken;
    pthread_mutex_unlock(&numbers->mutex);
    return ok || error_set(error, "the disk is full");
}

static const struct group_operations operations = {
    .begin = begin,
    .run = run,
    .commit = commit,
    .rollback = rollback,
    .finish = finish,
    .health = health,
    .probe = probe,
};

static struct numbers numbers;
static struct group_worker *worker;
static struct number_job jobs[64];

static void start(size_t queue_max, size_t group_max) {
    struct error error = {0};
    pthread_mutex_init(&numbers.mutex, NULL);
    pthread_cond_init(&numbers.changed, NULL);
    numbers.healthy = true;
    numbers.poison = -1;
    for (int i = 0; i < (int)SUITE_COUNT(jobs); i++)
        jobs[i].number = i;
    ck_assert(group_worker_start(&worker, "numbers", &operations, &numbers, queue_max, group_max, &error));
}

static void hold(bool held) {
    pthread_mutex_lock(&numbers.mutex);
    numbers.held = held;
    pthread_cond_broadcast(&numbers.changed);
    pthread_mutex_unlock(&numbers.mutex);
}

static void wait_finished(size_t count) {
    pthread_mutex_lock(&numbers.mutex);
    while (numbers.finished_ok + numbers.finished_failed < count)
        pthread_cond_wait(&numbers.changed, &numbers.mutex);
    pthread_mutex_unlock(&numbers.mutex);
}

START_TEST(what_waits_is_committed_together_and_in_order) {
    start(100, 16);
    hold(true);
    for (size_t i = 0; i < 40; i++)
        ck_assert(group_worker_submit(worker, &jobs[i].group_job));
    hold(false);
    group_worker_stop(worker);
    ck_assert_uint_eq(numbers.committed_count, 40);
    for (int i = 0; i < 40; i++)
        ck_assert_int_eq(numbers.committed[i], i);
    ck_assert_uint_eq(numbers.finished_ok, 40);
    ck_assert_uint_le(numbers.largest_group, 16);
    /* The first group holds what came before the worker looked: 1 to 16. The rest goes in full groups. */
    ck_assert_uint_le(numbers.transactions, 4);
}
END_TEST

START_TEST(a_full_queue_refuses_at_once) {
    start(8, 4);
    hold(true);
    size_t accepted = 0;
    for (size_t i = 0; i < 40; i++)
        accepted += group_worker_submit(worker, &jobs[i].group_job);
    ck_assert_uint_ge(accepted, 8);
    ck_assert_uint_le(accepted, 8 + 4); /* one group may have been taken already */
    hold(false);
    wait_finished(accepted);
    ck_assert(group_worker_submit(worker, &jobs[63].group_job));
    group_worker_stop(worker);
    ck_assert_uint_eq(numbers.finished_ok, accepted + 1);
}
END_TEST

START_TEST(one_bad_job_fails_alone) {
    start(100, 64);
    numbers.poison = 7;
    hold(true);
    for (size_t i = 0; i < 20; i++)
        ck_assert(group_worker_submit(worker, &jobs[i].group_job));
    hold(false);
    group_worker_stop(worker);
    ck_assert_uint_eq(numbers.finished_ok, 19);
    ck_assert_uint_eq(numbers.finished_failed, 1);
    ck_assert_uint_eq(numbers.committed_count, 19);
    for (size_t i = 0; i < 19; i++)
        ck_assert_int_ne(numbers.committed[i], 7);
    ck_assert_int_eq(numbers.health_changes, 0);
}
END_TEST

START_TEST(a_failing_database_fails_every_job_and_recovers_by_itself) {
    start(100, 64);
    pthread_mutex_lock(&numbers.mutex);
    numbers.broken = true;
    pthread_mutex_unlock(&numbers.mutex);
    for (size_t i = 0; i < 10; i++)
        ck_assert(group_worker_submit(worker, &jobs[i].group_job));
    wait_finished(10);
    pthread_mutex_lock(&numbers.mutex);
    ck_assert_uint_eq(numbers.finished_failed, 10);
    while (numbers.healthy)
        pthread_cond_wait(&numbers.changed, &numbers.mutex);
    ck_assert_int_eq(numbers.health_changes, 1);
    numbers.broken = false;
    /* No job comes: it is the probe that finds out. */
    while (!numbers.healthy)
        pthread_cond_wait(&numbers.changed, &numbers.mutex);
    pthread_mutex_unlock(&numbers.mutex);
    ck_assert(group_worker_submit(worker, &jobs[20].group_job));
    group_worker_stop(worker);
    ck_assert_uint_eq(numbers.finished_ok, 1);
    ck_assert_int_eq(numbers.health_changes, 2);
}
END_TEST

static atomic_size_t submitted;

static void *submit_many(void *data) {
    struct number_job *own = data;
    for (int turn = 0; turn < 50; turn++) {
        if (!group_worker_submit(worker, &own[turn].group_job))
            ck_abort_msg("refused");
        atomic_fetch_add(&submitted, 1);
    }
    return NULL;
}

START_TEST(many_threads_may_submit) {
    static struct number_job own[8][50];
    pthread_t threads[8];
    start(1000, 32);
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_many, own[i]), 0);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    group_worker_stop(worker);
    ck_assert_uint_eq(atomic_load(&submitted), 400);
    ck_assert_uint_eq(numbers.finished_ok, 400);
    ck_assert_uint_eq(numbers.committed_count, 400);
}
END_TEST

/* Each test needs its own numbers: with CK_FORK=no they are the same memory. */
static void forget(void) {
    memset(&numbers, 0, sizeof numbers);
    atomic_store(&submitted, 0);
}

int main(void) {
    const TTest *const tests[] = {
        what_waits_is_committed_together_and_in_order,
        a_full_queue_refuses_at_once,
        one_bad_job_fails_alone,
        a_failing_database_fails_every_job_and_recovers_by_itself,
        many_threads_may_submit,
    };
    return suite_run_with_fixture("group_worker", tests, SUITE_COUNT(tests), forget, NULL);
}
