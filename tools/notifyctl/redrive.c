/* SPDX-License-Identifier: Apache-2.0 */
#include "redrive.h"
#include "common/clock.h"
#include "interrupt.h"
#include "kafka/dead_letter.h"
#include "redrive_plan.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DELIVERY_MS 60000

static const char *const producer_properties[][2] = {
    {"enable.idempotence", "true"},        {"acks", "all"}, {"message.timeout.ms", "60000"},
    {"message.max.bytes", "1310720"}, /* as the worker's: record_producer.c */
    {"allow.auto.create.topics", "false"}, {NULL, NULL},
};

static void fail(struct redrive *redrive, const char *doing, const char *reason) {
    if (!redrive->has_failed)
        error_set_status(&redrive->failure, EXIT_STATUS_UNAVAILABLE, "%s: %s", doing, reason);
    redrive->has_failed = true;
}

static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client;
    struct redrive *redrive = ((struct kafka_link *)opaque)->owner;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail(redrive, rd_kafka_topic_name(message->rkt), rd_kafka_err2str(message->err));
}

/* All of the batch is Kafka's, and then committed. */
static bool settle(struct redrive *redrive) {
    if (redrive->batch > 0 && !redrive->has_failed) {
        rd_kafka_resp_err_t code =
            rd_kafka_flush(redrive->producer.client, DELIVERY_MS + 10000); /* they time out by themselves */
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            fail(redrive, "delivering", rd_kafka_err2str(code));
    }
    struct error error = {0};
    if (!redrive->has_failed && !dead_letter_reader_commit(&redrive->reader, &error))
        fail(redrive, "committing", error.text);
    redrive->batch = 0;
    return !redrive->has_failed;
}

static void on_revoked(void *data, bool lost) {
    struct redrive *redrive = data;
    if (!lost)
        (void)settle(redrive); /* a failure is told by the loop */
    else if (redrive->batch > 0)
        fail(redrive, "committing", "the partitions are another's now");
}

/* --- one record --- */

