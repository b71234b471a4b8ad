/* SPDX-License-Identifier: Apache-2.0 */
/* What the embedded broker takes from deploy/topics.json: names, partitions, replication factors. */
#ifndef NOTIFY_DEVBROKER_TOPIC_FILE_H
#define NOTIFY_DEVBROKER_TOPIC_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct topic {
    char *name;
    int partitions;
    int replication_factor;
};

struct topic_file {
    struct topic *topics;
    size_t count;
};

/* On failure one sentence without a line end in message, and nothing to free. */
bool topic_file_read(struct topic_file *file, const char *path, char *message, size_t message_size);
void topic_file_free(struct topic_file *file);

#endif
