/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands for dead letters have in common. */
#ifndef NOTIFYCTL_DLQ_OPTIONS_H
#define NOTIFYCTL_DLQ_OPTIONS_H

#include "command.h"
#include "dead_letter_filter.h"

#define OPTION_DLQ_GROUP                                                                                     \
    { "group", 'g', "GROUP", "whose dead letters (default: KAFKA_GROUP_ID, else email)" }
#define OPTION_DLQ_FILTER                                                                                    \
    { "filter", 'f', "NAME=VALUE", "only these; may be repeated (see above)" }

#define DLQ_FILTER_DETAILS                                                                                   \
    "Filters: reason, template, mail, topic (where the record was first read), type, event (its id),\n"      \
    "older-than and younger-than (30m, 12h; since the mail was dead-lettered). One name given several\n"     \
    "times is met by any of its values; different names must all be met.\n"

static inline bool dlq_filter_read(struct dead_letter_filter *filter, const struct command_line *line,
                                   struct error *error) {
    *filter = (struct dead_letter_filter){.count = 0};
    for (size_t i = 0; i < line->given_count; i++)
        if (line->given[i].option->letter == 'f' &&
            !dead_letter_filter_add(filter, line->given[i].value, error))
            return false;
    return true;
}

#endif
