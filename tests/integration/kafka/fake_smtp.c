/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_smtp.h"

#include "common/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS 2
#define SLOTS_MOST 64

struct fake_smtp fake_smtp;

struct slot {
    struct smtp_mail *mail;
    int64_t due_ms;
    bool given_up;   /* on hold before it began: settled PUT_BACK at the next step */
    bool broken_off; /* on the wire: settled so at the next step */
};

struct smtp_pool {
    struct smtp_pool_events events;
    uv_timer_t step;
    size_t limit;
    struct slot wire[SLOTS_MOST];
    struct slot waiting[SLOTS_MOST]; /* in order */
    size_t waiting_count;
    bool on_hold, was_full;
    int64_t end_ms; /* 0: not stopping */
    void (*stopped)(void *data);
};

uint64_t fake_smtp_chance(uint64_t bound) {
    fake_smtp.chance ^= fake_smtp.chance << 13;
    fake_smtp.chance ^= fake_smtp.chance >> 7;
    fake_smtp.chance ^= fake_smtp.chance << 17;
    return fake_smtp.chance % bound;
}

/* --- what the server says --- */

struct ending {
    int weight;
    struct smtp_result result;
};

static struct smtp_result draw_result(const struct smtp_mail *mail) {
    static const struct ending endings[] = {
        {20, {SMTP_FATE_REPLIED, SMTP_PHASE_RCPT, 450, {4, 2, 0}, "mailbox busy"}},
        {12, {SMTP_FATE_REPLIED, SMTP_PHASE_RCPT, 550, {5, 1, 1}, "no such user"}},
        {8, {SMTP_FATE_REPLIED, SMTP_PHASE_DATA, 451, {0, 0, 0}, "try later"}},
        {8, {SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 452, {4, 3, 1}, "disk full"}},
        {8, {SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 554, {5, 7, 1}, "looks like spam"}},
        {10, {SMTP_FATE_AMBIGUOUS, SMTP_PHASE_DOT, 0, {0, 0, 0}, "connection lost"}},
        {6, {SMTP_FATE_BODY_BROKEN, SMTP_PHASE_DATA, 0, {0, 0, 0}, "connection lost"}},
        {14, {SMTP_FATE_PUT_BACK, SMTP_PHASE_MAIL, 0, {0, 0, 0}, "connection lost"}},
        {8, {SMTP_FATE_REPLIED, SMTP_PHASE_MAIL, 451, {0, 0, 0}, "not now"}},
        {4, {SMTP_FATE_REPLIED, SMTP_PHASE_RCPT, 421, {0, 0, 0}, "closing"}},
        {1, {SMTP_FATE_REPLIED, SMTP_PHASE_MAIL, 550, {5, 7, 0}, "sender refused"}},
        {2, {SMTP_FATE_UNSUPPORTED, SMTP_PHASE_MAIL, 0, {0, 0, 0}, "no SMTPUTF8"}},
    };
    static const struct smtp_result accepted = {
        SMTP_FATE_REPLIED, SMTP_PHASE_DOT, 250, {2, 0, 0}, "accepted"};
    static const struct smtp_result refused = {
        SMTP_FATE_REPLIED, SMTP_PHASE_MAIL, 550, {5, 7, 0}, "sender refused"};
    if (fake_smtp.refused != NULL && strstr(mail->recipient, fake_smtp.refused) != NULL)
        return refused;
    if (fake_smtp_chance(100) >= (uint64_t)fake_smtp.bad_percent)
        return accepted;
    int drawn = (int)fake_smtp_chance(101);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        drawn -= endings[i].weight;
        if (drawn < 0)
            return endings[i].result;
    }
    return accepted;
}

static struct smtp_result put_back(void) {
    return (struct smtp_result){.fate = SMTP_FATE_PUT_BACK, .text = "the pool is on hold"};
}

/* --- the pool --- */

static size_t busy(const struct smtp_pool *pool) {
    size_t count = 0;
    for (size_t i = 0; i < SLOTS_MOST; i++)
        count += pool->wire[i].mail != NULL;
    return count;
}

static void begin(struct smtp_pool *pool, struct smtp_mail *mail) {
    size_t slot = 0;
    while (pool->wire[slot].mail != NULL)
        slot++;
    int64_t takes = fake_smtp.least_ms +
                    (int64_t)fake_smtp_chance((uint64_t)(fake_smtp.most_ms - fake_smtp.least_ms + 1));
    pool->wire[slot] = (struct slot){.mail = mail, .due_ms = clock_monotonic_ms() + takes};
    fake_smtp.begins(fake_smtp.data, mail);
}

static void take_waiting(struct smtp_pool *pool, size_t index) {
    pool->waiting_count--;
    memmove(&pool->waiting[index], &pool->waiting[index + 1],
            (pool->waiting_count - index) * sizeof pool->waiting[0]);
}

static void tell_trouble(struct smtp_pool *pool, const struct smtp_result *result) {
    bool lost = result->fate == SMTP_FATE_AMBIGUOUS || result->fate == SMTP_FATE_BODY_BROKEN ||
                result->fate == SMTP_FATE_PUT_BACK || result->code == 421;
    if (lost && fake_smtp_chance(10) == 0)
        pool->events.trouble(pool->events.data, result->code, result->text, fake_smtp_chance(4));
}

static void settle(struct smtp_pool *pool, struct smtp_mail *mail, struct smtp_result result) {
    fake_smtp.ends(fake_smtp.data, mail, &result);
    pool->events.settled(pool->events.data, mail, &result);
}

