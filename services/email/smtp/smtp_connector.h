/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's multi interface on the libuv loop: drives the connections to one SMTP server through TCP, TLS,
 * greeting, EHLO, STARTTLS and AUTH, as many at once as there are. Nothing here blocks.
 */
#ifndef NOTIFY_EMAIL_SMTP_CONNECTOR_H
#define NOTIFY_EMAIL_SMTP_CONNECTOR_H

#include "open_handles.h"
#include "smtp_pool.h"
#include <uv.h>

struct smtp_connector;

bool smtp_connector_new(struct smtp_connector **connector_out, uv_loop_t *loop, struct open_handles *handles,
                        const struct smtp_pool_settings *settings, struct error *error);
/* Closes what it has on the loop; every connection must be closed before. */
void smtp_connector_stop(struct smtp_connector *connector);
void smtp_connector_free(struct smtp_connector *connector);

#endif
