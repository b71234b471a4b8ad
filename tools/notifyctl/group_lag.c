/* SPDX-License-Identifier: Apache-2.0 */
#include "group_lag.h"
#include "common/clock.h"

#include <stdlib.h>
#include <string.h>

int64_t partition_lag_value(const struct partition_lag *partition) {
    /* Records before begin are gone, committed or not. */
    int64_t from = partition->committed > partition->begin ? partition->committed : partition->begin;
    return partition->end > from ? partition->end - from : 0;
}

int64_t group_lag_total(const struct group_lag *lag) {
    int64_t total = 0;
    for (size_t i = 0; i < lag->count; i++)
        total += partition_lag_value(&lag->partitions[i]);
    return total;
}

void group_lag_free(struct group_lag *lag) {
    for (size_t i = 0; i < lag->count; i++)
        free(lag->partitions[i].topic);
    free(lag->partitions);
    *lag = (struct group_lag){0};
}

/* Every partition of every topic: asked for by name, since brokers before 2.x and the mock cluster do not
 * list them all. */
static rd_kafka_topic_partition_list_t *every_partition(const struct rd_kafka_metadata *metadata) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];
        if (!kafka_link_topic_is_internal(topic->topic) && topic->partition_cnt > 0)
            rd_kafka_topic_partition_list_add_range(list, topic->topic, 0, topic->partition_cnt - 1);
    }
    return list;
}

/* NULL: failed, with link->last_error. */
static rd_kafka_event_t *ask_for_offsets(struct kafka_link *link, const char *group,
                                         const rd_kafka_topic_partition_list_t *partitions,
                                         struct error *error) {
    rd_kafka_AdminOptions_t *options =
        kafka_link_admin_options(link, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, error);
    if (options == NULL)
        return NULL;
    rd_kafka_ListConsumerGroupOffsets_t *request = rd_kafka_ListConsumerGroupOffsets_new(group, partitions);
    rd_kafka_ListConsumerGroupOffsets(link->client, &request, 1, options, link->queue);
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    rd_kafka_AdminOptions_destroy(options);
    return kafka_link_await(link, "reading the group's offsets", error);
}

/* The coordinator is only starting, or has moved. librdkafka does not try again by itself here. */
static bool is_passing(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE || code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
}

static bool committed_offsets(struct kafka_link *link, const char *group,
                              const rd_kafka_topic_partition_list_t *partitions,
                              rd_kafka_topic_partition_list_t **committed_out, struct error *error) {
    int64_t deadline = clock_monotonic_ms() + KAFKA_LINK_TIMEOUT_MS;
    rd_kafka_event_t *event = ask_for_offsets(link, group, partitions, error);
    while (event == NULL && is_passing(link->last_error) && clock_monotonic_ms() < deadline) {
        kafka_link_pause();
        event = ask_for_offsets(link, group, partitions, error);
    }
    if (event == NULL)
        return false;
    size_t count;
    const rd_kafka_group_result_t **groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    const rd_kafka_error_t *failure = count == 1 ? rd_kafka_group_result_error(groups[0]) : NULL;
    bool done = true;
    if (count != 1)
        done = error_set(error, "%zu results for one group", count);
    else if (failure != NULL)
        done = error_set_status(error, EXIT_STATUS_UNAVAILABLE, "group %s: %s", group,
                                rd_kafka_error_string(failure));
    else
        *committed_out = rd_kafka_topic_partition_list_copy(rd_kafka_group_result_partitions(groups[0]));
    rd_kafka_event_destroy(event);
    return done;
}

static bool has_commit(const rd_kafka_topic_partition_list_t *committed, const char *topic) {
    for (int i = 0; i < committed->cnt; i++)
        if (committed->elems[i].offset >= 0 && strcmp(committed->elems[i].topic, topic) == 0)
            return true;
    return false;
}

static bool is_retry_topic_of(const char *group, const char *topic) {
    size_t size = strlen(group);
    return strncmp(topic, group, size) == 0 && strncmp(topic + size, ".retry.", strlen(".retry.")) == 0;
}

/* The partitions of those topics in which the group has a committed offset, and with them those of its retry
 * topics: mails wait there also where it never committed, and where it does not read any more. Empty: it has
 * committed nothing. */
