/* SPDX-License-Identifier: Apache-2.0 */
/* The worker's loop: one thread on which Kafka, SMTP, timers and signals meet, and the order in which all of
 * it ends. */
#ifndef NOTIFY_EMAIL_WORKER_H
#define NOTIFY_EMAIL_WORKER_H

#include "common/readiness.h"
#include "email_metrics.h"
#include "routing/mail_catalog.h"
#include "settings.h"

struct worker;

struct worker_parts {
    const struct email_settings *settings;
    struct mail_catalog *catalog; /* loaded anew on SIGHUP */
    struct email_metrics *metrics;
    struct readiness *readiness;
};

/* Connects everything; nothing is waited for. False: a setting is refused, or no memory. */
bool worker_new(struct worker **worker_out, const struct worker_parts *parts, struct error *error);
/* Unblocks SIGTERM and SIGINT, which may have come before. Runs until one of them and a drain of at most 25 s
 * (a second signal ends at once), or until it cannot go on. */
enum exit_status worker_run(struct worker *worker);
void worker_free(struct worker *worker);

#endif
