/* SPDX-License-Identifier: Apache-2.0 */
#include "status_consumer.h"
#include "common/clock.h"
#include "common/log.h"
#include "kafka/consumer_config.h"
#include "status_offsets.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_MS 200
#define STORE_RETRY_MS 1000
#define REOPEN_MS 10000
#define LAST_COMMIT_MS 2000
#define LEAVE_MS 3000
#define BAD_RECORD_INTERVAL_MS 60000

struct status_consumer {
    struct status_consumer_options options;
    pthread_t thread;
    atomic_bool stopping;
    rd_kafka_t *kafka; /* NULL: not open, after a fatal error */
    struct status_offsets offsets;
    struct status_batch batch;
    char trouble[256]; /* what was told last; "" when all is well */
    int64_t bad_record_told_ms;
    struct metric_series *stored, *strange, *bad;
};

/* --- what is told --- */

static void tell_trouble(struct status_consumer *consumer, const char *trouble) {
    if (strcmp(consumer->trouble, trouble) == 0)
        return;
    snprintf(consumer->trouble, sizeof consumer->trouble, "%s", trouble);
    readiness_set(consumer->options.readiness, "statuses", false, trouble[0] == '\0', consumer->trouble);
    if (trouble[0] != '\0')
        log_warning("what became of mails is not heard", LOG_FIELDS(log_text("reason", trouble)));
    else
        log_info("what became of mails is heard", LOG_FIELDS(log_text("topic", consumer->options.topic)));
}

static void tell_missing_topic(struct status_consumer *consumer) {
    char text[sizeof consumer->trouble];
    snprintf(text, sizeof text,
             "the topic %.120s does not exist (create it with: notifyctl topics apply deploy/topics.json)",
             consumer->options.topic);
    tell_trouble(consumer, text);
}

/* A flood of bad records must not be one of log lines. */
static void tell_bad_record(struct status_consumer *consumer, const rd_kafka_message_t *message,
                            const struct error *error) {
    metric_add(consumer->bad, 1);
    int64_t now_ms = clock_monotonic_ms();
    if (consumer->bad_record_told_ms != 0 && now_ms - consumer->bad_record_told_ms < BAD_RECORD_INTERVAL_MS)
        return;
    consumer->bad_record_told_ms = now_ms;
    log_warning("a record of the status topic is skipped (told once a minute; notify_statuses_total counts)",
                LOG_FIELDS(log_text("reason", error->text), log_integer("partition", message->partition),
                           log_integer("offset", message->offset)));
}

/* --- membership --- */

static void rebalanced(rd_kafka_t *kafka, rd_kafka_resp_err_t what,
                       rd_kafka_topic_partition_list_t *partitions, void *opaque) {
    struct status_consumer *consumer = opaque;
    bool assigns = what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    /* What was taken and not stored yet is read again, by whoever has its partition now. Here and not after
     * the poll: the poll that calls this may bring a record of the new assignment too. */
    status_batch_clear(&consumer->batch);
    status_offsets_forget(&consumer->offsets);
    rd_kafka_resp_err_t failed = rd_kafka_assign(kafka, assigns ? partitions : NULL);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_error("an assignment of the status topic failed",
                  LOG_FIELDS(log_text("reason", rd_kafka_err2str(failed))));
    else if (assigns && partitions->cnt > 0)
        tell_trouble(consumer, "");
}

static void error_callback(rd_kafka_t *kafka, int error, const char *reason, void *opaque) {
    (void)kafka;
    struct status_consumer *consumer = opaque;
    if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL)
        tell_trouble(consumer, reason);
    else
        /* That no broker can be reached is told once for the service, by the outbox. */
        log_debug("kafka", LOG_FIELDS(log_text("reason", reason)));
}

static bool subscribe(struct status_consumer *consumer, struct error *error) {
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, consumer->options.topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t failed = rd_kafka_subscribe(consumer->kafka, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return failed == RD_KAFKA_RESP_ERR_NO_ERROR ||
           error_set_status(error, EXIT_STATUS_CONFIG, "the topic %s cannot be subscribed to: %s",
                            consumer->options.topic, rd_kafka_err2str(failed));
}

static bool open_kafka(struct status_consumer *consumer, struct error *error) {
    static const char *const own_names[] = {"KAFKA_BOOTSTRAP_SERVERS", "KAFKA_GROUP_ID", NULL};
    const struct consumer_config config = {
        .bootstrap_servers = consumer->options.bootstrap_servers,
        .group_id = consumer->options.group,
        .own_names = own_names,
    };
    if (!consumer_config_open(&consumer->kafka, &config, rebalanced, error_callback, consumer, error))
        return false;
    status_offsets_open(&consumer->offsets, consumer->kafka);
    return subscribe(consumer, error);
}

/* Without a limit rd_kafka_consumer_close() would wait for a coordinator that does not answer. */
static void leave_group(struct status_consumer *consumer) {
    int64_t deadline_ms = clock_monotonic_ms() + LEAVE_MS;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer->kafka);
    rd_kafka_error_t *refused = rd_kafka_consumer_close_queue(consumer->kafka, queue);
    while (refused == NULL && !rd_kafka_consumer_closed(consumer->kafka) &&
           clock_monotonic_ms() < deadline_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->kafka, 50);
        if (message != NULL)
            rd_kafka_message_destroy(message);
    }
    rd_kafka_error_destroy(refused);
    rd_kafka_queue_destroy(queue);
}

