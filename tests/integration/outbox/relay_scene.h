/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the relay begin with: a database with the outbox, a cluster with two topics, and a relay
 * that is configured and not started. */
#ifndef NOTIFY_TESTS_OUTBOX_RELAY_SCENE_H
#define NOTIFY_TESTS_OUTBOX_RELAY_SCENE_H

#include "relay_fixture.h"
#include "sightings.h"
#include "temp_database.h"

extern struct temp_database database;
extern struct cluster cluster;
extern struct relay_fixture relay;
extern struct sightings seen;

/* For each test; the topics are "users" and "orders". */
void relay_scene_set_up(void);
void relay_scene_tear_down(void);

/* Events with numbers from first on, dealt to the keys in turn, in one transaction. Ids are "topic-number".
 */
void commit_events(const char *topic, int first, int count, int keys);

#endif
