/* SPDX-License-Identifier: Apache-2.0 */
#include "suppression_reader.h"

#include "common/clock.h"
#include "common/log.h"
#include "kafka/topic_follower.h"
#include "suppression_record.h"
#include <stdlib.h>

#define BAD_RECORD_INTERVAL_MS 60000

struct suppression_reader {
    struct suppression_list *list;
    struct suppression_reader_events events;
    struct topic_follower *follower;
    bool is_known;
    int64_t bad_record_told_ms; /* 0: never */
};

/* A flood of bad records must not be one of log lines. */
static void tell_bad_record(struct suppression_reader *reader, const rd_kafka_message_t *message,
                            const struct error *error) {
    int64_t now = clock_monotonic_ms();
    if (reader->bad_record_told_ms != 0 && now - reader->bad_record_told_ms < BAD_RECORD_INTERVAL_MS)
        return;
    reader->bad_record_told_ms = now;
    log_warning("a record of the suppressed addresses is passed over (told once a minute)",
                LOG_FIELDS(log_text("reason", error->text), log_integer("offset", message->offset)));
}

static bool on_record(void *data, const rd_kafka_message_t *message) {
    struct suppression_reader *reader = data;
    struct suppression_record record;
    struct error error = {0};
    bool done = true;
    if (!suppression_record_decode(&record, message->key, message->key_len, message->payload, message->len,
                                   &error))
        tell_bad_record(reader, message, &error);
    else if (record.root == NULL)
        suppression_list_remove(reader->list, &record.key);
    else
        done = suppression_list_put(reader->list, &record.key, record.time_unix_ms + SUPPRESSION_LIFE_MS,
                                    clock_unix_ms());
    suppression_record_clear(&record);
    if (!done)
        log_error("no memory for a suppressed address: it is tried again", NULL);
    return done;
}

static void on_caught_up(void *data) {
    struct suppression_reader *reader = data;
    reader->is_known = true;
    log_info("the suppressed addresses are read",
             LOG_FIELDS(log_integer("count", (int64_t)suppression_list_count(reader->list))));
    reader->events.known(reader->events.data);
}

/* That Kafka is away is told for the process by the group's consumer. */
static void on_trouble(void *data, enum topic_follower_trouble trouble, const char *reason) {
    struct suppression_reader *reader = data;
    if (!reader->is_known) {
        if (trouble != TOPIC_FOLLOWER_AWAY)
            log_error("no mail is sent before the suppressed addresses are read; waiting",
                      LOG_FIELDS(log_text("reason", reason)));
        reader->events.waiting(reader->events.data, reason);
    } else if (trouble != TOPIC_FOLLOWER_AWAY) {
        log_error("changes of the suppressed addresses are not heard; what is known stays in force",
                  LOG_FIELDS(log_text("reason", reason)));
    }
}

bool suppression_reader_new(struct suppression_reader **reader_out, uv_loop_t *loop,
                            const struct email_settings *settings, struct suppression_list *list,
                            const struct suppression_reader_events *events, struct error *error) {
    struct suppression_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return error_set(error, "no memory for the suppressed addresses");
    reader->list = list;
    reader->events = *events;
    const struct topic_follower_settings follower = {
        .bootstrap_servers = settings->common.kafka_bootstrap_servers,
        .topic = settings->suppression_topic,
        .own_names = email_settings_kafka_names,
    };
    const struct topic_follower_events follower_events = {
        .record = on_record,
        .caught_up = on_caught_up,
        .trouble = on_trouble,
        .data = reader,
    };
    if (!topic_follower_new(&reader->follower, loop, &follower, &follower_events, error)) {
        free(reader);
        return false;
    }
    *reader_out = reader;
    return true;
}

void suppression_reader_close(struct suppression_reader *reader) {
    topic_follower_close(reader->follower);
}

void suppression_reader_free(struct suppression_reader *reader) {
    if (reader == NULL)
        return;
    topic_follower_free(reader->follower);
    free(reader);
}