static void close_kafka(struct status_consumer *consumer) {
    if (consumer->kafka == NULL)
        return;
    status_batch_clear(&consumer->batch);
    leave_group(consumer);
    status_offsets_close(&consumer->offsets);
    rd_kafka_destroy_flags(consumer->kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    consumer->kafka = NULL;
}

/* --- records --- */

static void take_record(struct status_consumer *consumer, const rd_kafka_message_t *message) {
    struct status_batch *batch = &consumer->batch;
    rd_kafka_headers_t *headers = NULL;
    struct error error = {0};
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = NULL;
    switch (
        mail_status_decode(&batch->statuses[batch->count], message->payload, message->len, headers, &error)) {
    case MAIL_STATUS_OK:
        batch->count++;
        break;
    case MAIL_STATUS_OTHER:
        metric_add(consumer->strange, 1);
        break;
    case MAIL_STATUS_BAD:
        tell_bad_record(consumer, message, &error);
        break;
    }
    status_offsets_add(&consumer->offsets, rd_kafka_topic_name(message->rkt), message->partition,
                       message->offset + 1);
}

static void take_message(struct status_consumer *consumer, const rd_kafka_message_t *message) {
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        take_record(consumer, message);
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        tell_missing_topic(consumer);
        break;
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: /* the database failed for longer; the group is joined again */
        log_debug("kafka", LOG_FIELDS(log_text("reason", rd_kafka_message_errstr(message))));
        break;
    default:
        tell_trouble(consumer, rd_kafka_message_errstr(message));
    }
}

/* Fills the batch with what is there; waits a little for the first record only. */
static void collect(struct status_consumer *consumer) {
    int wait_ms = POLL_MS;
    for (size_t taken = 0; taken < STATUS_BATCH_MAX; taken++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->kafka, wait_ms);
        if (message == NULL)
            break;
        take_message(consumer, message);
        rd_kafka_message_destroy(message);
        wait_ms = 0;
    }
}

static void pause_for(struct status_consumer *consumer, int64_t ms) {
    const struct timespec tick = {.tv_nsec = 50000000};
    int64_t until_ms = clock_monotonic_ms() + ms;
    while (!atomic_load(&consumer->stopping) && clock_monotonic_ms() < until_ms)
        nanosleep(&tick, NULL);
}

/* Until the batch is stored. False: the service stops, and it is not. */
static bool store(struct status_consumer *consumer) {
    struct status_batch *batch = &consumer->batch;
    while (batch->count > 0 && !status_batch_store(batch, consumer->options.database)) {
        if (atomic_load(&consumer->stopping))
            return false;
        pause_for(consumer, STORE_RETRY_MS);
    }
    metric_add(consumer->stored, (double)batch->known);
    metric_add(consumer->strange, (double)(batch->count - batch->known));
    status_batch_clear(batch);
    batch->known = 0;
    return true;
}

static void look_for_fatal_error(struct status_consumer *consumer) {
    char reason[256];
    if (rd_kafka_fatal_error(consumer->kafka, reason, sizeof reason) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    tell_trouble(consumer, reason);
    close_kafka(consumer);
    pause_for(consumer, REOPEN_MS);
}

static void *work(void *data) {
    struct status_consumer *consumer = data;
    struct error error = {0};
    bool stored = true;
    while (!atomic_load(&consumer->stopping) && stored) {
        if (consumer->kafka == NULL && !open_kafka(consumer, &error)) {
            tell_trouble(consumer, error.text);
            close_kafka(consumer);
            pause_for(consumer, REOPEN_MS);
            continue;
        }
        collect(consumer);
        stored = store(consumer);
        if (stored)
            status_offsets_commit(&consumer->offsets);
        look_for_fatal_error(consumer);
    }
    if (consumer->kafka != NULL && stored)
        status_offsets_wait(&consumer->offsets, LAST_COMMIT_MS);
    close_kafka(consumer);
    return NULL;
}

/* --- starting and stopping --- */

static bool add_metrics(struct status_consumer *consumer) {
    static const char *const labels[] = {"result", NULL};
    struct metric *statuses =
        metrics_add_counter(consumer->options.metrics, "notify_statuses_total",
                            "Records of the status topic: stored, of other services' mails, or bad", labels);
    if (statuses == NULL)
        return false;
    consumer->stored = metric_series(statuses, (const char *[]){"stored", NULL});
    consumer->strange = metric_series(statuses, (const char *[]){"other", NULL});
    consumer->bad = metric_series(statuses, (const char *[]){"bad", NULL});
    return true;
}

static bool start(struct status_consumer *consumer, struct error *error) {
    if (!add_metrics(consumer))
        return error_set(error, "no memory");
    readiness_set(consumer->options.readiness, "statuses", false, true, "");
    if (!open_kafka(consumer, error))
        return false;
    int failure = pthread_create(&consumer->thread, NULL, work, consumer);
    if (failure != 0)
        return error_set(error, "cannot start a thread: %s", strerror(failure));
    pthread_setname_np(consumer->thread, "statuses");
    return true;
}

bool status_consumer_start(struct status_consumer **consumer_out,
                           const struct status_consumer_options *options, struct error *error) {
    struct status_consumer *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL || !status_batch_init(&consumer->batch, options->apply)) {
        free(consumer);
        return error_set(error, "no memory");
    }
    consumer->options = *options;
    if (!start(consumer, error)) {
        close_kafka(consumer);
        status_batch_finish(&consumer->batch);
        free(consumer);
        return false;
    }
    *consumer_out = consumer;
    return true;
}

void status_consumer_stop(struct status_consumer *consumer) {
    if (consumer == NULL)
        return;
    atomic_store(&consumer->stopping, true);
    pthread_join(consumer->thread, NULL);
    status_batch_finish(&consumer->batch);
    free(consumer);
}
