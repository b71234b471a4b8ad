/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_timeouts.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND };

static void fill_in(int64_t *timeout, int64_t fallback) {
    if (*timeout <= 0)
        *timeout = fallback;
}

void smtp_timeouts_fill_in(struct smtp_timeouts *timeouts) {
    fill_in(&timeouts->connect, 30 * SECOND);
    fill_in(&timeouts->greeting, 5 * MINUTE);
    fill_in(&timeouts->mail, 5 * MINUTE);
    fill_in(&timeouts->rcpt, 5 * MINUTE);
    fill_in(&timeouts->data, 2 * MINUTE);
    fill_in(&timeouts->block, 3 * MINUTE);
    fill_in(&timeouts->dot, 10 * MINUTE);
    /* Before servers do it: Postfix and Exim wait 5 minutes, many others one. */
    fill_in(&timeouts->idle, 30 * SECOND);
    fill_in(&timeouts->quit, 5 * SECOND);
}
