/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl tail: events as they come, secrets masked. */
#include "common/clock.h"
#include "event_display.h"
#include "interrupt.h"
#include "kafka/cloud_event.h"
#include "kafka_link.h"
#include "mail_files.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 100

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    {"type", 't', "TYPE", "only events of this type; may be repeated"},
    {"topic", 'T', "TOPIC", "of this topic; may be repeated (default: EMAIL_TOPICS)"},
    {"from-beginning", 'a', NULL, "what the topics hold first"},
    {"limit", 'n', "N", "end after so many events"},
    OPTION_SCHEMAS,
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

static const char *const properties[][2] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "earliest"},
    {"allow.auto.create.topics", "false"},
    {NULL, NULL},
};

struct tail {
    const struct command_line *line;
    struct mail_files files;
    struct event_schemas *schemas;
    struct kafka_link link;
    const char **topics;
    size_t topic_count;
    int64_t limit, shown;
};

static bool list_topics(struct tail *tail, struct error *error) {
    const struct text_list *defaults = &tail->files.settings.topics;
    tail->topics = calloc(tail->line->given_count + defaults->count + 1, sizeof *tail->topics);
    if (tail->topics == NULL)
        return error_set(error, "out of memory");
    for (size_t i = 0; i < tail->line->given_count; i++)
        if (tail->line->given[i].option->letter == 'T')
            tail->topics[tail->topic_count++] = tail->line->given[i].value;
    for (size_t i = 0; !option_given(tail->line, "topic") && i < defaults->count; i++)
        tail->topics[tail->topic_count++] = defaults->items[i];
    return true;
}

static const struct rd_kafka_metadata_topic *find_topic(const struct rd_kafka_metadata *metadata,
                                                        const char *name) {
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, name) == 0)
            return &metadata->topics[i];
    return NULL;
}

static bool add_partition(struct tail *tail, rd_kafka_topic_partition_list_t *list, const char *topic,
                          int32_t partition, struct error *error) {
    int64_t low = 0, end = 0;
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(tail->link.client, topic, partition, &low,
                                                                &end, KAFKA_LINK_TIMEOUT_MS);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "the end of partition %d of %s: %s",
                                (int)partition, topic, rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset =
        option_given(tail->line, "from-beginning") ? low : end;
    return true;
}

static bool add_topics(struct tail *tail, rd_kafka_topic_partition_list_t *list, struct error *error) {
    const struct rd_kafka_metadata *metadata = NULL;
    if (!kafka_link_metadata(&tail->link, 1, 10000, &metadata, error))
        return false;
    bool done = true;
    for (size_t i = 0; done && i < tail->topic_count; i++) {
        const struct rd_kafka_metadata_topic *topic = find_topic(metadata, tail->topics[i]);
        if (topic == NULL)
            done = error_set_status(error, EXIT_STATUS_UNAVAILABLE, "there is no topic %s", tail->topics[i]);
        for (int j = 0; done && j < topic->partition_cnt; j++)
            if (rd_kafka_topic_partition_list_find(list, tail->topics[i], j) == NULL)
                done = add_partition(tail, list, tail->topics[i], j, error);
    }
    rd_kafka_metadata_destroy(metadata);
    return done;
}

static bool begin(struct tail *tail, struct error *error) {
    /* A consumer needs a group's name, although this one neither joins it nor commits. */
    const struct kafka_link_client client = {
        .type = RD_KAFKA_CONSUMER,
        .group = "notifyctl.tail",
        .own_names = email_settings_kafka_names,
        .properties = properties,
    };
    if (!kafka_link_open_client(&tail->link, tail->line, &client, error))
        return false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    bool done = add_topics(tail, list, error);
    if (done) {
        rd_kafka_resp_err_t code = rd_kafka_poll_set_consumer(tail->link.client);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            code = rd_kafka_assign(tail->link.client, list);
        done = code == RD_KAFKA_RESP_ERR_NO_ERROR || error_set(error, "tail: %s", rd_kafka_err2str(code));
    }
    rd_kafka_topic_partition_list_destroy(list);
    return done;
}

/* --- showing --- */

static bool is_wanted(const struct tail *tail, const char *type) {
    for (size_t i = 0; i < tail->line->given_count; i++)
        if (tail->line->given[i].option->letter == 't' && type != NULL &&
            strcmp(tail->line->given[i].value, type) == 0)
            return true;
    return !option_given(tail->line, "type");
}

