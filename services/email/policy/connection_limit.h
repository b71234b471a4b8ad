/* SPDX-License-Identifier: Apache-2.0 */
/* How many SMTP sessions may be open: halved when the server says it has enough of us, one more each quiet
 * second. Pure. */
#ifndef NOTIFY_EMAIL_CONNECTION_LIMIT_H
#define NOTIFY_EMAIL_CONNECTION_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#define CONNECTION_LIMIT_PERIOD_MS 1000

struct connection_limit {
    size_t now, most;
    int64_t last_change_ms;
};

/* Both return the limit. Troubles within one period count as one: they are told by sessions that failed
 * together. */
size_t connection_limit_halve(struct connection_limit *limit, int64_t now_ms);
size_t connection_limit_recover(struct connection_limit *limit, int64_t now_ms);

#endif
