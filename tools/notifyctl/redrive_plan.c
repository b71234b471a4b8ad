/* SPDX-License-Identifier: Apache-2.0 */
#include "redrive_plan.h"

size_t redrive_shortest_delay(const int64_t *delays_ms, size_t count) {
    size_t shortest = 0;
    for (size_t i = 1; i < count; i++)
        if (delays_ms[i] < delays_ms[shortest])
            shortest = i;
    return shortest;
}

int64_t redrive_wait_ms(int64_t redriven, int64_t rate, int64_t elapsed_ms) {
    if (rate == 0)
        return 0;
    /* The record is due at redriven / rate seconds; in two parts, for the product could overflow. */
    int64_t due_ms = redriven / rate * 1000 + (redriven % rate * 1000 + rate - 1) / rate;
    return due_ms > elapsed_ms ? due_ms - elapsed_ms : 0;
}
