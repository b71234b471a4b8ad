/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plain consumer saw in a topic, and what that must be like. It knows nothing of the outbox; a reading
 * that does not begin at offset 0 ends the test, for the mock cluster forgets.
 */
#ifndef NOTIFY_TESTS_OUTBOX_SIGHTINGS_H
#define NOTIFY_TESTS_OUTBOX_SIGHTINGS_H

#include "cluster.h"

#define PARTITIONS 4 /* of every topic here */

/* One record, as the consumer saw it. Records of a partition are in its order. */
struct sighting {
    char key[48];
    char id[48];
    int64_t number;
};

struct sightings {
    struct sighting *all;
    size_t count;
    int64_t next_offsets[PARTITIONS]; /* of each partition */
};

/* Everything that is in the topic now. Frees what was seen before. */
void sightings_read(struct sightings *sightings, struct cluster *cluster, const char *topic);
void sightings_free(struct sightings *sightings);

/* How often an id was seen. */
size_t sightings_of(const struct sightings *sightings, const char *id);

/* Ends the test unless the first sightings of each key have growing numbers. Later ones of an id are passed
 * over. */
void assert_in_order_per_key(const struct sightings *sightings);
/* Ends the test unless each id was seen exactly once. */
void assert_no_duplicates(const struct sightings *sightings);

#endif
