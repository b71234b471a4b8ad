/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What services/email/worker.c puts together, without its signals and its own loop: a group member, the
 * delivery engine, a producer and a (fake) SMTP pool. Several of them live on one loop.
 */
#ifndef NOTIFY_TESTS_KAFKA_WORKER_DOUBLE_H
#define NOTIFY_TESTS_KAFKA_WORKER_DOUBLE_H

#include "delivery/delivery.h"

struct worker_double {
    struct group_consumer *consumer;
    struct record_producer *producer;
    struct smtp_pool *pool;
    struct delivery *delivery;
    uv_timer_t tick;
    bool stopping, ended;
    unsigned revokes, resets;
    size_t most_in_flight;       /* ever seen */
    size_t in_flight_at_revokes; /* the sum: what may be delivered twice when the commit in the drain is
                                    refused */
};

struct worker_double *worker_double_start(uv_loop_t *loop, const struct email_settings *settings,
                                          const struct mail_catalog *catalog, struct email_metrics *metrics,
                                          int64_t revoke_drain_ms);
void worker_double_stop(struct worker_double *worker, int64_t drain_ms);
/* After it ended, with the loop not running. */
void worker_double_free(struct worker_double *worker);

#endif
