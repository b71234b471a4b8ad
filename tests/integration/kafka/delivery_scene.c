/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery_scene.h"

#include "common/clock.h"
#include "common/log.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARKING_TOPIC "email.retry.6h" /* due in six hours: nothing leaves it */

struct scene scene;
static const char *const event_topics[] = {"notifications", "orders"};

/* --- setting up --- */

static void set_environment(void) {
    setenv("KAFKA_BOOTSTRAP_SERVERS", scene.cluster.bootstrap, 1);
    setenv("KAFKA_SESSION_TIMEOUT_MS", "6000",
           1); /* a first join takes the mock 3 s, a later one 1 s less than this */
    setenv("KAFKA_HEARTBEAT_INTERVAL_MS", "100", 1);
    setenv("EMAIL_TOPICS", "notifications,orders", 1);
    setenv("EMAIL_RETRY_DELAYS", "1s,6h", 1);
    setenv("EMAIL_MAX_IN_FLIGHT", "64", 1);
    setenv("SMTP_URL", "smtp://127.0.0.1:2525", 1);
    setenv("SMTP_CONNECTIONS", "8", 1);
    setenv("MAIL_FROM", "noreply@example.org", 1);
    setenv("MAIL_VAR_DEPARTMENT_HEAD", "head@example.org", 1);
}

static void load(void) {
    struct error error = {0};
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    ck_assert_msg(email_settings_load(&scene.settings, &error), "%s", error.text);
    const struct mail_catalog_source source = email_settings_catalog_source(&scene.settings);
    ck_assert_msg(mail_catalog_load(&scene.catalog, &source, &problems), "%s", problem_list_text(&problems));
    problem_list_free(&problems);
    scene.registry = metrics_new("test");
    scene.metrics = email_metrics_new(scene.registry);
    ck_assert_ptr_nonnull(scene.metrics);
}