static json_t *describe(const struct tail *tail, const rd_kafka_message_t *message,
                        const struct cloud_event *event, const char *trouble) {
    json_t *shown = trouble == NULL ? event_display_event(tail->schemas, event->root) : json_null();
    json_t *line = json_pack("{s:s, s:i, s:I, s:o, s:o}", "topic", rd_kafka_topic_name(message->rkt),
                             "partition", (int)message->partition, "offset", (json_int_t)message->offset,
                             "key", event_display_bytes(message->key, message->key_len), "event", shown);
    if (line != NULL && trouble != NULL &&
        json_object_set_new(line, "no_event_because", json_string(trouble)) != 0) {
        json_decref(line);
        return NULL;
    }
    return line;
}

static const char *member(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "-" : text;
}

static bool print_text(const json_t *line) {
    const json_t *event = json_object_get(line, "event");
    bool styled = table_may_style(stdout);
    if (!json_is_object(event))
        return printf("%s %lld: no event: %s\n", member(line, "topic"),
                      (long long)json_integer_value(json_object_get(line, "offset")),
                      member(line, "no_event_because")) > 0;
    printf("%s  %s%s%s  %s  %s  ", member(event, "time"), styled ? "\033[1m" : "", member(event, "type"),
           styled ? "\033[0m" : "", member(event, "id"), member(event, "subject"));
    return json_dumpf(json_object_get(event, "data"), stdout, JSON_COMPACT | JSON_ENCODE_ANY) == 0 &&
           putchar('\n') != EOF;
}

static bool show(struct tail *tail, const rd_kafka_message_t *message, struct error *error) {
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = NULL;
    struct cloud_event event = {.root = NULL};
    struct error trouble = {0};
    bool is_event = cloud_event_decode(&event, message->payload, message->len, headers, &trouble);
    bool done = true;
    if (is_wanted(tail, event.type)) {
        json_t *line = describe(tail, message, &event, is_event ? NULL : trouble.text);
        done = line != NULL &&
               (option_given(tail->line, "json")
                    ? json_dumpf(line, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF
                    : print_text(line)) &&
               fflush(stdout) == 0;
        json_decref(line);
        tail->shown++;
        if (!done)
            error_set(error, "an event could not be written");
    }
    cloud_event_clear(&event);
    return done;
}

/* librdkafka connects again by itself; what no waiting mends ends the command. */
static bool check_trouble(const rd_kafka_message_t *message, struct error *error) {
    if (message->err != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED &&
        message->err != RD_KAFKA_RESP_ERR__FATAL)
        return true;
    return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s", rd_kafka_message_errstr(message));
}

static bool follow(struct tail *tail, struct error *error) {
    fprintf(stderr, "events of");
    for (size_t i = 0; i < tail->topic_count; i++)
        fprintf(stderr, "%s %s", i == 0 ? "" : ",", tail->topics[i]);
    fprintf(stderr, "; Ctrl-C ends\n");
    bool done = true;
    while (done && tail->shown < tail->limit && !interrupt_asked()) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(tail->link.client, POLL_MS);
        if (message == NULL)
            continue;
        done = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? show(tail, message, error)
                                                          : check_trouble(message, error);
        rd_kafka_message_destroy(message);
    }
    return done;
}

static bool run(const struct command_line *line, struct error *error) {
    struct tail tail = {.line = line};
    bool done = option_integer(line, "limit", 1, INT64_MAX, INT64_MAX, &tail.limit, error) &&
                mail_files_configure(&tail.files, line, error) && list_topics(&tail, error) &&
                event_display_load_schemas(&tail.schemas, tail.files.settings.schemas_folder, error);
    interrupt_watch();
    done = done && begin(&tail, error) && follow(&tail, error);
    if (tail.link.client != NULL)
        kafka_link_close(&tail.link);
    event_schemas_free(tail.schemas);
    mail_files_free(&tail.files);
    free(tail.topics);
    return done;
}

const struct command command_tail = {
    .name = "tail",
    .operands = "",
    .summary = "Show events as they come, secrets masked",
    .details =
        "Until Ctrl-C, or --limit. It is a member of no group, and commits nothing. Masked are the\n"
        "fields that the event's schema marks writeOnly, all data of an event without a schema, and the\n"
        "local parts of addresses.",
    .options = options,
    .run = run,
};
