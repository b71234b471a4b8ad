/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An upper bound on MAIL commands that a whole group keeps without a word between its members: each sends at
 * the share of the rate that its partitions have (docs/delivery.md). A bucket of whole mails. Pure: the
 * caller brings the clock.
 *
 * Why no assignment breaks the bound: a partition's part accrues to one member at a time, and a new
 * assignment begins with an empty bucket, so what accrues to all of them in 10 s is never more than the rate
 * allows. Above that there is only what a bucket holds when the 10 s begin: one mail and what makes up for
 * waking late, which together are at most half a second's share, 5 % of 10 s. A share below
 * RATE_LIMIT_EXACT_FROM mails a second cannot keep to that with whole mails: there it is up to one mail more.
 */
#ifndef NOTIFY_EMAIL_RATE_LIMIT_H
#define NOTIFY_EMAIL_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_LIMIT_EXACT_FROM 2.5
/* Of the rate, for all retry topics together. A member that has partitions of these only is not starved. */
#define RATE_LIMIT_RETRY_PART 0.03

/* "100/s", "600/min", "10000/h" → mails a second. False: it is no rate. */
bool rate_limit_parse(const char *text, double *per_second_out);

struct rate_partitions {
    size_t events, retries; /* of event topics, of retry topics */
};
/* A member's mails a second. The shares of members that have all partitions between them add up to the rate.
 */
double rate_limit_share(double per_second, struct rate_partitions own, struct rate_partitions all);

/* All zero: nothing may be sent. */
struct rate_limit {
    double per_ms;
    double room;  /* mails that may be saved up */
    double saved; /* below 0: more were taken than there were */
    int64_t counted_ms;
};

/* A new share, from now on, with nothing saved; 0: nothing may be sent. */
void rate_limit_begin(struct rate_limit *limit, double per_second, int64_t now_ms);
/* Whether so many mails may begin now. */
bool rate_limit_allows(const struct rate_limit *limit, size_t mails, int64_t now_ms);
/* A mail begins. */
void rate_limit_take(struct rate_limit *limit, int64_t now_ms);
/* When so many may begin if none does before: at least 1 ms from now; -1: never. */
int64_t rate_limit_wait_ms(const struct rate_limit *limit, size_t mails, int64_t now_ms);

#endif
