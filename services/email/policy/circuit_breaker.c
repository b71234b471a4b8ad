/* SPDX-License-Identifier: Apache-2.0 */
#include "circuit_breaker.h"

bool circuit_breaker_trip(struct circuit_breaker *breaker, int64_t now_ms) {
    enum circuit_state before = breaker->state;
    if (before == CIRCUIT_OPEN)
        return false; /* mails that were under way when it opened say nothing new */
    breaker->delay_ms = before == CIRCUIT_CLOSED ? CIRCUIT_BREAKER_FIRST_DELAY_MS : breaker->delay_ms * 2;
    if (breaker->delay_ms > CIRCUIT_BREAKER_LAST_DELAY_MS)
        breaker->delay_ms = CIRCUIT_BREAKER_LAST_DELAY_MS;
    breaker->next_probe_ms = now_ms + breaker->delay_ms;
    breaker->state = CIRCUIT_OPEN;
    return before == CIRCUIT_CLOSED;
}

bool circuit_breaker_succeed(struct circuit_breaker *breaker) {
    bool was_closed = breaker->state == CIRCUIT_CLOSED;
    breaker->state = CIRCUIT_CLOSED;
    return !was_closed;
}

bool circuit_breaker_begin_probe(struct circuit_breaker *breaker, int64_t now_ms) {
    if (breaker->state != CIRCUIT_OPEN || now_ms < breaker->next_probe_ms)
        return false;
    breaker->state = CIRCUIT_PROBING;
    return true;
}

void circuit_breaker_cancel_probe(struct circuit_breaker *breaker) {
    if (breaker->state == CIRCUIT_PROBING)
        breaker->state = CIRCUIT_OPEN;
}
