/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens between two assignments. librdkafka waits in its rebalance until rd_kafka_assign() is called,
 * which need not be in the callback: so reading the committed offsets and draining take their time without
 * blocking the loop.
 */
#include "group_consumer_internal.h"

#include "committed_offsets.h"
#include "common/clock.h"
#include "common/log.h"
#include <stdlib.h>
#include <string.h>

/* No assignment has this number. */
#define PROBE_QUESTION UINT32_MAX

static const char *membership_name(enum membership membership) {
    static const char *const names[] = {"none",       "fetching", "assigned", "draining",
                                        "committing", "closing",  "closed"};
    return names[membership];
}

static void enter(struct group_consumer *consumer, enum membership membership) {
    log_debug("group membership", LOG_FIELDS(log_text("from", membership_name(consumer->membership)),
                                             log_text("to", membership_name(membership))));
    consumer->membership = membership;
}

/* Tells librdkafka what is read from now on; NULL: nothing. */
static void assign(struct group_consumer *consumer, const rd_kafka_topic_partition_list_t *partitions) {
    rd_kafka_resp_err_t error = rd_kafka_assign(consumer->kafka, partitions);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        group_consumer_trouble(consumer, "the assignment was not taken: %s", rd_kafka_err2str(error));
}

static void drop_pending(struct group_consumer *consumer) {
    if (consumer->pending_assignment != NULL)
        rd_kafka_topic_partition_list_destroy(consumer->pending_assignment);
    consumer->pending_assignment = NULL;
}

static void drop_partitions(struct group_consumer *consumer) {
    for (size_t i = 0; i < consumer->partition_count; i++)
        group_partition_revoke(consumer->partitions[i]);
    free(consumer->partitions);
    consumer->partitions = NULL;
    consumer->partition_count = 0;
    consumer->commit_wanted = consumer->commit_outstanding = false;
    consumer->assignment++;
}

static rd_kafka_topic_partition_list_t *names_of_partitions(const struct group_consumer *consumer) {
    rd_kafka_topic_partition_list_t *names =
        rd_kafka_topic_partition_list_new((int)consumer->partition_count);
    for (size_t i = 0; i < consumer->partition_count; i++)
        rd_kafka_topic_partition_list_add(names, consumer->partitions[i]->topic,
                                          consumer->partitions[i]->number);
    return names;
}

static void begin_assignment(struct group_consumer *consumer,
                             const rd_kafka_topic_partition_list_t *partitions);

/* The end of every assignment, orderly or not. */
static void give_up_partitions(struct group_consumer *consumer) {
    bool restart = consumer->restart_wanted && consumer->membership == MEMBERSHIP_COMMITTING &&
                   !consumer->stopping && !rd_kafka_assignment_lost(consumer->kafka);
    rd_kafka_topic_partition_list_t *again = restart ? names_of_partitions(consumer) : NULL;
    consumer->restart_wanted = false;
    drop_pending(consumer);
    drop_partitions(consumer);
    consumer->events.revoked(consumer->events.data);
    enter(consumer, MEMBERSHIP_NONE);
    assign(consumer, NULL);
    if (consumer->stopping)
        group_consumer_leave(consumer);
    if (again == NULL)
        return;
    begin_assignment(consumer, again);
    rd_kafka_topic_partition_list_destroy(again);
}

/* --- assignment --- */

static void committed_offsets_told(void *data, uint64_t number, rd_kafka_resp_err_t error,
                                   const rd_kafka_topic_partition_list_t *offsets);

static bool ask(struct group_consumer *consumer, const rd_kafka_topic_partition_list_t *partitions,
                uint64_t number) {
    if (!committed_offsets_ask(consumer->loop, consumer->kafka, partitions, number, committed_offsets_told,
                               consumer))
        return false;
    consumer->questions_under_way++;
    return true;
}

static void ask_committed_offsets(struct group_consumer *consumer) {
    bool asked = ask(consumer, consumer->pending_assignment, consumer->assignment);
    consumer->fetch_again_ms = asked ? 0 : clock_monotonic_ms() + COMMITTED_FETCH_RETRY_MS;
}

/* librdkafka tells that brokers went away, but not that they are back: an idle member asks. */
static void ask_whether_kafka_is_back(struct group_consumer *consumer) {
    rd_kafka_topic_partition_list_t *any = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(any, consumer->settings.topics->items[0], 0);
    (void)ask(consumer, any, PROBE_QUESTION); /* no memory: it is asked again at the next turn */
    rd_kafka_topic_partition_list_destroy(any);
}

