/* SPDX-License-Identifier: Apache-2.0 */
/* The event of notifyctl render, and the mails that the worker makes of it. */
#ifndef NOTIFYCTL_RENDER_EVENT_H
#define NOTIFYCTL_RENDER_EVENT_H

#include "command.h"
#include <jansson.h>

/* --event FILE: an event in structured JSON; with --type only its data. --locale replaces the one of a
 * notification.requested. NULL: the error says why. */
json_t *render_event_read(const struct command_line *line, struct error *error);

#endif
