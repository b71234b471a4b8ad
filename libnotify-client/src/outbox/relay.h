/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay: takes the rows of a storage to the client and settles them by the delivery reports. It is one
 * thread's own; the functions below are what its loop (relay.c) is made of, in the order of the data:
 *
 *   relay_survey ─ which topics have rows, how many           (relay_read.c)
 *   relay_fill   ─ read rows and hand them to the client      (relay_read.c)
 *   relay_report ─ what a report means for row, key and topic (relay_report.c)
 *   relay_settle ─ delete or mark the reported rows           (relay_report.c)
 */
#ifndef NOTIFY_OUTBOX_RELAY_H
#define NOTIFY_OUTBOX_RELAY_H

#include <notify-outbox.h>
#include <pthread.h>
#include <stdatomic.h>

#include "key_order.h"
#include "lane.h"
#include "report_list.h"
#include "storage.h"

enum {
    RELAY_MAX_AHEAD = 1000, /* Rows handed out and not yet settled: what a crash can publish twice. */
    RELAY_MAX_BYTES = 64 * 1024 * 1024, /* The same in bytes, for large events. */
    RELAY_MAX_LANES = 256,
    RELAY_READ_BATCH = 256,
    RELAY_SETTLE_BATCH = 250,
    RELAY_SETTLE_AFTER_MS = 10,
    RELAY_POLL_MS = 250, /* How late a commit of another process may be seen. */
};

/* Trouble with the database: told once, tried again with growing delays. */
struct trouble {
    int64_t since_ms; /* 0: none. */
    int64_t again_at_ms;
    int64_t delay_ms;
    bool is_told;
    bool is_fresh; /* Noted in this turn of the loop. */
};

/* Read by any thread. */
struct relay_figures {
    _Atomic int64_t pending;
    _Atomic int64_t failed;
    _Atomic int64_t published;
    _Atomic int64_t oldest_created_ms; /* 0: none. */
};

struct relay {
    struct storage *storage;
    notify_client *client;
    int wake_descriptor;
    struct report_list reports;
    struct key_order *keys;
    notify_outbox_report_callback report_callback;
    void *callback_data;
    struct relay_figures figures;
    atomic_bool is_stopping;
    _Atomic int64_t stop_deadline_ms;

    struct lane *lanes[RELAY_MAX_LANES];
    size_t lane_count;
    size_t first_lane; /* Where the next round begins. */
    bool lanes_are_full;

    size_t in_flight;
    size_t ahead;
    size_t bytes_ahead;
    struct flight *reported[RELAY_MAX_AHEAD]; /* Wait to be settled. */
    size_t reported_count;
    int64_t first_reported_ms;

    bool needs_survey;
    bool failed_is_stale;
    int64_t recount_at_ms;
    int64_t oldest_at_ms;
    int64_t client_again_at_ms; /* The client had no room. */
    struct trouble reading;
    struct trouble settling;
};

int64_t relay_now_ms(void);

/* storage and client stay the caller's until relay_finish(). */
enum notify_error relay_init(struct relay *relay);

/* The body of the thread: until is_stopping, and then for the reports of what is on its way until
 * stop_deadline_ms. */
void relay_run(struct relay *relay);

/* After the thread ended: frees the client, settles what was reported until then, and frees everything. */
void relay_finish(struct relay *relay);

/* The client's delivery callback; callback_data is the relay. */
void relay_on_delivery(const notify_delivery *delivery, void *callback_data);

/* Count what is new. False: the database is in trouble. */
bool relay_survey(struct relay *relay, int64_t now_ms);
void relay_fill(struct relay *relay, int64_t now_ms);
void relay_refresh_figures(struct relay *relay, int64_t now_ms);
/* After the three. */
void relay_end_reading(struct relay *relay, int64_t now_ms);

/* A flight has its report. Takes it over. */
void relay_report(struct relay *relay, struct flight *flight, int64_t now_ms);
bool relay_settle_is_due(const struct relay *relay, int64_t now_ms);
void relay_settle(struct relay *relay, int64_t now_ms);

/* Note a failed call. trouble_end_turn() after a turn of calls: the trouble is over when none of them failed.
 */
void trouble_note(struct relay *relay, struct trouble *trouble, enum storage_result result, const char *what,
                  int64_t now_ms);
void trouble_end_turn(struct relay *relay, struct trouble *trouble, const char *what);

void relay_log(const struct relay *relay, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
