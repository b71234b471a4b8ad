/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hears what became of the mails: a member of the group that is named as the service, on a thread of its own,
 * so that no request ever waits for Kafka. Statuses are stored by the database's writer, and only then their
 * offsets are committed; after a crash some are stored twice, which changes nothing. Several replicas share
 * the partitions.
 */
#ifndef NOTIFY_WEB_STATUS_CONSUMER_H
#define NOTIFY_WEB_STATUS_CONSUMER_H

#include "common/metrics.h"
#include "status_batch.h"

struct status_consumer_options {
    const char *bootstrap_servers;
    const char *group;
    const char *topic;
    struct database *database;
    status_applier apply;
    struct metrics *metrics;
    struct readiness *readiness; /* "statuses", which does not gate it */
};

struct status_consumer;

/* Does not wait for Kafka. False: the configuration is refused (exit status 78), or no memory. */
bool status_consumer_start(struct status_consumer **consumer_out,
                           const struct status_consumer_options *options, struct error *error);
/* Leaves the group, within a few seconds whatever Kafka does. The database must still run. */
void status_consumer_stop(struct status_consumer *consumer);

#endif
