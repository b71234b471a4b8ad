/* SPDX-License-Identifier: Apache-2.0 */
#include "relay_scene.h"

#include <stdio.h>

struct temp_database database;
struct cluster cluster;
struct relay_fixture relay;
struct sightings seen;

void relay_scene_set_up(void) {
    temp_database_open(&database);
    cluster_start(&cluster, 1);
    cluster_topic(&cluster, "users", PARTITIONS);
    cluster_topic(&cluster, "orders", PARTITIONS);
    relay_fixture_init(&relay, &cluster);
    seen = (struct sightings){0};
}

void relay_scene_tear_down(void) {
    relay_fixture_finish(&relay);
    sightings_free(&seen);
    cluster_stop(&cluster);
    temp_database_close(&database);
}

void commit_events(const char *topic, int first, int count, int keys) {
    temp_database_run(database.connection, "BEGIN IMMEDIATE");
    for (int i = first; i < first + count; i++) {
        char id[48];
        char key[48];
        snprintf(id, sizeof id, "%s-%d", topic, i);
        snprintf(key, sizeof key, "key-%d", i % keys);
        temp_database_append(database.connection, topic, id, key, i);
    }
    temp_database_run(database.connection, "COMMIT");
}