static void settle_waiting_that_were_given_up(struct smtp_pool *pool) {
    for (size_t i = 0; i < pool->waiting_count;) {
        if (!pool->waiting[i].given_up) {
            i++;
            continue;
        }
        struct smtp_mail *mail = pool->waiting[i].mail;
        take_waiting(pool, i);
        struct smtp_result result = put_back();
        pool->events.settled(pool->events.data, mail, &result);
        i = 0; /* the callback may have changed anything */
    }
}

static void settle_broken_off(struct smtp_pool *pool) {
    for (size_t i = 0; i < SLOTS_MOST; i++) {
        struct smtp_mail *mail = pool->wire[i].mail;
        if (mail == NULL || !pool->wire[i].broken_off)
            continue;
        pool->wire[i].mail = NULL;
        settle(pool, mail,
               (struct smtp_result){
                   .fate = fake_smtp.broken_off, .phase = SMTP_PHASE_DATA, .text = "broken off"});
    }
}

static void settle_due(struct smtp_pool *pool) {
    for (size_t i = 0; i < SLOTS_MOST; i++) {
        struct smtp_mail *mail = pool->wire[i].mail;
        if (mail == NULL || (pool->wire[i].due_ms > clock_monotonic_ms() && !fake_smtp.ends_one))
            continue;
        fake_smtp.ends_one = false;
        struct smtp_result result = draw_result(mail);
        tell_trouble(pool, &result); /* before the session's mails are settled */
        pool->wire[i].mail = NULL;
        settle(pool, mail, result);
    }
}

static void begin_waiting(struct smtp_pool *pool) {
    while (!pool->on_hold && pool->end_ms == 0 && pool->waiting_count > 0 && busy(pool) < pool->limit &&
           !pool->waiting[0].given_up) {
        struct smtp_mail *mail = pool->waiting[0].mail;
        take_waiting(pool, 0);
        begin(pool, mail);
    }
}

static void on_closed(uv_handle_t *handle) {
    struct smtp_pool *pool = handle->data;
    pool->stopped(pool->events.data);
}

static void finish(struct smtp_pool *pool) {
    for (size_t i = 0; i < SLOTS_MOST; i++) {
        struct smtp_mail *mail = pool->wire[i].mail;
        pool->wire[i].mail = NULL;
        if (mail != NULL)
            settle(pool, mail, put_back());
    }
    uv_close((uv_handle_t *)&pool->step, on_closed);
}

static void on_step(uv_timer_t *handle) {
    struct smtp_pool *pool = handle->data;
    settle_waiting_that_were_given_up(pool);
    settle_broken_off(pool);
    settle_due(pool);
    begin_waiting(pool);
    if (pool->end_ms != 0 && (busy(pool) == 0 || clock_monotonic_ms() >= pool->end_ms)) {
        finish(pool);
    } else if (pool->was_full && !pool->on_hold && pool->waiting_count < pool->limit) {
        pool->was_full = false;
        pool->events.has_room(pool->events.data);
    }
}

bool smtp_pool_new(struct smtp_pool **pool_out, uv_loop_t *loop, const struct smtp_pool_settings *settings,
                   const struct smtp_pool_events *events, struct error *error) {
    struct smtp_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL || settings->connections * 2 > SLOTS_MOST)
        return error_set(error, "no such pool");
    pool->events = *events;
    pool->limit = settings->connections;
    uv_timer_init(loop, &pool->step);
    pool->step.data = pool;
    uv_timer_start(&pool->step, on_step, STEP_MS, STEP_MS);
    *pool_out = pool;
    return true;
}

bool smtp_pool_submit(struct smtp_pool *pool, struct smtp_mail *mail) {
    if (pool->on_hold || pool->end_ms != 0 || pool->waiting_count >= pool->limit) {
        pool->was_full = true;
        return false;
    }
    pool->waiting[pool->waiting_count++] = (struct slot){.mail = mail};
    return true;
}

void smtp_pool_set_limit(struct smtp_pool *pool, size_t limit) {
    pool->limit = limit;
}

void smtp_pool_hold(struct smtp_pool *pool, bool on) {
    pool->on_hold = on;
    for (size_t i = 0; on && i < pool->waiting_count; i++)
        pool->waiting[i].given_up = true;
    pool->was_full = true;
}

void smtp_pool_probe(struct smtp_pool *pool, struct smtp_mail *mail) {
    begin(pool, mail);
}

struct smtp_pool_counts smtp_pool_counts(const struct smtp_pool *pool) {
    return (struct smtp_pool_counts){.busy = busy(pool), .waiting = pool->waiting_count};
}

bool smtp_pool_withdraw(struct smtp_pool *pool, struct smtp_mail *mail) {
    for (size_t i = 0; i < pool->waiting_count; i++) {
        if (pool->waiting[i].mail == mail) {
            take_waiting(pool, i);
            return true;
        }
    }
    return false;
}

void smtp_pool_break_off(struct smtp_pool *pool) {
    for (size_t i = 0; i < SLOTS_MOST; i++)
        pool->wire[i].broken_off = fake_smtp.broken_off != SMTP_FATE_REPLIED;
}

void smtp_pool_stop(struct smtp_pool *pool, int64_t deadline_ms, void (*stopped)(void *data)) {
    pool->stopped = stopped;
    pool->end_ms = clock_monotonic_ms() + deadline_ms;
    for (size_t i = 0; i < pool->waiting_count; i++)
        pool->waiting[i].given_up = true;
}

void smtp_pool_free(struct smtp_pool *pool) {
    free(pool);
}
