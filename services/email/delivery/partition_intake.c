/* SPDX-License-Identifier: Apache-2.0 */
#include "partition_intake.h"

#include "kafka/event_identity.h"
#include <stdlib.h>
#include <sys/random.h>

bool intake_settings_init(struct intake_settings *intake, const struct email_settings *settings) {
    *intake = (struct intake_settings){
        .retry_topics = &settings->retry_topics,
        .retry_delays = &settings->retry_delays,
        .dedupe_window = (size_t)settings->dedupe_window,
    };
    return getrandom(&intake->dedupe_key, sizeof intake->dedupe_key, 0) == (ssize_t)sizeof intake->dedupe_key;
}

static void note_retries(struct partition_intake *intake, const struct intake_settings *settings,
                         const char *topic) {
    size_t at = text_list_find(settings->retry_topics, topic);
    intake->has_retries = at < settings->retry_topics->count;
    if (intake->has_retries)
        intake->retry_delay_ms = settings->retry_delays->items_ms[at];
}

struct partition_intake *partition_intake_of(const struct intake_settings *settings,
                                             struct group_partition *partition) {
    void **data = group_partition_data(partition);
    if (*data != NULL)
        return *data;
    struct partition_intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return NULL;
    note_retries(intake, settings, group_partition_topic(partition));
    if (settings->dedupe_window > 0 && !intake->has_retries) {
        intake->window = dedupe_window_new(settings->dedupe_window);
        if (intake->window == NULL) {
            free(intake);
            return NULL;
        }
    }
    *data = intake;
    return intake;
}

void partition_intake_free(struct group_partition *partition) {
    void **data = group_partition_data(partition);
    struct partition_intake *intake = *data;
    if (intake == NULL)
        return;
    dedupe_window_free(intake->window);
    free(intake);
    *data = NULL;
}

static uint64_t fingerprint(const struct siphash_key *key, const struct event_identity *identity) {
    uint64_t source_size = identity->source_size;
    struct siphash hash;
    siphash_begin(&hash, key);
    siphash_add(&hash, &source_size, sizeof source_size);
    siphash_add(&hash, identity->source, identity->source_size);
    siphash_add(&hash, identity->id, identity->id_size);
    return siphash_end(&hash);
}

bool partition_intake_note(const struct intake_settings *settings, struct partition_intake *intake,
                           const rd_kafka_message_t *message) {
    struct event_identity identity;
    rd_kafka_headers_t *headers = NULL;
    if (intake->window == NULL)
        return false;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = NULL;
    if (!event_identity_read(&identity, message->payload, message->len, headers))
        return false;
    uint64_t key = fingerprint(&settings->dedupe_key, &identity);
    event_identity_clear(&identity);
    return dedupe_window_note(intake->window, message->offset, key);
}
