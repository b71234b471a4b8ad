/* SPDX-License-Identifier: Apache-2.0 */
/* The suppressed addresses of a group, as their topic has them now. */
#ifndef NOTIFYCTL_SUPPRESSION_TOPIC_H
#define NOTIFYCTL_SUPPRESSION_TOPIC_H

#include "kafka_link.h"
#include "table.h"

#include "common/mail_address.h"

#include <jansson.h>

#define OPTION_SUPPRESSION_GROUP                                                                             \
    { "group", 'g', "GROUP", "the group whose list it is (default: KAFKA_GROUP_ID, else email)" }

struct suppression_topic {
    struct kafka_link link;
    char name[256];
};

/* Exit status 69 when Kafka is away or has no such topic. Must stay where it is until it is closed. */
bool suppression_topic_open(struct suppression_topic *topic, const struct command_line *line,
                            struct error *error);
void suppression_topic_close(struct suppression_topic *topic);

/* Those in force: an object, key (of suppression_record.h) → {"address", "reason", "time", "until"}. The
 * caller's; NULL with an error. */
json_t *suppression_topic_read(struct suppression_topic *topic, struct error *error);

/* Puts the address on the list, or takes it off (reason NULL), and waits until Kafka has that. */
bool suppression_topic_write(struct suppression_topic *topic, const char *address, const char *reason,
                             int64_t time_unix_ms, struct error *error);

/* What others wrote, for a terminal: control characters as "?". */
void suppression_printable(const char *text, char *out, size_t size);
void suppression_cell(struct table *table, const char *text);

/* Of the command's operand. Exit status 64. */
bool suppression_address(const struct command_line *line, struct mail_address *address, struct error *error);

#endif
