/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a partition whole, then goes on with what comes, on a libuv loop: for a topic that every process must
 * know all of. It belongs to no group and commits nothing. Records are told in order; a turn of the loop
 * tells a bounded number of them, so that a long topic holds nothing up.
 *
 * All on the loop's thread. Callbacks must not free the follower.
 */
#ifndef NOTIFY_KAFKA_TOPIC_FOLLOWER_H
#define NOTIFY_KAFKA_TOPIC_FOLLOWER_H

#include "common/error.h"
#include <librdkafka/rdkafka.h>
#include <uv.h>

struct topic_follower;

struct topic_follower_settings {
    const char *bootstrap_servers;
    const char *topic;
    int32_t partition;
    const char *const *own_names; /* as in kafka_properties.h */
};

enum topic_follower_trouble {
    TOPIC_FOLLOWER_AWAY,    /* no broker can be reached, which every client of the process sees */
    TOPIC_FOLLOWER_REFUSED, /* all else: a missing topic, no right to read it … */
};

struct topic_follower_events {
    /* False: there is no room for it now; the same one is told again a moment later, and none after it
     * before. */
    bool (*record)(void *data, const rd_kafka_message_t *message);
    /* Once: every record that was there has been told. */
    void (*caught_up)(void *data);
    /* Words for people, when they change. */
    void (*trouble)(void *data, enum topic_follower_trouble trouble, const char *reason);
    void *data;
};

/* Waits for nobody. The settings are borrowed until the end. False: Kafka's properties are refused (exit
 * status 78), or no memory. */
bool topic_follower_new(struct topic_follower **follower_out, uv_loop_t *loop,
                        const struct topic_follower_settings *settings,
                        const struct topic_follower_events *events, struct error *error);
/* Tells nothing from now on, and closes its handles on the loop. */
void topic_follower_close(struct topic_follower *follower);
/* After the loop has closed them, or when it was never run. */
void topic_follower_free(struct topic_follower *follower);

#endif
