/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer group's committed offsets beside the ends of its partitions. */
#ifndef NOTIFYCTL_GROUP_LAG_H
#define NOTIFYCTL_GROUP_LAG_H

#include "kafka_link.h"

struct partition_lag {
    char *topic;
    int32_t partition;
    int64_t committed; /* -1: none */
    int64_t begin, end;
};

struct group_lag {
    struct partition_lag *partitions; /* by topic and partition */
    size_t count;
};

/* A group that has committed nothing, or does not exist, is an error: a misspelt name must not look like no
 * lag. */
bool group_lag_read(struct group_lag *lag, struct kafka_link *link, const char *group, struct error *error);
void group_lag_free(struct group_lag *lag);

/* Records that wait. Never negative: an end that retention moved below the committed offset counts as none.
 */
int64_t partition_lag_value(const struct partition_lag *partition);
int64_t group_lag_total(const struct group_lag *lag);

#endif