static void create_topics(void) {
    static const char *const names[] = {"notifications",    "orders",    RETRY_TOPIC,
                                        PARKING_TOPIC,      "email.dlq", "notifications.status",
                                        "email.suppression"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cluster_topic(&scene.cluster, names[i], PARTITIONS);
}

void scene_set_up(void) {
    log_configure("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    scene = (struct scene){.revoke_drain_ms = 20000};
    cluster_start(&scene.cluster, 1);
    create_topics();
    set_environment();
    load();
    turning_loop_start(&scene.loop, 5);
    scene.ledger = calloc(1, sizeof *scene.ledger);
    ck_assert_ptr_nonnull(scene.ledger);
    scene.deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
    fake_smtp = (struct fake_smtp){
        .chance = 1,
        .least_ms = 1,
        .most_ms = 40,
        .begins = ledger_begins,
        .ends = ledger_ends,
        .data = scene.ledger,
    };
}

void scene_tear_down(void) {
    turning_loop_end(&scene.loop);
    email_metrics_free(scene.metrics);
    metrics_free(scene.registry);
    mail_catalog_free(&scene.catalog);
    email_settings_free(&scene.settings);
    free(scene.ledger);
    cluster_stop(&scene.cluster);
}

/* --- running --- */

static void describe_workers(void) {
    for (size_t i = 0; i < WORKERS_MOST; i++) {
        if (scene.workers[i] == NULL)
            continue;
        struct group_partition **partitions = NULL;
        size_t count = group_consumer_partitions(scene.workers[i]->consumer, &partitions);
        fprintf(stderr, "worker %zu: %zu records held, %zu in flight, breaker %s\n", i,
                delivery_active(scene.workers[i]->delivery),
                group_consumer_in_flight(scene.workers[i]->consumer),
                delivery_breaker_is_open(scene.workers[i]->delivery) ? "open" : "closed");
        for (size_t j = 0; j < count; j++)
            fprintf(stderr, "    %s [%d] lag %lld\n", group_partition_topic(partitions[j]),
                    (int)group_partition_number(partitions[j]),
                    (long long)group_partition_lag(partitions[j]));
    }
}

void turn(void) {
    uv_run(&scene.loop.uv, UV_RUN_ONCE);
    if (clock_monotonic_ms() < scene.deadline_ms)
        return;
    describe_workers();
    ck_abort_msg("not done in time");
}

void run_for(int64_t milliseconds) {
    int64_t end = clock_monotonic_ms() + milliseconds;
    while (clock_monotonic_ms() < end)
        turn();
}

void start_worker(size_t place) {
    ck_assert_ptr_null(scene.workers[place]);
    scene.workers[place] = worker_double_start(&scene.loop.uv, &scene.settings, &scene.catalog, scene.metrics,
                                               scene.revoke_drain_ms);
}

void stop_worker(size_t place, int64_t drain_ms) {
    struct worker_double *worker = scene.workers[place];
    worker_double_stop(worker, drain_ms);
    while (!worker->ended)
        turn();
    scene.revokes += worker->revokes;
    scene.in_flight_at_revokes += worker->in_flight_at_revokes;
    ck_assert_uint_eq(delivery_active(worker->delivery), 0);
    ck_assert_uint_le(worker->most_in_flight, (unsigned)scene.settings.max_in_flight);
    worker_double_free(worker);
    scene.workers[place] = NULL;
}

void let_second_worker_in(void) {
    size_t first, second;
    start_worker(1);
    do {
        struct group_partition **partitions = NULL;
        turn();
        first = group_consumer_partitions(scene.workers[0]->consumer, &partitions);
        second = group_consumer_partitions(scene.workers[1]->consumer, &partitions);
    } while (first == 0 || second == 0 || first + second < PARTITIONS_READ);
}

static bool is_parking(struct group_partition *partition) {
    return strcmp(group_partition_topic(partition), PARKING_TOPIC) == 0;
}

/* Every partition has an owner, and nothing is left in those that matter. */
static bool all_is_done(void) {
    size_t owned = 0;
    for (size_t i = 0; i < WORKERS_MOST; i++) {
        if (scene.workers[i] == NULL)
            continue;
        struct group_partition **partitions = NULL;
        size_t count = group_consumer_partitions(scene.workers[i]->consumer, &partitions);
        if (group_consumer_in_flight(scene.workers[i]->consumer) > 0 ||
            delivery_active(scene.workers[i]->delivery) > 0)
            return false;
        for (size_t j = 0; j < count; j++)
            if (!is_parking(partitions[j]) && group_partition_lag(partitions[j]) != 0)
                return false;
        owned += count;
    }
    return owned == PARTITIONS_READ;
}

/* Lags are as of the last fetch: they have to stay at nothing for a while. */
void run_until_done(void) {
    int64_t done_since = 0;
    while (done_since == 0 || clock_monotonic_ms() - done_since < 1500) {
        turn();
        if (!all_is_done())
            done_since = 0;
        else if (done_since == 0)
            done_since = clock_monotonic_ms();
    }
}

void finish_workers(void) {
    for (size_t i = 0; i < WORKERS_MOST; i++)
        if (scene.workers[i] != NULL)
            stop_worker(i, STOP_DRAIN_MS);
}

/* --- judging --- */

void read_topics(void) {
    cluster_read_topic(&scene.cluster, "email.dlq", ledger_dead_letter, scene.ledger);
    cluster_read_topic(&scene.cluster, PARKING_TOPIC, ledger_parked, scene.ledger);
    cluster_read_topic(&scene.cluster, "notifications.status", ledger_status, scene.ledger);
}

static void assert_committed_to_the_end(const char *topic) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        int64_t end = cluster_end(&scene.cluster, topic, partition);
        if (end > 0)
            ck_assert_int_eq(cluster_committed(&scene.cluster, "email", topic, partition), end);
    }
}

void assert_all_committed(void) {
    for (size_t i = 0; i < sizeof event_topics / sizeof event_topics[0]; i++)
        assert_committed_to_the_end(event_topics[i]);
    assert_committed_to_the_end(RETRY_TOPIC);
}

void assert_exactly_once(void) {
    read_topics();
    ck_assert_uint_eq(ledger_surplus_ends(scene.ledger), 0);
    ck_assert_uint_eq(scene.ledger->overlaps, 0);
    ck_assert_uint_eq(scene.ledger->disorder, 0);
    ledger_assert_statuses(scene.ledger);
}

void finish_and_assert_exactly_once(void) {
    run_until_done();
    finish_workers();
    assert_all_committed();
    assert_exactly_once();
}
