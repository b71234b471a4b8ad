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

/* What a clock may differ, and a record may take to its topic. */
#define RETRY_DUE_MARGIN_MS INT64_C(60000)

/* When the first record of a retry topic with this delay is due, which says due and stands there since
 * written_unix_ms: no later than a worker would have said, for whoever says more, by a clock that was wrong
 * or on purpose, would keep back all that stand behind it. written_unix_ms -1, not known: at once. */
int64_t retry_policy_due(int64_t due_unix_ms, int64_t written_unix_ms, int64_t delay_ms);

/* True: the event, never attempted, is too old to be mailed. event_time_unix_ms -1: it does not say. */
bool retry_policy_is_expired(const struct retry_policy *policy, int64_t event_time_unix_ms,
                             int64_t now_unix_ms);

#endif
