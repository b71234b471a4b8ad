/* SPDX-License-Identifier: Apache-2.0 */
/* What a confirmation does to the database. */
#ifndef NOTIFY_SIGNUP_CONFIRM_H
#define NOTIFY_SIGNUP_CONFIRM_H

#include "events.h"
#include "store.h"

enum confirm_outcome {
    CONFIRM_DONE,
    CONFIRM_UNKNOWN, /* nobody was sent this token */
    CONFIRM_USED,
    CONFIRM_EXPIRED,
};

struct confirm {
    uint8_t token_hash[SHA256_SIZE];
    int64_t now_ms;
    const char *traceparent, *tracestate;
    enum confirm_outcome outcome; /* set by confirm_run() */
    struct token_record token;    /* set by confirm_run(), unless CONFIRM_UNKNOWN */
};

enum confirm_outcome confirm_decide(const struct token_record *token, int64_t now_ms);
/* Inside a transaction. False: the database failed. */
bool confirm_run(struct confirm *confirm, const struct event_settings *settings, struct store *store,
                 struct error *error);

#endif
