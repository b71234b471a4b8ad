/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz (200 while the process lives), /readyz (200 or 503, JSON with the reasons), /metrics, on a thread
 * of its own. */
#ifndef NOTIFY_COMMON_ADMIN_SERVER_H
#define NOTIFY_COMMON_ADMIN_SERVER_H

#include "error.h"
#include "metrics.h"
#include "readiness.h"
#include "settings.h"

struct admin_server;

/* GET and HEAD only. Stop the server before what it shows is freed. *server_out is NULL when listen is off.
 * The port in use is an error with exit status 78 that names the address. */
bool admin_server_start(struct admin_server **server_out, const struct host_port *listen,
                        struct metrics *metrics, struct readiness *readiness, struct error *error);
/* The port that it listens on, also when port 0 was asked for. 0 for NULL. */
uint16_t admin_server_port(const struct admin_server *server);
/* NULL is passed over. */
void admin_server_stop(struct admin_server *server);

#endif
