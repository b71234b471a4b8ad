/* SPDX-License-Identifier: Apache-2.0 */
/* The running service: what main.c starts and stops, in this order. */
#ifndef NOTIFY_SIGNUP_PROCESS_H
#define NOTIFY_SIGNUP_PROCESS_H

#include "common/admin_server.h"
#include "common/service_options.h"
#include "http/http_server.h"
#include "service.h"
#include <signal.h>

struct process {
    struct signup_service service; /* the handlers' context; its settings are set by the caller */
    sigset_t stop_signals;
    struct metrics *metrics;
    struct readiness *readiness;
    struct metric *events_published;
    struct metric_series *outbox_pending, *outbox_oldest;
    struct admin_server *admin_server;
    struct http_server *http_server;
    bool kafka_was_down;
    bool outbox_was_full;
};

bool process_prepare(struct process *process, struct error *error);
bool process_open_outbox(struct process *process, struct error *error);
bool process_open_database(struct process *process, struct error *error);
bool process_open_http(struct process *process, struct error *error);
/* Until SIGTERM or SIGINT; meanwhile /readyz is kept. A second signal ends the process at once. */
void process_wait_for_signal(struct process *process);
/* Whatever was opened, in the reverse order. */
void process_close(struct process *process);

/* Says what went wrong, and returns the exit status for it. */
int process_fail(const struct error *error);
/* --check-config: what can be checked without starting. Returns the exit status. */
int check_configuration(void);

#endif
