/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topic's way through the relay. Topics travel apart, so that one that is missing or forbidden does not
 * hold up the others. Pure: what a lane may do next follows from the events it was told, nothing here touches
 * the database or the client.
 *
 *   open     ─ rows go out in the order of their ids, up to the allowance
 *   rewinding ─ something was refused: nothing goes out until all that is on the way is reported and settled,
 * then reading begins again at the first row that is left; so nothing needs to be remembered row by row
 *   waiting  ─ the topic was refused: one row is tried after each delay
 *   alone    ─ rows were refused for good that travelled with others. Kafka refuses whole batches (a topic's
 *              max.message.bytes is the limit of a batch), so they are tried one by one to find the culprit
 */
#ifndef NOTIFY_OUTBOX_LANE_H
#define NOTIFY_OUTBOX_LANE_H

#include <notify-client.h>
#include <stdbool.h>
#include <stddef.h>

struct key_chain;

enum {
    LANE_FULL_ALLOWANCE = 1000, /* "at most 1,000 rows ahead" */
    LANE_FIRST_ALLOWANCE = 64,  /* Before the first good report: a missing topic does not fill the relay. */
    LANE_MAX_HELD = 4096,       /* Ids behind others of their key, 16 bytes each. */
    LANE_FIRST_DELAY_MS = 250,
    LANE_MAX_DELAY_MS = 10000,
};

struct lane {
    char *topic;
    int64_t cursor;   /* The last id that was read. */
    int64_t counted;  /* The last id that is in the count of pending rows. */
    bool unread;      /* There may be rows behind the cursor. */
    size_t in_flight; /* Handed to the client and not reported. */
    size_t ahead;     /* in_flight, and reported but not yet settled in the database. */
    size_t held;
    struct key_chain *first_ready; /* Keys whose next row may go. */
    struct key_chain **end_ready;
    /* Private. */
    bool rewinding;
    int64_t rewind_to;
    size_t allowance;
    size_t ceiling;
    int64_t alone_until;
    bool culprit_found;
    enum notify_error refusal; /* NOTIFY_OK: the topic accepts. */
    int64_t retry_at_ms;
    int64_t retry_delay_ms;
};

struct lane *lane_new(const char *topic);
struct lane *lane_free(struct lane *lane);

/* How many rows may be handed out now. */
size_t lane_room(const struct lane *lane, int64_t now_ms);

/* Whether the next row to go out travels alone. */
bool lane_is_alone(const struct lane *lane);

/* When lane_room() may change by time alone; INT64_MAX: it will not. */
int64_t lane_next_time(const struct lane *lane, int64_t now_ms);

/* A row was delivered. True: the topic accepts again after it had refused. */
bool lane_delivered(struct lane *lane);

/* A row was refused for good while it travelled alone, or by the client itself. */
void lane_culprit(struct lane *lane);

/* A row was refused for good in the company of others: it and the following ones will be tried alone. */
void lane_suspect(struct lane *lane, int64_t id);

/* The topic, or the producer, refused a row that is good. True: this is news (another error than the last
 * one). */
bool lane_refused(struct lane *lane, int64_t id, enum notify_error error, int64_t now_ms);

/* A row that was read will not go out now: reading must begin again before it. Only while rewinding. */
void lane_forget(struct lane *lane, int64_t id);

/* Whether rows that are waiting behind a reported one are to be forgotten instead of sent. */
bool lane_is_rewinding(const struct lane *lane);

/* A row is settled or given back; begins to read again when it was the last. */
void lane_landed(struct lane *lane);

/* Nothing in memory and nothing known in the table. */
bool lane_is_idle(const struct lane *lane);

void lane_push_ready(struct lane *lane, struct key_chain *chain);
struct key_chain *lane_pop_ready(struct lane *lane);

#endif
