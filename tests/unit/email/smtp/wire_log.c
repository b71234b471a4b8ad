/* SPDX-License-Identifier: Apache-2.0 */
#include "wire_log.h"
#include <stdlib.h>

static void on_settled(void *data, struct smtp_mail *mail, const struct smtp_result *result) {
    struct wire_log *log = data;
    if (log->settled_count == WIRE_LOG_MAILS)
        abort();
    log->settled[log->settled_count] = mail;
    log->results[log->settled_count++] = *result;
}

static void on_replied(void *data, enum smtp_phase phase, int code) {
    struct wire_log *log = data;
    (void)phase;
    (void)code;
    log->reply_count++;
}

struct smtp_machine_events wire_log_events(struct wire_log *log) {
    return (struct smtp_machine_events){.settled = on_settled, .replied = on_replied, .data = log};
}

/* splitmix64 */
uint64_t random_next(struct random_source *source) {
    uint64_t value = source->state += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

size_t random_below(struct random_source *source, size_t below) {
    return (size_t)(random_next(source) % below);
}

bool random_one_in(struct random_source *source, size_t chances) {
    return random_below(source, chances) == 0;
}
