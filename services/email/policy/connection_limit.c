/* SPDX-License-Identifier: Apache-2.0 */
#include "connection_limit.h"

size_t connection_limit_halve(struct connection_limit *limit, int64_t now_ms) {
    if (limit->now < limit->most && now_ms - limit->last_change_ms < CONNECTION_LIMIT_PERIOD_MS)
        return limit->now;
    limit->now = limit->now > 1 ? limit->now / 2 : 1;
    limit->last_change_ms = now_ms;
    return limit->now;
}

size_t connection_limit_recover(struct connection_limit *limit, int64_t now_ms) {
    if (limit->now < limit->most && now_ms - limit->last_change_ms >= CONNECTION_LIMIT_PERIOD_MS) {
        limit->now++;
        limit->last_change_ms = now_ms;
    }
    return limit->now;
}
