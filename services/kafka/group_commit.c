/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits: one outstanding at a time, since two asynchronous ones can land in reverse, and always an explicit
 * list, never "what is stored": that is read later, when the next batch may be stored already (196 of 20,000
 * mails were lost so).
 */
#include "group_consumer_internal.h"

#include "common/clock.h"
#include <string.h>

/* librdkafka frees metadata with the list, by its own allocator. */
static bool set_metadata(rd_kafka_topic_partition_t *entry, const char *metadata) {
    if (metadata[0] == '\0')
        return true;
    size_t size = strlen(metadata);
    entry->metadata = rd_kafka_mem_malloc(NULL, size + 1);
    if (entry->metadata == NULL)
        return false;
    memcpy(entry->metadata, metadata, size + 1);
    entry->metadata_size = size;
    return true;
}

static void commit_later(struct group_consumer *consumer) {
    consumer->commit_wanted = true;
    consumer->next_commit_ms = clock_monotonic_ms() + COMMIT_RETRY_MS;
}

static rd_kafka_topic_partition_list_t *changed_offsets(struct group_consumer *consumer) {
    rd_kafka_topic_partition_list_t *offsets =
        rd_kafka_topic_partition_list_new((int)consumer->partition_count);
    for (size_t i = 0; i < consumer->partition_count; i++) {
        struct group_partition *partition = consumer->partitions[i];
        struct offset_commit commit;
        if (!offset_tracker_snapshot(partition->tracker, &commit))
            continue;
        rd_kafka_topic_partition_t *entry =
            rd_kafka_topic_partition_list_add(offsets, partition->topic, partition->number);
        entry->offset = commit.offset;
        if (!set_metadata(entry, commit.metadata)) {
            offset_tracker_acknowledge(partition->tracker, false);
            rd_kafka_topic_partition_list_del(offsets, partition->topic, partition->number);
            commit_later(consumer); /* no memory */
        }
    }
    return offsets;
}

static struct group_partition *find_partition(struct group_consumer *consumer, const char *topic,
                                              int32_t number) {
    for (size_t i = 0; i < consumer->partition_count; i++)
        if (consumer->partitions[i]->number == number && strcmp(consumer->partitions[i]->topic, topic) == 0)
            return consumer->partitions[i];
    return NULL;
}

/* True: all of them are committed. */
static bool acknowledge(struct group_consumer *consumer, const rd_kafka_topic_partition_list_t *offsets,
                        rd_kafka_resp_err_t error) {
    bool good = error == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; offsets != NULL && i < offsets->cnt; i++) {
        const rd_kafka_topic_partition_t *entry = &offsets->elems[i];
        struct group_partition *partition = find_partition(consumer, entry->topic, entry->partition);
        rd_kafka_resp_err_t outcome = error != RD_KAFKA_RESP_ERR_NO_ERROR ? error : entry->err;
        if (partition == NULL)
            continue;
        offset_tracker_acknowledge(partition->tracker, outcome == RD_KAFKA_RESP_ERR_NO_ERROR);
        if (outcome != RD_KAFKA_RESP_ERR_NO_ERROR) {
            good = false;
            commit_later(consumer);
            group_consumer_trouble(consumer, "offsets cannot be committed: %s", rd_kafka_err2str(outcome));
        }
    }
    return good;
}

static bool may_commit(const struct group_consumer *consumer) {
    return consumer->membership == MEMBERSHIP_ASSIGNED || consumer->membership == MEMBERSHIP_DRAINING ||
           consumer->membership == MEMBERSHIP_COMMITTING;
}

/* librdkafka 2.0.2 can lose the answer to a commit whose coordinator dies. The commit is made again then;
 * should the first one still land, and land last, it puts the group back, never ahead, and its late answer
 * has the present state committed once more. */
static void give_up_late_commit(struct group_consumer *consumer, int64_t now) {
    if (!consumer->commit_outstanding || now < consumer->commit_deadline_ms)
        return;
    group_consumer_trouble(consumer, "a commit was not answered within %d s",
                           COMMIT_ANSWER_TIMEOUT_MS / 1000);
    consumer->commit_outstanding = false;
    consumer->commit_wanted = true;
    for (size_t i = 0; i < consumer->partition_count; i++)
        offset_tracker_acknowledge(consumer->partitions[i]->tracker, false);
}

static void send_commit(struct group_consumer *consumer, const rd_kafka_topic_partition_list_t *offsets,
                        int64_t now) {
    void *number = (void *)(uintptr_t)++consumer->commit_number;
    consumer->next_commit_ms = now + COMMIT_INTERVAL_MS;
    consumer->commit_deadline_ms = now + COMMIT_ANSWER_TIMEOUT_MS;
    rd_kafka_resp_err_t error =
        rd_kafka_commit_queue(consumer->kafka, offsets, consumer->reply_queue, NULL, number);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        consumer->commit_outstanding = true;
    else
        (void)acknowledge(consumer, offsets, error);
}

void group_commit_if_wanted(struct group_consumer *consumer) {
    int64_t now = clock_monotonic_ms();
    give_up_late_commit(consumer, now);
    if (!consumer->commit_wanted || consumer->commit_outstanding || !may_commit(consumer) ||
        now < consumer->next_commit_ms)
        return;
    consumer->commit_wanted = false;
    rd_kafka_topic_partition_list_t *offsets = changed_offsets(consumer);
    if (offsets->cnt > 0)
        send_commit(consumer, offsets, now);
    rd_kafka_topic_partition_list_destroy(offsets);
}

/* Of a commit that was given up, or of an assignment that is gone. */
static void late_answer(struct group_consumer *consumer) {
    for (size_t i = 0; i < consumer->partition_count; i++)
        offset_tracker_touch(consumer->partitions[i]->tracker);
    consumer->commit_wanted = true;
}

void group_commit_reply(struct group_consumer *consumer, rd_kafka_event_t *event) {
    if ((uint64_t)(uintptr_t)rd_kafka_event_opaque(event) != consumer->commit_number ||
        !consumer->commit_outstanding) {
        late_answer(consumer);
        return;
    }
    consumer->commit_outstanding = false;
    if (acknowledge(consumer, rd_kafka_event_topic_partition_list(event), rd_kafka_event_error(event)))
        group_consumer_well(consumer);
}

bool group_commit_is_settled(const struct group_consumer *consumer) {
    return !consumer->commit_wanted && !consumer->commit_outstanding;
}