static void begin_assignment(struct group_consumer *consumer,
                             const rd_kafka_topic_partition_list_t *partitions) {
    drop_pending(consumer);
    consumer->assignment++;
    if (partitions->cnt == 0) {
        enter(consumer, MEMBERSHIP_ASSIGNED); /* more members than partitions: a spare one */
        assign(consumer, partitions);
        group_consumer_well(consumer);
        return;
    }
    consumer->pending_assignment = rd_kafka_topic_partition_list_copy(partitions);
    enter(consumer, MEMBERSHIP_FETCHING);
    ask_committed_offsets(consumer);
}

static bool add_partition(struct group_consumer *consumer, const rd_kafka_topic_partition_t *committed,
                          int64_t start) {
    struct group_partition *partition = group_partition_new(consumer, committed->topic, committed->partition);
    if (partition == NULL)
        return false;
    /* librdkafka's metadata has its size and no NUL to rely on. */
    char *metadata =
        committed->metadata == NULL ? NULL : strndup(committed->metadata, committed->metadata_size);
    group_partition_restore(partition, committed->offset >= 0 ? committed->offset : -1, metadata);
    free(metadata);
    group_read_back_begin(partition, start, committed->offset);
    consumer->partitions[consumer->partition_count++] = partition;
    return true;
}

/* Starts reading where the group stands, or somewhat below; a partition without a commit begins where
 * auto.offset.reset says. */
static bool start_reading(struct group_consumer *consumer, const rd_kafka_topic_partition_list_t *committed) {
    consumer->partitions = calloc((size_t)committed->cnt + 1, sizeof(struct group_partition *));
    if (consumer->partitions == NULL)
        return false;
    rd_kafka_topic_partition_list_t *start = rd_kafka_topic_partition_list_new(committed->cnt);
    bool complete = true;
    for (int i = 0; i < committed->cnt && complete; i++) {
        const rd_kafka_topic_partition_t *entry = &committed->elems[i];
        int64_t from = group_read_back_start(consumer, entry);
        rd_kafka_topic_partition_list_add(start, entry->topic, entry->partition)->offset =
            from >= 0 ? from : RD_KAFKA_OFFSET_INVALID;
        complete = add_partition(consumer, entry, from);
    }
    if (complete) {
        assign(consumer, start);
        enter(consumer, MEMBERSHIP_ASSIGNED);
    } else {
        drop_partitions(consumer);
    }
    rd_kafka_topic_partition_list_destroy(start);
    return complete;
}

static bool are_readable(struct group_consumer *consumer, rd_kafka_resp_err_t error,
                         const rd_kafka_topic_partition_list_t *offsets) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        group_consumer_trouble(consumer, "the committed offsets cannot be read: %s", rd_kafka_err2str(error));
        return false;
    }
    for (int i = 0; i < offsets->cnt; i++) {
        if (offsets->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        group_consumer_trouble(consumer, "the committed offset of %s [%d] cannot be read: %s",
                               offsets->elems[i].topic, (int)offsets->elems[i].partition,
                               rd_kafka_err2str(offsets->elems[i].err));
        return false;
    }
    return true;
}

static void committed_offsets_told(void *data, uint64_t number, rd_kafka_resp_err_t error,
                                   const rd_kafka_topic_partition_list_t *offsets) {
    struct group_consumer *consumer = data;
    consumer->questions_under_way--;
    if (number == PROBE_QUESTION && error == RD_KAFKA_RESP_ERR_NO_ERROR)
        group_consumer_well(consumer);
    if (number != consumer->assignment || consumer->membership != MEMBERSHIP_FETCHING)
        return; /* the probe, or an assignment that is gone */
    if (!are_readable(consumer, error, offsets) || !start_reading(consumer, offsets)) {
        consumer->fetch_again_ms = clock_monotonic_ms() + COMMITTED_FETCH_RETRY_MS;
        return;
    }
    drop_pending(consumer);
    group_consumer_well(consumer);
    log_info("partitions assigned", LOG_FIELDS(log_integer("count", (int64_t)consumer->partition_count)));
    consumer->events.readable(consumer->events.data);
}

/* --- revocation --- */

