/* SPDX-License-Identifier: Apache-2.0 */
#include "dead_letter_reader.h"
#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 100
#define SILENCE_MS 60000 /* then Kafka is given up; a join takes up to a session timeout */

static const char *const properties[][2] = {
    {"enable.auto.commit", "false"},       {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "earliest"},     {"enable.partition.eof", "true"},
    {"allow.auto.create.topics", "false"}, {"partition.assignment.strategy", "roundrobin"},
    {"session.timeout.ms", "6000"}, /* the next one waits so long for a redrive that crashed */
    {"heartbeat.interval.ms", "2000"},     {NULL, NULL},
};

static void heard(struct dead_letter_reader *reader) {
    reader->heard_at_ms = clock_monotonic_ms();
}

static void set_assigned(struct dead_letter_reader *reader,
                         const rd_kafka_topic_partition_list_t *partitions) {
    for (int i = 0; i < reader->partition_count; i++)
        reader->partitions[i] = (struct dead_letter_partition){
            .low = reader->partitions[i].low,
            .end = reader->partitions[i].end,
            .start = reader->partitions[i].start,
        };
    for (int i = 0; partitions != NULL && i < partitions->cnt; i++) {
        int32_t number = partitions->elems[i].partition;
        if (number < reader->partition_count) /* not one that was added since */
            reader->partitions[number].is_assigned = true;
    }
    reader->is_assigned = partitions != NULL;
}

static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *partitions, void *opaque) {
    struct dead_letter_reader *reader = ((struct kafka_link *)opaque)->owner;
    heard(reader);
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        set_assigned(reader, partitions);
        (void)rd_kafka_assign(client, partitions); /* what fails comes as an error of the next poll */
        return;
    }
    if (reader->is_assigned && reader->revoked != NULL)
        reader->revoked(reader->data, rd_kafka_assignment_lost(client) != 0);
    set_assigned(reader, NULL);
    (void)rd_kafka_assign(client, NULL);
}

/* --- opening --- */

static bool count_partitions(struct dead_letter_reader *reader, struct error *error) {
    const struct rd_kafka_metadata *metadata = NULL;
    if (!kafka_link_metadata(&reader->link, 1, 10000, &metadata, error))
        return false;
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, reader->topic) == 0)
            reader->partition_count = metadata->topics[i].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    if (reader->partition_count == 0)
        return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "there is no topic %s", reader->topic);
    reader->partitions = calloc((size_t)reader->partition_count, sizeof *reader->partitions);
    return reader->partitions != NULL || error_set(error, "out of memory");
}

static rd_kafka_topic_partition_list_t *all_partitions(const struct dead_letter_reader *reader) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(reader->partition_count);
    for (int i = 0; i < reader->partition_count; i++)
        rd_kafka_topic_partition_list_add(list, reader->topic, i);
    return list;
}

static bool read_ends(struct dead_letter_reader *reader, struct error *error) {
    for (int i = 0; i < reader->partition_count; i++) {
        struct dead_letter_partition *partition = &reader->partitions[i];
        rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
            reader->link.client, reader->topic, i, &partition->low, &partition->end, KAFKA_LINK_TIMEOUT_MS);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "the end of partition %d of %s: %s", i,
                                    reader->topic, rd_kafka_err2str(code));
    }
    return true;
}

static bool read_starts(struct dead_letter_reader *reader, struct error *error) {
    rd_kafka_topic_partition_list_t *list = all_partitions(reader);
    rd_kafka_resp_err_t code = rd_kafka_committed(reader->link.client, list, KAFKA_LINK_TIMEOUT_MS);
    for (int i = 0; i < list->cnt; i++) {
        struct dead_letter_partition *partition = &reader->partitions[list->elems[i].partition];
        int64_t committed = list->elems[i].offset;
        /* Out of range, it is auto.offset.reset's, as for the member of the group. */
        partition->start =
            committed >= partition->low && committed <= partition->end ? committed : partition->low;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ||
           error_set_status(error, EXIT_STATUS_UNAVAILABLE, "the offsets of the group %s: %s", reader->group,
                            rd_kafka_err2str(code));
}

bool dead_letter_reader_open(struct dead_letter_reader *reader, const struct command_line *line,
                             const struct email_settings *settings, struct error *error) {
    *reader = (struct dead_letter_reader){.topic = settings->dead_letter_topic};
    if (asprintf(&reader->group, "%s.redrive", reader->topic) < 0) {
        reader->group = NULL;
        return error_set(error, "out of memory");
    }
    const struct kafka_link_client client = {
        .type = RD_KAFKA_CONSUMER,
        .group = reader->group,
        .own_names = email_settings_kafka_names,
        .properties = properties,
        .rebalance = on_rebalance,
        .owner = reader,
    };
    if (!kafka_link_open_client(&reader->link, line, &client, error))
        return false;
    heard(reader);
    return count_partitions(reader, error) && read_ends(reader, error) && read_starts(reader, error);
}

void dead_letter_reader_close(struct dead_letter_reader *reader) {
    if (reader->link.client != NULL && reader->has_joined)
        (void)rd_kafka_consumer_close(reader->link.client); /* all that counts is committed */
    if (reader->link.client != NULL)
        kafka_link_close(&reader->link);
    free(reader->partitions);
    free(reader->group);
    *reader = (struct dead_letter_reader){0};
}

/* --- beginning --- */

static bool poll_consumer_queue(struct dead_letter_reader *reader, struct error *error) {
    rd_kafka_resp_err_t code = rd_kafka_poll_set_consumer(reader->link.client);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || error_set(error, "%s", rd_kafka_err2str(code));
}

static bool assign(struct dead_letter_reader *reader, rd_kafka_topic_partition_list_t *list,
                   struct error *error) {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    bool done = poll_consumer_queue(reader, error);
    if (done)
        code = rd_kafka_assign(reader->link.client, list);
    set_assigned(reader, list);
    rd_kafka_topic_partition_list_destroy(list);
    return done && (code == RD_KAFKA_RESP_ERR_NO_ERROR || error_set(error, "%s", rd_kafka_err2str(code)));
}

bool dead_letter_reader_look(struct dead_letter_reader *reader, bool from_first, struct error *error) {
    rd_kafka_topic_partition_list_t *list = all_partitions(reader);
    for (int i = 0; i < list->cnt; i++) {
        const struct dead_letter_partition *partition = &reader->partitions[list->elems[i].partition];
        list->elems[i].offset = from_first ? partition->low : partition->start;
    }
    return assign(reader, list, error);
}

bool dead_letter_reader_look_at(struct dead_letter_reader *reader, int32_t partition, int64_t offset,
                                struct error *error) {
    if (partition >= reader->partition_count || offset < reader->partitions[partition].low ||
        offset >= reader->partitions[partition].end)
        return error_set_status(error, EXIT_STATUS_USAGE,
                                "partition %d of %s has no record at the offset %lld", (int)partition,
                                reader->topic, (long long)offset);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, reader->topic, partition)->offset = offset;
    return assign(reader, list, error);
}

