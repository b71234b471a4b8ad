/* SPDX-License-Identifier: Apache-2.0 */
/* Topics as code (deploy/topics.json). */
#ifndef NOTIFYCTL_TOPICS_FILE_H
#define NOTIFYCTL_TOPICS_FILE_H

#include "common/error.h"
#include "topic_plan.h"

/* {"topics":[{"name":"users","partitions":4,"replication_factor":3,"config":{"retention.ms":"604800000"}}]};
 * config is optional. Anything unknown in it is refused: a misspelt config would else be left out without a
 * word. Exit status 78. */
bool topics_file_read(struct topic_list *list, const char *path, struct error *error);

#endif
