/* SPDX-License-Identifier: Apache-2.0 */
#include "retry_policy.h"

struct retry_decision retry_policy_decide(const struct retry_policy *policy, unsigned attempts,
                                          int64_t first_attempt_unix_ms, int64_t now_unix_ms) {
    size_t index = attempts == 0 ? 0 : attempts - 1;
    if (index >= policy->delay_count)
        index = policy->delay_count - 1;
    int64_t due = now_unix_ms + policy->delays_ms[index];
    return (struct retry_decision){
        .give_up = due - first_attempt_unix_ms > policy->give_up_after_ms,
        .delay_index = index,
        .due_unix_ms = due,
    };
}

int64_t retry_policy_due(int64_t due_unix_ms, int64_t written_unix_ms, int64_t delay_ms) {
    if (written_unix_ms < 0)
        return 0;
    int64_t most = delay_ms < INT64_MAX - RETRY_DUE_MARGIN_MS ? delay_ms + RETRY_DUE_MARGIN_MS : INT64_MAX;
    return due_unix_ms - written_unix_ms > most ? written_unix_ms + most : due_unix_ms;
}

bool retry_policy_is_expired(const struct retry_policy *policy, int64_t event_time_unix_ms,
                             int64_t now_unix_ms) {
    return event_time_unix_ms >= 0 && now_unix_ms - event_time_unix_ms > policy->max_age_ms;
}
