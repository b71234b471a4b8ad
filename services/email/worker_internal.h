/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the worker share; for no one else. */
#ifndef NOTIFY_EMAIL_WORKER_INTERNAL_H
#define NOTIFY_EMAIL_WORKER_INTERNAL_H

#include "delivery/delivery.h"
#include "delivery/suppression_reader.h"
#include "kafka/group_consumer.h"
#include "kafka/record_producer.h"
#include "routing/catalog_reload.h"
#include "smtp/smtp_pool.h"
#include "topic_watch.h"
#include "worker.h"

struct worker {
    struct worker_parts parts;
    uv_loop_t loop;
    bool loop_is_open;
    uv_signal_t on_terminate, on_interrupt;
    struct catalog_reload reload;
    uv_timer_t tick;
    uv_timer_t pace; /* fires when the rate limit has room again */
    unsigned ticks;
    struct group_consumer *consumer;
    struct record_producer *producer;
    struct smtp_pool *pool;
    struct delivery *delivery;
    struct suppression_list *suppressions;
    struct suppression_reader *suppression_reader;
    struct topic_watch *topic_watch;
    bool has_joined_once;
    bool stopping;
    enum exit_status exit_status;
};

/* Begins to stop, once: what is under way has so long to end. */
void worker_stop(struct worker *worker, int64_t drain_ms, enum exit_status status);

/* worker_parts.c: makes the parts, on the loop that there is, and connects their events with the engine. */
bool worker_make_parts(struct worker *worker, struct error *error);

#endif