static rd_kafka_topic_partition_list_t *of_the_group(const rd_kafka_topic_partition_list_t *committed,
                                                     const char *group) {
    bool exists = false;
    for (int i = 0; i < committed->cnt && !exists; i++)
        exists = committed->elems[i].offset >= 0;
    rd_kafka_topic_partition_list_t *own = rd_kafka_topic_partition_list_new(committed->cnt);
    for (int i = 0; i < committed->cnt; i++) {
        const rd_kafka_topic_partition_t *partition = &committed->elems[i];
        if (exists && (has_commit(committed, partition->topic) || is_retry_topic_of(group, partition->topic)))
            rd_kafka_topic_partition_list_add(own, partition->topic, partition->partition)->offset =
                partition->offset;
    }
    rd_kafka_topic_partition_list_sort(own, NULL, NULL);
    return own;
}

/* One bound (RD_KAFKA_OFFSET_BEGINNING or _END, which ListOffsets takes as a time) of all the partitions at
 * once. */
static bool read_bound(struct group_lag *lag, struct kafka_link *link,
                       const rd_kafka_topic_partition_list_t *partitions, int64_t bound,
                       struct error *error) {
    rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_copy(partitions);
    for (int i = 0; i < asked->cnt; i++)
        asked->elems[i].offset = bound;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(link->client, asked, KAFKA_LINK_TIMEOUT_MS);
    bool done = code == RD_KAFKA_RESP_ERR_NO_ERROR ||
                error_set_status(error, EXIT_STATUS_UNAVAILABLE, "reading the ends of the partitions: %s",
                                 rd_kafka_err2str(code));
    for (int i = 0; done && i < asked->cnt; i++) {
        const rd_kafka_topic_partition_t *answer =
            rd_kafka_topic_partition_list_find(asked, lag->partitions[i].topic, lag->partitions[i].partition);
        if (answer == NULL || answer->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            done = error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s partition %d: %s",
                                    lag->partitions[i].topic, (int)lag->partitions[i].partition,
                                    answer == NULL ? "no answer" : rd_kafka_err2str(answer->err));
        else if (bound == RD_KAFKA_OFFSET_END)
            lag->partitions[i].end = answer->offset;
        else
            lag->partitions[i].begin = answer->offset;
    }
    rd_kafka_topic_partition_list_destroy(asked);
    return done;
}

static bool fill(struct group_lag *lag, struct kafka_link *link, const rd_kafka_topic_partition_list_t *own,
                 struct error *error) {
    lag->partitions = calloc((size_t)own->cnt, sizeof *lag->partitions);
    if (lag->partitions == NULL)
        return error_set(error, "out of memory");
    for (int i = 0; i < own->cnt; i++) {
        struct partition_lag *partition = &lag->partitions[i];
        partition->topic = strdup(own->elems[i].topic);
        if (partition->topic == NULL)
            return error_set(error, "out of memory");
        lag->count++;
        partition->partition = own->elems[i].partition;
        partition->committed = own->elems[i].offset >= 0 ? own->elems[i].offset : -1;
    }
    return read_bound(lag, link, own, RD_KAFKA_OFFSET_BEGINNING, error) &&
           read_bound(lag, link, own, RD_KAFKA_OFFSET_END, error);
}

/* Retry topics that were never used are no news. */
static void leave_out_unused(struct group_lag *lag, const rd_kafka_topic_partition_list_t *own) {
    size_t kept = 0;
    for (size_t i = 0; i < lag->count; i++) {
        struct partition_lag *partition = &lag->partitions[i];
        if (partition_lag_value(partition) > 0 || has_commit(own, partition->topic))
            lag->partitions[kept++] = *partition;
        else
            free(partition->topic);
    }
    lag->count = kept;
}

bool group_lag_read(struct group_lag *lag, struct kafka_link *link, const char *group, struct error *error) {
    *lag = (struct group_lag){0};
    const struct rd_kafka_metadata *metadata = NULL;
    if (!kafka_link_metadata(link, 1, 10000, &metadata, error))
        return false;
    rd_kafka_topic_partition_list_t *all = every_partition(metadata), *committed = NULL;
    rd_kafka_metadata_destroy(metadata);
    bool done = committed_offsets(link, group, all, &committed, error);
    rd_kafka_topic_partition_list_destroy(all);
    if (!done)
        return false;
    rd_kafka_topic_partition_list_t *own = of_the_group(committed, group);
    rd_kafka_topic_partition_list_destroy(committed);
    if (own->cnt == 0)
        done = error_set_status(error, EXIT_STATUS_UNAVAILABLE, "group %s has committed no offsets", group);
    else
        done = fill(lag, link, own, error);
    if (done)
        leave_out_unused(lag, own);
    rd_kafka_topic_partition_list_destroy(own);
    return done;
}
