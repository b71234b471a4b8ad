/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often one client may do a thing: a token bucket for each address (IPv6: each /64, what one customer
 * has), in a table of fixed size, where the bucket unused for longest gives way. The hash is keyed at random,
 * so that nobody can choose addresses that push another's bucket out.
 */
#ifndef NOTIFY_HTTP_CLIENT_RATE_H
#define NOTIFY_HTTP_CLIENT_RATE_H

#include "common/settings.h"
#include "trusted_proxies.h"

/* Target struct rate_limit: "10/min", "10/min,burst=20", "5/s", "100/h", "off". The burst is twice the count
 * unless given. */
struct rate_limit {
    bool off;
    double per_second;
    double burst;
};
bool setting_parse_rate_limit(const struct setting *setting, const char *value, void *target,
                              struct error *error);

struct client_rate;

/* NULL: no memory or no random numbers. */
struct client_rate *client_rate_new(const struct rate_limit *limit);
void client_rate_free(struct client_rate *rate);
/* 0: allowed, and counted. Else the seconds, at least 1, after which it will be. Any thread. */
unsigned client_rate_take(struct client_rate *rate, const struct client_address *client, int64_t now_ms);

#endif
