/* SPDX-License-Identifier: Apache-2.0 */
#include "refusal_guard.h"

static bool is_in_run(const struct refusal_guard *guard, uint64_t recipient) {
    for (size_t i = 0; i < guard->count; i++)
        if (guard->recipients[i] == recipient)
            return true;
    return false;
}

enum refusal_verdict refusal_guard_refused(struct refusal_guard *guard, enum smtp_phase phase, int code,
                                           uint64_t recipient) {
    bool begins = guard->code != code || guard->phase != phase;
    if (begins)
        *guard = (struct refusal_guard){.phase = phase, .code = code};
    if (guard->count < REFUSALS_UNTIL_TRIP && !is_in_run(guard, recipient))
        guard->recipients[guard->count++] = recipient;
    if (begins)
        return REFUSAL_BEGINS_RUN;
    return guard->count < REFUSALS_UNTIL_TRIP ? REFUSAL_IN_RUN : REFUSAL_OF_EVERYBODY;
}

void refusal_guard_accepted(struct refusal_guard *guard) {
    guard->code = 0;
    guard->count = 0;
}
