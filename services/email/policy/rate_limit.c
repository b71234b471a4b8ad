/* SPDX-License-Identifier: Apache-2.0 */
#include "rate_limit.h"

#include <stdlib.h>
#include <string.h>

#define MAILS_MOST 1000000
/* How late a member may wake and still make up for it: between these, as much as the bound leaves beside the
 * one mail that every bucket holds. */
#define LATENESS_LEAST_S 0.05
#define LATENESS_MOST_S 0.2
#define OVERSHOOT_MOST_S 0.5 /* 5 % of 10 s */
#define ROUNDING 1e-9        /* of sums of fractions: a mail is not put off for it */

static double least(double one, double other) {
    return one < other ? one : other;
}

static double between(double least_value, double value, double most_value) {
    return value < least_value ? least_value : least(value, most_value);
}

bool rate_limit_parse(const char *text, double *per_second_out) {
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"s", 1}, {"min", 60}, {"h", 3600}};
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 7 || text[digits] != '/')
        return false;
    long mails = strtol(text, NULL, 10);
    if (mails < 1 || mails > MAILS_MOST)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits + 1, units[i].name) != 0)
            continue;
        *per_second_out = (double)mails / units[i].seconds;
        return true;
    }
    return false;
}

static double part(size_t own, size_t all) {
    return all == 0 || own > all ? 0 : (double)own / (double)all;
}

double rate_limit_share(double per_second, struct rate_partitions own, struct rate_partitions all) {
    return per_second * ((1 - RATE_LIMIT_RETRY_PART) * part(own.events, all.events) +
                         RATE_LIMIT_RETRY_PART * part(own.retries, all.retries));
}

static double room_for(double per_second) {
    return 1 + per_second * between(LATENESS_LEAST_S, OVERSHOOT_MOST_S - 1 / per_second, LATENESS_MOST_S);
}

void rate_limit_begin(struct rate_limit *limit, double per_second, int64_t now_ms) {
    limit->per_ms = per_second / 1000;
    limit->room = per_second > 0 ? room_for(per_second) : 0;
    limit->saved = least(limit->saved, 0);
    limit->counted_ms = now_ms;
}

static double saved_at(const struct rate_limit *limit, int64_t now_ms) {
    if (now_ms <= limit->counted_ms)
        return limit->saved;
    return least(limit->saved + (double)(now_ms - limit->counted_ms) * limit->per_ms, limit->room);
}

bool rate_limit_allows(const struct rate_limit *limit, size_t mails, int64_t now_ms) {
    return saved_at(limit, now_ms) >= (double)mails - ROUNDING;
}

void rate_limit_take(struct rate_limit *limit, int64_t now_ms) {
    limit->saved = saved_at(limit, now_ms) - 1;
    if (now_ms > limit->counted_ms)
        limit->counted_ms = now_ms;
}

int64_t rate_limit_wait_ms(const struct rate_limit *limit, size_t mails, int64_t now_ms) {
    double missing = (double)mails - saved_at(limit, now_ms);
    if (limit->per_ms <= 0 || (double)mails > limit->room)
        return -1;
    double wait_ms = missing / limit->per_ms;
    return wait_ms < 1 ? 1 : (int64_t)wait_ms + 1;
}
