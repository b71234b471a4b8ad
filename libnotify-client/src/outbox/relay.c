/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

int64_t relay_now_ms(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void relay_log(const struct relay *relay, int level, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length >= 0 && relay->client != NULL)
        notify_client_log(relay->client, level, text);
}

enum notify_error relay_init(struct relay *relay) {
    relay->needs_survey = true;
    relay->failed_is_stale = true;
    relay->keys = key_order_new();
    if (relay->keys == NULL)
        return NOTIFY_E_NO_MEMORY;
    relay->wake_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (relay->wake_descriptor < 0) {
        relay->keys = key_order_free(relay->keys);
        return NOTIFY_E_SYSTEM;
    }
    if (!report_list_init(&relay->reports, relay->wake_descriptor)) {
        close(relay->wake_descriptor);
        relay->keys = key_order_free(relay->keys);
        return NOTIFY_E_SYSTEM;
    }
    return NOTIFY_OK;
}

static void take_reports(struct relay *relay) {
    int64_t now_ms = relay_now_ms();
    struct flight *flight = report_list_take(&relay->reports);
    while (flight != NULL) {
        struct flight *next = flight->next;
        relay_report(relay, flight, now_ms);
        flight = next;
    }
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* When something is to be done even if nothing comes in. A time that is over was waited for already. */
static int64_t next_time(const struct relay *relay, int64_t now_ms) {
    int64_t next_ms = now_ms + RELAY_POLL_MS;
    if (relay->reported_count > 0) {
        int64_t due_ms = relay->first_reported_ms + RELAY_SETTLE_AFTER_MS;
        if (due_ms < relay->settling.again_at_ms)
            due_ms = relay->settling.again_at_ms;
        next_ms = earlier(next_ms, due_ms);
    }
    if (relay->client_again_at_ms > now_ms)
        next_ms = earlier(next_ms, relay->client_again_at_ms);
    if (relay->reading.again_at_ms > now_ms)
        next_ms = earlier(next_ms, relay->reading.again_at_ms);
    for (size_t i = 0; i < relay->lane_count; i++)
        next_ms = earlier(next_ms, lane_next_time(relay->lanes[i], now_ms));
    if (atomic_load(&relay->is_stopping))
        next_ms = earlier(next_ms, atomic_load(&relay->stop_deadline_ms));
    return next_ms;
}

static void sleep_until_needed(struct relay *relay) {
    int64_t now_ms = relay_now_ms();
    int64_t wait_ms = next_time(relay, now_ms) - now_ms;
    struct pollfd wake = {.fd = relay->wake_descriptor, .events = POLLIN};
    if (poll(&wake, 1, wait_ms > 0 ? (int)wait_ms : 0) <= 0)
        return; /* Over, or EINTR: every turn of the loop looks at everything. */
    uint64_t count;
    if (read(relay->wake_descriptor, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        relay_log(relay, LOG_ERR, "outbox: the relay's eventfd cannot be read");
}

static bool is_done(const struct relay *relay) {
    return atomic_load(&relay->is_stopping) &&
           (relay->in_flight == 0 || relay_now_ms() >= atomic_load(&relay->stop_deadline_ms));
}

void relay_run(struct relay *relay) {
    while (!is_done(relay)) {
        take_reports(relay);
        int64_t now_ms = relay_now_ms();
        if (relay_settle_is_due(relay, now_ms))
            relay_settle(relay, now_ms);
        if (!atomic_load(&relay->is_stopping) && relay_survey(relay, now_ms)) {
            relay_fill(relay, now_ms);
            relay_refresh_figures(relay, now_ms);
        }
        relay_end_reading(relay, now_ms);
        if (!relay_settle_is_due(relay, now_ms))
            sleep_until_needed(relay);
    }
}

/* The application's writer may hold the lock; the last reports are worth some patience, as each lost one is
 * an event twice. */
static void settle_the_last(struct relay *relay) {
    for (int attempt = 0; attempt < 5 && relay->reported_count > 0; attempt++)
        relay_settle(relay, relay_now_ms());
    if (relay->reported_count > 0)
        relay_log(relay, LOG_WARNING,
                  "outbox: %zu delivered events could not be removed from the database (%s); they will be "
                  "published again",
                  relay->reported_count, relay->storage->error_text);
}

void relay_finish(struct relay *relay) {
    atomic_store(&relay->is_stopping, true);
    settle_the_last(relay);
    /* Reports what is still on its way, good or bad, before it returns. */
    notify_client *client = relay->client;
    relay->client = notify_client_free(client);
    take_reports(relay);
    settle_the_last(relay);
    for (size_t i = 0; i < relay->reported_count; i++)
        free(relay->reported[i]);
    for (size_t i = 0; i < relay->lane_count; i++)
        lane_free(relay->lanes[i]);
    key_order_free(relay->keys);
    report_list_finish(&relay->reports);
    close(relay->wake_descriptor);
    relay->storage->operations->close(relay->storage);
}