void group_rebalance_begin_drain(struct group_consumer *consumer, int64_t drain_ms) {
    enter(consumer, MEMBERSHIP_DRAINING);
    consumer->deadline_ms = clock_monotonic_ms() + drain_ms;
    consumer->events.revoking(consumer->events.data);
}

static void begin_revocation(struct group_consumer *consumer) {
    consumer->restart_wanted = false; /* what comes next is the group's to say */
    if (consumer->membership == MEMBERSHIP_DRAINING || consumer->membership == MEMBERSHIP_COMMITTING) {
        /* Already on it, because of group_consumer_stop(), which may take longer than the group waits for a
         * revoke. */
        int64_t bound = clock_monotonic_ms() + consumer->settings.revoke_drain_ms;
        if (consumer->membership == MEMBERSHIP_DRAINING && bound < consumer->deadline_ms)
            consumer->deadline_ms = bound;
        return;
    }
    if (consumer->membership == MEMBERSHIP_CLOSING) {
        assign(consumer, NULL);
        return;
    }
    if (rd_kafka_assignment_lost(consumer->kafka)) {
        /* Another member may have the partitions already: waiting only makes more duplicates, and a commit
         * would be refused. */
        log_warning("the assignment was lost", NULL);
        give_up_partitions(consumer);
    } else if (consumer->partition_count == 0) {
        give_up_partitions(consumer);
    } else {
        group_rebalance_begin_drain(consumer, consumer->settings.revoke_drain_ms);
    }
}

static void begin_last_commit(struct group_consumer *consumer) {
    enter(consumer, MEMBERSHIP_COMMITTING);
    consumer->deadline_ms = clock_monotonic_ms() + LAST_COMMIT_DEADLINE_MS;
    if (consumer->stopping && consumer->stop_deadline_ms < consumer->deadline_ms)
        consumer->deadline_ms = consumer->stop_deadline_ms;
    consumer->next_commit_ms = 0;
    group_rebalance_tick(consumer, clock_monotonic_ms());
}

static void end_drain(struct group_consumer *consumer) {
    if (consumer->events.drain_is_over != NULL)
        consumer->events.drain_is_over(consumer->events.data);
    /* It may have been drained by that. */
    if (consumer->membership == MEMBERSHIP_DRAINING)
        begin_last_commit(consumer);
}

void group_consumer_drained(struct group_consumer *consumer) {
    if (consumer->membership == MEMBERSHIP_DRAINING)
        begin_last_commit(consumer);
}

void group_rebalance_callback(rd_kafka_t *kafka, rd_kafka_resp_err_t error,
                              rd_kafka_topic_partition_list_t *partitions, void *opaque) {
    (void)kafka;
    struct group_consumer *consumer = opaque;
    switch (error) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
        if (consumer->stopping)
            assign(consumer, NULL);
        else
            begin_assignment(consumer, partitions);
        break;
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
        begin_revocation(consumer);
        break;
    default:
        group_consumer_trouble(consumer, "the rebalance failed: %s", rd_kafka_err2str(error));
        give_up_partitions(consumer);
    }
}

void group_rebalance_tick(struct group_consumer *consumer, int64_t now_ms) {
    switch (consumer->membership) {
    case MEMBERSHIP_FETCHING:
        if (consumer->fetch_again_ms != 0 && now_ms >= consumer->fetch_again_ms)
            ask_committed_offsets(consumer);
        break;
    case MEMBERSHIP_DRAINING:
        if (rd_kafka_assignment_lost(consumer->kafka))
            give_up_partitions(consumer);
        else if (now_ms >= consumer->deadline_ms)
            end_drain(consumer);
        break;
    case MEMBERSHIP_COMMITTING:
        group_commit_if_wanted(consumer);
        if (group_commit_is_settled(consumer) || now_ms >= consumer->deadline_ms ||
            rd_kafka_assignment_lost(consumer->kafka))
            give_up_partitions(consumer);
        break;
    case MEMBERSHIP_ASSIGNED:
        if (consumer->restart_wanted)
            group_rebalance_begin_drain(consumer, consumer->settings.revoke_drain_ms);
        else if (consumer->in_trouble && now_ms >= consumer->next_probe_ms) {
            consumer->next_probe_ms = now_ms + COMMITTED_OFFSETS_TIMEOUT_MS + TROUBLE_PROBE_MS;
            ask_whether_kafka_is_back(consumer);
        }
        break;
    default:
        break;
    }
}
