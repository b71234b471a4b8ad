/* SPDX-License-Identifier: Apache-2.0 */
#include "group_member.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static void take_all_of(struct group_member *member, struct group_partition *partition) {
    while (group_partition_peek(partition) != NULL) {
        rd_kafka_message_t *message = group_partition_take(partition);
        ck_assert_ptr_nonnull(message);
        ck_assert_uint_lt(member->count, MEMBER_RECORDS_MOST);
        member->records[member->count++] = (struct held_record){.partition = partition,
                                                                .message = message,
                                                                .number = group_partition_number(partition),
                                                                .offset = message->offset};
    }
}

static void on_readable(void *data) {
    struct group_member *member = data;
    struct group_partition **partitions = NULL;
    size_t count = group_consumer_partitions(member->consumer, &partitions);
    for (size_t i = 0; i < count && !member->takes_nothing; i++)
        take_all_of(member, partitions[i]);
}

static void on_revoking(void *data) {
    struct group_member *member = data;
    member->revoking++;
    if (!member->drains_at_once)
        return;
    group_member_abandon_all(member);
    group_consumer_drained(member->consumer);
}

static void on_revoked(void *data) {
    struct group_member *member = data;
    member->revoked++;
}

static void on_passed(void *data, struct group_partition *partition, const rd_kafka_message_t *message) {
    struct group_member *member = data;
    ck_assert_uint_lt(member->passed_count, MEMBER_RECORDS_MOST);
    ck_assert_int_eq(message->partition, group_partition_number(partition));
    member->passed[member->passed_count++] = (struct passed_record){
        .number = message->partition, .offset = message->offset, .taken_before = member->count};
}

static void on_dropped(void *data, struct group_partition *partition) {
    struct group_member *member = data;
    ck_assert(group_partition_is_revoked(partition));
    member->dropped++;
}

static void on_fatal(void *data, const char *reason) {
    (void)data;
    ck_abort_msg("fatal: %s", reason);
}

static void on_state(void *data, bool ok, const char *detail) {
    struct group_member *member = data;
    if (ok)
        member->recoveries++;
    else
        member->troubles++;
    snprintf(member->trouble, sizeof member->trouble, "%s", detail);
}

static void on_offset_reset(void *data, const char *topic, int32_t partition, int64_t committed,
                            int64_t actual) {
    struct group_member *member = data;
    (void)topic;
    (void)partition;
    member->resets++;
    member->reset_committed = committed;
    member->reset_actual = actual;
}

static struct group_member *start(uv_loop_t *loop, char **topics, struct group_consumer_settings settings) {
    static const char *const no_names[] = {NULL};
    struct group_member *member = calloc(1, sizeof *member);
    ck_assert_ptr_nonnull(member);
    member->loop = loop;
    member->topics.items = topics;
    while (topics[member->topics.count] != NULL)
        member->topics.count++;
    settings.group_id = GROUP;
    settings.topics = &member->topics;
    settings.own_names = no_names;
    const struct group_consumer_events events = {
        .readable = on_readable,
        .revoking = on_revoking,
        .revoked = on_revoked,
        .passed = on_passed,
        .dropped = on_dropped,
        .fatal = on_fatal,
        .state = on_state,
        .offset_reset = on_offset_reset,
        .data = member,
    };
    struct error error = {0};
    ck_assert_msg(group_consumer_new(&member->consumer, loop, &settings, &events, &error), "%s", error.text);
    return member;
}

struct group_member *group_member_start(uv_loop_t *loop, const char *bootstrap, char **topics,
                                        int64_t revoke_drain_ms) {
    const struct group_consumer_settings settings = {
        .bootstrap_servers = bootstrap,
        .revoke_drain_ms = revoke_drain_ms,
    };
    return start(loop, topics, settings);
}

struct group_member *group_member_start_reading_back(uv_loop_t *loop, const char *bootstrap, char **topics,
                                                     int64_t read_back, const struct text_list *of_topics) {
    const struct group_consumer_settings settings = {
        .bootstrap_servers = bootstrap,
        .revoke_drain_ms = 10000,
        .read_back = read_back,
        .read_back_topics = of_topics,
    };
    return start(loop, topics, settings);
}

static void let_go(struct held_record *record, void (*how)(struct group_partition *, int64_t)) {
    if (record->partition == NULL)
        return;
    how(record->partition, record->offset);
    rd_kafka_message_destroy(record->message);
    record->partition = NULL;
}

void group_member_complete(struct group_member *member, size_t index) {
    let_go(&member->records[index], group_partition_complete);
}

void group_member_complete_all(struct group_member *member) {
    for (size_t i = 0; i < member->count; i++)
        group_member_complete(member, i);
}

void group_member_abandon_all(struct group_member *member) {
    for (size_t i = 0; i < member->count; i++)
        let_go(&member->records[i], group_partition_abandon);
}

size_t group_member_open(const struct group_member *member) {
    size_t open = 0;
    for (size_t i = 0; i < member->count; i++)
        open += member->records[i].partition != NULL;
    return open;
}

void group_member_free(struct group_member *member) {
    group_member_abandon_all(member);
    group_consumer_free(member->consumer);
    free(member);
}
