/* SPDX-License-Identifier: Apache-2.0 */
/* The running service: what web_service.c starts and stops, in this order. */
#ifndef NOTIFY_WEB_PROCESS_H
#define NOTIFY_WEB_PROCESS_H

#include "common/admin_server.h"
#include "status_consumer.h"
#include "web_service.h"

struct web_process {
    const struct web_service *service;
    struct metrics *metrics;
    struct readiness *readiness;
    struct metric *events_published;
    struct metric_series *outbox_pending, *outbox_oldest;
    struct status_consumer *status_consumer;
    struct admin_server *admin_server;
    struct http_server *http_server;
    bool kafka_was_down;
    bool outbox_was_full;
};

bool web_process_prepare(struct web_process *process, struct error *error);
bool web_process_open_outbox(struct web_process *process, struct error *error);
bool web_process_open_database(struct web_process *process, struct error *error);
bool web_process_open_statuses(struct web_process *process, struct error *error);
bool web_process_open_http(struct web_process *process, struct error *error);
/* Until SIGTERM or SIGINT; meanwhile /readyz is kept. A second signal ends the process at once. */
void web_process_wait_for_signal(struct web_process *process);
/* Whatever was opened, in the reverse order. */
void web_process_close(struct web_process *process);

/* The client of the outbox's relay, as the settings have it. */
bool web_client_config_new(const struct web_service *service, notify_client_config **config_out,
                           struct error *error);

#endif