bool dead_letter_reader_join(struct dead_letter_reader *reader, void (*revoked)(void *data, bool lost),
                             void *data, struct error *error) {
    if (!poll_consumer_queue(reader, error))
        return false;
    reader->revoked = revoked;
    reader->data = data;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, reader->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(reader->link.client, list);
    rd_kafka_topic_partition_list_destroy(list);
    reader->has_joined = true;
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ||
           error_set_status(error, EXIT_STATUS_UNAVAILABLE, "joining the group %s: %s", reader->group,
                            rd_kafka_err2str(code));
}

/* --- reading --- */

static bool is_at_end(const struct dead_letter_reader *reader) {
    for (int i = 0; i < reader->partition_count; i++)
        if (reader->partitions[i].is_assigned && !reader->partitions[i].is_reached)
            return false;
    return reader->is_assigned;
}

static enum dead_letter_next silent(const struct dead_letter_reader *reader, struct error *error) {
    if (clock_monotonic_ms() - reader->heard_at_ms < SILENCE_MS)
        return DEAD_LETTER_NONE_YET;
    error_set_status(error, EXIT_STATUS_UNAVAILABLE, "nothing was heard of %s for %d s", reader->topic,
                     SILENCE_MS / 1000);
    return DEAD_LETTER_TROUBLE;
}

/* What comes in place of a record: the end of a partition, which one must not wait beyond, or an error, which
 * librdkafka mends unless it says that it cannot. */
static enum dead_letter_next no_record(struct dead_letter_reader *reader, const rd_kafka_message_t *message,
                                       struct error *error) {
    bool is_ours = message->partition >= 0 && message->partition < reader->partition_count;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && is_ours) {
        reader->partitions[message->partition].is_reached = true;
        heard(reader);
        return DEAD_LETTER_NONE_YET;
    }
    if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
        message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
        message->err == RD_KAFKA_RESP_ERR__FATAL) {
        error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s: %s", reader->topic,
                         rd_kafka_message_errstr(message));
        return DEAD_LETTER_TROUBLE;
    }
    return silent(reader, error);
}

enum dead_letter_next dead_letter_reader_next(struct dead_letter_reader *reader,
                                              rd_kafka_message_t **message_out, struct error *error) {
    if (is_at_end(reader))
        return DEAD_LETTER_END;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->link.client, POLL_MS);
    if (message == NULL)
        return silent(reader, error);
    enum dead_letter_next next = DEAD_LETTER_NONE_YET;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        next = no_record(reader, message, error);
    } else if (message->partition < reader->partition_count) {
        struct dead_letter_partition *partition = &reader->partitions[message->partition];
        heard(reader);
        if (message->offset + 1 >= partition->end)
            partition->is_reached = true;
        if (message->offset < partition->end) {
            partition->next = message->offset + 1;
            *message_out = message;
            return DEAD_LETTER_RECORD;
        }
    }
    rd_kafka_message_destroy(message);
    return next;
}

static void note_committed(struct dead_letter_reader *reader, const rd_kafka_topic_partition_list_t *list) {
    for (int i = 0; i < list->cnt; i++)
        reader->partitions[list->elems[i].partition].committed = list->elems[i].offset;
}

bool dead_letter_reader_commit(struct dead_letter_reader *reader, struct error *error) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(reader->partition_count);
    for (int i = 0; i < reader->partition_count; i++)
        if (reader->partitions[i].next > reader->partitions[i].committed)
            rd_kafka_topic_partition_list_add(list, reader->topic, i)->offset = reader->partitions[i].next;
    rd_kafka_resp_err_t code =
        list->cnt == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_commit(reader->link.client, list, 0);
    for (int i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
        code = list->elems[i].err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        note_committed(reader, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ||
           error_set_status(error, EXIT_STATUS_UNAVAILABLE, "the commit of the group %s: %s", reader->group,
                            rd_kafka_err2str(code));
}

int64_t dead_letter_reader_waiting(const struct dead_letter_reader *reader) {
    int64_t waiting = 0;
    for (int i = 0; i < reader->partition_count; i++)
        waiting += reader->partitions[i].end - reader->partitions[i].start;
    return waiting;
}
