/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line of notifyctl render changes about the routes. */
#ifndef NOTIFYCTL_RENDER_ROUTE_H
#define NOTIFYCTL_RENDER_ROUTE_H

#include "mail_files.h"

/* --locale replaces the routes' own; --template with no route for the event's type gives it one, to
 * recipient@example.org. */
bool render_route_adapt(struct mail_files *files, const struct command_line *line, const json_t *event,
                        struct error *error);

#endif
