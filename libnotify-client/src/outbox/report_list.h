/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flights, and the way their reports take from the client's thread to the relay's. The list cannot overflow
 * and allocates nothing: each flight is reported once and brings its own link, and the relay bounds the
 * flights.
 */
#ifndef NOTIFY_OUTBOX_REPORT_LIST_H
#define NOTIFY_OUTBOX_REPORT_LIST_H

#include <notify-client.h>
#include <pthread.h>
#include <stdbool.h>

struct lane;
struct key_chain;

/* A row that was handed to the client and is not settled yet. */
struct flight {
    struct flight *next;
    struct lane *lane;
    struct key_chain *chain; /* NULL: the event has no key. */
    int64_t id;
    size_t size;
    bool alone; /* Nothing else of its topic was on the way: a refusal is meant for this row. */
    enum notify_error error;
    char reason[200];
    char event_id[];
};

struct flight *flight_new(int64_t id, const char *event_id, size_t size);

/* Write the reason: the client's words, else the sentence of the error. */
void flight_set_report(struct flight *flight, enum notify_error error, const char *text);

struct report_list {
    pthread_mutex_t mutex;
    struct flight *first;
    struct flight **end;
    int wake_descriptor; /* An eventfd, borrowed. */
};

bool report_list_init(struct report_list *list, int wake_descriptor);
void report_list_finish(struct report_list *list);

/* From the client's thread; wakes the relay when the list was empty. */
void report_list_push(struct report_list *list, struct flight *flight);

/* All that came, in order, linked by next; NULL when there is none. */
struct flight *report_list_take(struct report_list *list);

/* Add to an eventfd. It can only fail when its counter is full, and then the sleeper is awake anyway. */
void wake_up(int descriptor);

#endif
