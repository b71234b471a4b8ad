/* SPDX-License-Identifier: Apache-2.0 */
#include "sightings.h"

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note_record(const rd_kafka_message_t *message, void *data) {
    struct sightings *sightings = data;
    ck_assert_int_lt(message->partition, PARTITIONS);
    /* A gap would be what the mock forgot, and look like loss. */
    ck_assert_int_eq(message->offset, sightings->next_offsets[message->partition]++);
    sightings->all = realloc(sightings->all, (sightings->count + 1) * sizeof *sightings->all);
    ck_assert_ptr_nonnull(sightings->all);
    struct sighting *sighting = &sightings->all[sightings->count++];
    snprintf(sighting->key, sizeof sighting->key, "%.*s", (int)message->key_len,
             message->key == NULL ? "" : (const char *)message->key);
    json_t *event = json_loadb(message->payload, message->len, 0, NULL);
    const char *id = json_string_value(json_object_get(event, "id"));
    ck_assert_ptr_nonnull(id);
    snprintf(sighting->id, sizeof sighting->id, "%s", id);
    sighting->number = json_integer_value(json_object_get(json_object_get(event, "data"), "number"));
    json_decref(event);
}

void sightings_read(struct sightings *sightings, struct cluster *cluster, const char *topic) {
    sightings_free(sightings);
    cluster_read_topic(cluster, topic, note_record, sightings);
}

void sightings_free(struct sightings *sightings) {
    free(sightings->all);
    *sightings = (struct sightings){0};
}

size_t sightings_of(const struct sightings *sightings, const char *id) {
    size_t count = 0;
    for (size_t i = 0; i < sightings->count; i++)
        count += strcmp(sightings->all[i].id, id) == 0;
    return count;
}

static int by_id_then_place(const void *a, const void *b) {
    const struct sighting *const *first = a;
    const struct sighting *const *second = b;
    int order = strcmp((*first)->id, (*second)->id);
    return order != 0 ? order : (*first > *second) - (*first < *second);
}

static int by_key_then_place(const void *a, const void *b) {
    const struct sighting *const *first = a;
    const struct sighting *const *second = b;
    int order = strcmp((*first)->key, (*second)->key);
    return order != 0 ? order : (*first > *second) - (*first < *second);
}

/* Pointers to the first sighting of each id; the caller frees. */
static const struct sighting **first_sightings(const struct sightings *sightings, size_t *count_out) {
    const struct sighting **sorted = calloc(sightings->count + 1, sizeof *sorted);
    ck_assert_ptr_nonnull(sorted);
    for (size_t i = 0; i < sightings->count; i++)
        sorted[i] = &sightings->all[i];
    qsort(sorted, sightings->count, sizeof *sorted, by_id_then_place);
    size_t count = 0;
    for (size_t i = 0; i < sightings->count; i++) {
        if (count == 0 || strcmp(sorted[count - 1]->id, sorted[i]->id) != 0)
            sorted[count++] = sorted[i];
    }
    *count_out = count;
    return sorted;
}

void assert_in_order_per_key(const struct sightings *sightings) {
    size_t count;
    const struct sighting **first = first_sightings(sightings, &count);
    qsort(first, count, sizeof *first, by_key_then_place);
    for (size_t i = 1; i < count; i++) {
        bool same_key = strcmp(first[i - 1]->key, first[i]->key) == 0;
        ck_assert_msg(!same_key || first[i - 1]->number < first[i]->number,
                      "key %s: event %lld (%s) came after %lld (%s)", first[i]->key,
                      (long long)first[i]->number, first[i]->id, (long long)first[i - 1]->number,
                      first[i - 1]->id);
    }
    free(first);
}

void assert_no_duplicates(const struct sightings *sightings) {
    size_t count;
    free(first_sightings(sightings, &count));
    ck_assert_uint_eq(count, sightings->count);
}