static bool produce(struct redrive *redrive, const rd_kafka_message_t *message, const char *topic,
                    int32_t partition, int64_t timestamp, rd_kafka_headers_t *headers) {
    rd_kafka_vu_t arguments[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {message->key, message->key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {message->payload, message->len}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = timestamp},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    size_t count = sizeof arguments / sizeof arguments[0] - (headers == NULL ? 1 : 0);
    rd_kafka_error_t *refused = rd_kafka_produceva(redrive->producer.client, arguments, count);
    if (refused == NULL) {
        redrive->batch++;
        return true;
    }
    fail(redrive, topic, rd_kafka_error_string(refused));
    rd_kafka_error_destroy(refused);
    if (headers != NULL)
        rd_kafka_headers_destroy(headers);
    return false;
}

static bool send_again(struct redrive *redrive, const rd_kafka_message_t *message,
                       const rd_kafka_headers_t *headers) {
    rd_kafka_headers_t *changed = redrive_headers(headers, clock_unix_ms());
    if (changed == NULL) {
        fail(redrive, "a record's headers", "out of memory");
        return false;
    }
    return produce(redrive, message, redrive->retry_topic, RD_KAFKA_PARTITION_UA, 0, changed);
}

/* With its time of death, so that its age and its retention stay what they are. */
static bool put_back(struct redrive *redrive, const rd_kafka_message_t *message,
                     const rd_kafka_headers_t *headers, int64_t timestamp) {
    rd_kafka_headers_t *same = headers == NULL ? NULL : rd_kafka_headers_copy(headers);
    if (headers != NULL && same == NULL) {
        fail(redrive, "a record's headers", "out of memory");
        return false;
    }
    return produce(redrive, message, redrive->reader.topic, message->partition, timestamp > 0 ? timestamp : 0,
                   same);
}

/* Nothing lies uncommitted while it waits for its turn. False: a failure, or a signal. */
static bool await_turn(struct redrive *redrive) {
    for (;;) {
        int64_t wait_ms =
            redrive_wait_ms(redrive->redriven, redrive->rate, clock_monotonic_ms() - redrive->begun_at_ms);
        if (wait_ms == 0 || interrupt_asked())
            return !interrupt_asked();
        if (redrive->batch > 0) {
            if (!settle(redrive))
                return false;
            continue;
        }
        struct timespec pause = {.tv_nsec = (wait_ms < 100 ? wait_ms : 100) * 1000000};
        (void)nanosleep(&pause, NULL); /* woken early it asks again */
    }
}

static bool take(struct redrive *redrive, const rd_kafka_message_t *message) {
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_timestamp_type_t type;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = NULL;
    int64_t timestamp = rd_kafka_message_timestamp(message, &type);
    struct dead_letter_view view;
    dead_letter_view_read(&view, message->payload, message->len, headers, timestamp);
    bool is_meant = dead_letter_filter_matches(&redrive->filter, &view, clock_unix_ms());
    bool is_without_value = is_meant && view.oversize >= 0;
    is_meant = is_meant && !is_without_value;
    dead_letter_view_free(&view);
    bool done = true;
    if (!redrive->is_dry)
        done =
            is_meant ? send_again(redrive, message, headers) : put_back(redrive, message, headers, timestamp);
    if (done && is_meant)
        redrive->redriven++;
    else if (done)
        redrive->put_back++;
    redrive->without_value += done && is_without_value;
    return done;
}

/* --- all of them --- */

static void show_progress(struct redrive *redrive) {
    char words[96];
    snprintf(words, sizeof words, "%lld redriven, %lld left out", (long long)redrive->redriven,
             (long long)redrive->put_back);
    progress_show(&redrive->progress, redrive->redriven + redrive->put_back, redrive->waiting, words);
}

static bool interrupted(struct error *error) {
    return error_set_status(error, EXIT_STATUS_UNAVAILABLE,
                            "stopped by a signal; what was done is committed");
}

/* False: redrive has failed, or error is set. */
static bool step(struct redrive *redrive, bool *at_end, struct error *error) {
    rd_kafka_message_t *message = NULL;
    enum dead_letter_next next = dead_letter_reader_next(&redrive->reader, &message, error);
    if (next == DEAD_LETTER_TROUBLE)
        return false;
    *at_end = next == DEAD_LETTER_END;
    bool done = !redrive->has_failed;
    if (next == DEAD_LETTER_RECORD) {
        done = done && take(redrive, message);
        rd_kafka_message_destroy(message);
    }
    if (done && !redrive->is_dry && (next != DEAD_LETTER_RECORD || redrive->batch >= REDRIVE_BATCH))
        done = settle(redrive);
    return done;
}

bool redrive_run(struct redrive *redrive, struct error *error) {
    bool at_end = redrive->waiting == 0;
    bool done =
        at_end || (redrive->is_dry ? dead_letter_reader_look(&redrive->reader, false, error)
                                   : dead_letter_reader_join(&redrive->reader, on_revoked, redrive, error));
    redrive->begun_at_ms = clock_monotonic_ms();
    progress_begin(&redrive->progress, stderr);
    while (done && !at_end && redrive->redriven < redrive->limit && !interrupt_asked()) {
        if (redrive->is_dry || await_turn(redrive))
            done = step(redrive, &at_end, error);
        else
            done = !redrive->has_failed;
        show_progress(redrive);
    }
    if (done && !redrive->is_dry)
        done = settle(redrive);
    if (redrive->has_failed)
        *error = redrive->failure;
    progress_end(&redrive->progress);
    return done && (!interrupt_asked() || interrupted(error));
}

/* --- opening --- */

static bool check_retry_topic(struct redrive *redrive, struct error *error) {
    const struct rd_kafka_metadata *metadata = NULL;
    bool found = false;
    if (!kafka_link_metadata(&redrive->producer, 1, 10000, &metadata, error))
        return false;
    for (int i = 0; i < metadata->topic_cnt; i++)
        found = found || strcmp(metadata->topics[i].topic, redrive->retry_topic) == 0;
    rd_kafka_metadata_destroy(metadata);
    return found || error_set_status(error, EXIT_STATUS_UNAVAILABLE,
                                     "there is no topic %s: are EMAIL_RETRY_DELAYS those of the workers?",
                                     redrive->retry_topic);
}

bool redrive_open(struct redrive *redrive, const struct command_line *line,
                  const struct email_settings *settings, struct error *error) {
    const struct kafka_link_client client = {
        .type = RD_KAFKA_PRODUCER,
        .own_names = email_settings_kafka_names,
        .properties = producer_properties,
        .delivered = on_delivered,
        .owner = redrive,
    };
    size_t shortest = redrive_shortest_delay(settings->retry_delays.items_ms, settings->retry_delays.count);
    redrive->retry_topic = settings->retry_topics.items[shortest];
    if (!dead_letter_reader_open(&redrive->reader, line, settings, error) ||
        !kafka_link_open_client(&redrive->producer, line, &client, error) ||
        !check_retry_topic(redrive, error))
        return false;
    redrive->waiting = dead_letter_reader_waiting(&redrive->reader);
    return true;
}

void redrive_close(struct redrive *redrive) {
    dead_letter_reader_close(&redrive->reader);
    if (redrive->producer.client == NULL)
        return;
    /* What was not delivered is not committed either: nobody waits for it. */
    (void)rd_kafka_purge(redrive->producer.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    kafka_link_close(&redrive->producer);
}
