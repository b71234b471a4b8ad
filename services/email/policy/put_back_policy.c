/* SPDX-License-Identifier: Apache-2.0 */
#include "put_back_policy.h"

bool put_back_policy_charges(struct put_back_history *history, uint64_t accepted) {
    if (history->count > 0 && history->accepted_then == accepted)
        return false; /* nobody fared better since */
    history->accepted_then = accepted;
    return ++history->count > PUT_BACKS_UNTIL_CHARGED;
}
