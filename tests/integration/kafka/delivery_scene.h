/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the delivery engine begin with: a cluster with its topics, a fake SMTP server, a ledger
 * of both, and workers that come and go. It is judged by the ledger and by what a plain client reads.
 */
#ifndef NOTIFY_TESTS_KAFKA_DELIVERY_SCENE_H
#define NOTIFY_TESTS_KAFKA_DELIVERY_SCENE_H

#include "cluster.h"
#include "fake_smtp.h"
#include "mail_ledger.h"
#include "turning_loop.h"
#include "worker_double.h"

#define RETRY_TOPIC "email.retry.1s"
#define PARTITIONS 3                     /* of every topic */
#define PARTITIONS_READ (4 * PARTITIONS) /* the two of events and two of retries */
#define WORKERS_MOST 3
#define STOP_DRAIN_MS 20000 /* as the worker's; the breaker needs some probes */
#define DEADLINE_MS 150000  /* of a test */

struct scene {
    struct cluster cluster;
    struct turning_loop loop;
    struct email_settings settings;
    struct mail_catalog catalog;
    struct metrics *registry;
    struct email_metrics *metrics;
    struct worker_double *workers[WORKERS_MOST];
    struct ledger *ledger;
    int64_t deadline_ms, revoke_drain_ms;
    unsigned revokes;
    size_t in_flight_at_revokes;
};
extern struct scene scene;

/* For each test. The server accepts everything within 40 ms, until the test says otherwise. */
void scene_set_up(void);
void scene_tear_down(void);

/* One turn of the loop. The test fails, and the workers are described, when it lasts too long. */
void turn(void);
void run_for(int64_t milliseconds);
void start_worker(size_t place);
/* Waits for its end; notes its revokes in the scene. */
void stop_worker(size_t place, int64_t drain_ms);
/* Starts worker 1 beside worker 0, until both own partitions: the group may take two rebalances for it. */
void let_second_worker_in(void);
/* Every partition has an owner, and nothing is left in those that matter. */
void run_until_done(void);
/* Stops those that are there. */
void finish_workers(void);

/* What the topics have, into the ledger. */
void read_topics(void);
/* The commits of all topics but the parking one stand at the ends of their logs. */
void assert_all_committed(void);
/* Reads the topics: every mail has one end, in the order of its key, and has told it once. */
void assert_exactly_once(void);
/* The usual end of a test: until all is done, the workers stop, and both of these hold. */
void finish_and_assert_exactly_once(void);

#endif
