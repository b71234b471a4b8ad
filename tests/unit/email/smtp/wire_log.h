/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the SMTP machine share: mails, a record of what became of them, and bytes fed in chosen
 * pieces. */
#ifndef NOTIFY_TESTS_WIRE_LOG_H
#define NOTIFY_TESTS_WIRE_LOG_H

#include "email/smtp/smtp_machine.h"

enum { WIRE_LOG_MAILS = 256 };

struct wire_log {
    struct smtp_mail *settled[WIRE_LOG_MAILS]; /* in order */
    struct smtp_result results[WIRE_LOG_MAILS];
    size_t settled_count;
    size_t reply_count;
};

struct smtp_machine_events wire_log_events(struct wire_log *log);

/* A small generator with a seed, so that a failure can be repeated. */
struct random_source {
    uint64_t state;
};
uint64_t random_next(struct random_source *source);
/* 0 … below-1 */
size_t random_below(struct random_source *source, size_t below);
bool random_one_in(struct random_source *source, size_t chances);

#endif
