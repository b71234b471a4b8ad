/* SPDX-License-Identifier: Apache-2.0 */
/* When a mail that failed for now is tried again, and when it is given up (docs/delivery.md). Pure. */
#ifndef NOTIFY_EMAIL_RETRY_POLICY_H
#define NOTIFY_EMAIL_RETRY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct retry_policy {
    const int64_t *delays_ms; /* one retry topic each; the last repeats */
    size_t delay_count;
    int64_t give_up_after_ms; /* since the first attempt */
    int64_t max_age_ms;       /* of an event that was never attempted; counted from its time */
};

struct retry_decision {
    bool give_up;
    size_t delay_index; /* which retry topic, unless given up */
    int64_t due_unix_ms;
};

/* attempts: charged so far, this one included, at least 1. A retry that would come after the give-up time is
 * not made. */
struct retry_decision retry_policy_decide(const struct retry_policy *policy, unsigned attempts,
                                          int64_t first_attempt_unix_ms, int64_t now_unix_ms);

/* True: the event, never attempted, is too old to be mailed. event_time_unix_ms -1: it does not say. */
bool retry_policy_is_expired(const struct retry_policy *policy, int64_t event_time_unix_ms,
                             int64_t now_unix_ms);

#endif
