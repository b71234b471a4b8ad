/* SPDX-License-Identifier: Apache-2.0 */
/* The event that the command line of notifyctl publish describes. */
#ifndef NOTIFYCTL_PUBLISH_EVENT_H
#define NOTIFYCTL_PUBLISH_EVENT_H

#include "command.h"
#include <notify-client.h>

/* topic is borrowed. The caller frees the event, also after a failure. */
bool publish_event_make(const struct command_line *line, notify_event **event_out, const char **topic_out,
                        struct error *error);

/* The topic that events of this type travel on; NULL: not known. */
const char *publish_topic_of_type(const char *type);

#endif
