/* SPDX-License-Identifier: Apache-2.0 */
#include "suppression_topic.h"

#include "common/clock.h"
#include "common/kafka_properties.h"
#include "delivery/suppression_record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTITION 0
#define SILENCE_MS KAFKA_LINK_TIMEOUT_MS

/* --- opening --- */

static void make_name(struct suppression_topic *topic, const struct command_line *line) {
    const char *group = option_value(line, "group");
    if (group == NULL)
        group = getenv("KAFKA_GROUP_ID");
    if (group == NULL || *group == '\0')
        group = "email";
    snprintf(topic->name, sizeof topic->name, "%.200s.suppression", group);
}

static bool check_topic(const struct suppression_topic *topic, const struct rd_kafka_metadata *metadata,
                        struct error *error) {
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, topic->name) != 0)
            continue;
        return metadata->topics[i].partition_cnt == 1 ||
               error_set_status(error, EXIT_STATUS_CONFIG, "the topic %s has %d partitions: it must have one",
                                topic->name, metadata->topics[i].partition_cnt);
    }
    return error_set_status(
        error, EXIT_STATUS_UNAVAILABLE,
        "there is no topic %s (create it with: notifyctl topics apply deploy/topics.json)", topic->name);
}

bool suppression_topic_open(struct suppression_topic *topic, const struct command_line *line,
                            struct error *error) {
    const struct rd_kafka_metadata *metadata = NULL;
    make_name(topic, line);
    if (!kafka_link_open(&topic->link, line, NULL, error))
        return false;
    bool done = kafka_link_metadata(&topic->link, 1, 10000, &metadata, error);
    if (done) {
        done = check_topic(topic, metadata, error);
        rd_kafka_metadata_destroy(metadata);
    }
    if (!done)
        suppression_topic_close(topic);
    return done;
}

void suppression_topic_close(struct suppression_topic *topic) {
    kafka_link_close(&topic->link);
}

/* A client that is configured as the link's, and by name, value, … besides. */
static rd_kafka_t *client_like(const struct kafka_link *link, rd_kafka_type_t type,
                               const char *const *properties,
                               void (*reported)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                               struct error *error) {
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(rd_kafka_conf(link->client));
    for (; *properties != NULL; properties += 2) {
        if (!kafka_properties_set(conf, properties[0], properties[1], error)) {
            rd_kafka_conf_destroy(conf);
            return NULL;
        }
    }
    if (reported != NULL)
        rd_kafka_conf_set_dr_msg_cb(conf, reported);
    char reason[256];
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        error_set_status(error, EXIT_STATUS_CONFIG, "%s", reason);
    }
    return client;
}

/* --- reading --- */

/* What cannot be read the worker passes over, too. False: no memory. */
static bool note(json_t *entries, const rd_kafka_message_t *message) {
    char key[SUPPRESSION_KEY_TEXT_SIZE], until[RFC3339_SIZE];
    struct suppression_record record;
    struct error ignored = {0};
    if (!suppression_record_decode(&record, message->key, message->key_len, message->payload, message->len,
                                   &ignored))
        return true;
    suppression_key_text(&record.key, key);
    (void)json_object_del(entries, key); /* it may not be there */
    int64_t end = record.time_unix_ms + SUPPRESSION_LIFE_MS;
    bool done = true;
    if (record.root != NULL && end > clock_unix_ms()) {
        clock_format_rfc3339(end, until);
        json_t *entry = json_pack("{s:s, s:s, s:O, s:s}", "address", record.address, "reason", record.reason,
                                  "time", json_object_get(record.root, "time"), "until", until);
        done = json_object_set_new(entries, key, entry) == 0;
    }
    suppression_record_clear(&record);
    return done;
}

static bool read_to_end(rd_kafka_topic_t *handle, json_t *entries, struct error *error) {
    for (;;) {
        rd_kafka_message_t *message = rd_kafka_consume(handle, PARTITION, SILENCE_MS);
        if (message == NULL)
            return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s: no answer",
                                    rd_kafka_topic_name(handle));
        rd_kafka_resp_err_t code = message->err;
        bool kept = code != RD_KAFKA_RESP_ERR_NO_ERROR || note(entries, message);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__PARTITION_EOF)
            error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s: %s", rd_kafka_topic_name(handle),
                             rd_kafka_message_errstr(message));
        rd_kafka_message_destroy(message);
        if (!kept)
            return error_set(error, "out of memory");
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return code == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    }
}

static bool read_partition(rd_kafka_t *reader, const char *name, json_t *entries, struct error *error) {
    rd_kafka_topic_t *handle = rd_kafka_topic_new(reader, name, NULL);
    if (handle == NULL || rd_kafka_consume_start(handle, PARTITION, RD_KAFKA_OFFSET_BEGINNING) != 0) {
        error_set(error, "%s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
        if (handle != NULL)
            rd_kafka_topic_destroy(handle);
        return false;
    }
    bool done = read_to_end(handle, entries, error);
    rd_kafka_consume_stop(handle, PARTITION);
    rd_kafka_topic_destroy(handle);
    return done;
}

json_t *suppression_topic_read(struct suppression_topic *topic, struct error *error) {
    static const char *const properties[] = {
        "enable.partition.eof", "true", "enable.auto.commit", "false", "auto.commit.enable", "false", NULL};
    json_t *entries = json_object();
    if (entries == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    rd_kafka_t *reader = client_like(&topic->link, RD_KAFKA_CONSUMER, properties, NULL, error);
    bool done = reader != NULL && read_partition(reader, topic->name, entries, error);
    if (reader != NULL)
        rd_kafka_destroy(reader);
    if (done)
        return entries;
    json_decref(entries);
    return NULL;
}

/* --- writing --- */

struct report {
    bool is_made;
    rd_kafka_resp_err_t code;
};

static void keep_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client;
    (void)opaque;
    struct report *report = message->_private;
    *report = (struct report){.is_made = true, .code = message->err};
}

static bool produce(rd_kafka_t *writer, const char *name, const char *key, const char *value,
                    struct report *report, struct error *error) {
    size_t size = value == NULL ? 0 : strlen(value);
    rd_kafka_headers_t *headers = suppression_headers();
    if (headers == NULL)
        return error_set(error, "out of memory");
    rd_kafka_resp_err_t code =
        rd_kafka_producev(writer, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_PARTITION(PARTITION),
                          RD_KAFKA_V_KEY((void *)key, strlen(key)), RD_KAFKA_V_VALUE((void *)value, size),
                          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_OPAQUE(report), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    rd_kafka_headers_destroy(headers);
    return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s: %s", name, rd_kafka_err2str(code));
}

static bool produce_and_wait(rd_kafka_t *writer, const char *name, const char *key, const char *value,
                             struct error *error) {
    struct report report = {0};
    if (!produce(writer, name, key, value, &report, error))
        return false;
    (void)rd_kafka_flush(writer, KAFKA_LINK_TIMEOUT_MS); /* the report tells how it ended */
    if (report.is_made && report.code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s: %s", name,
                     report.is_made ? rd_kafka_err2str(report.code) : "no answer");
    rd_kafka_purge(writer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_flush(writer, 1000); /* report is this function's: none may come after it */
    return false;
}

bool suppression_topic_write(struct suppression_topic *topic, const char *address, const char *reason,
                             int64_t time_unix_ms, struct error *error) {
    static const char *const properties[] = {"acks", "all", "enable.idempotence", "true", NULL};
    struct suppression_key key;
    char key_text[SUPPRESSION_KEY_TEXT_SIZE];
    if (!suppression_key_of(&key, address))
        return error_set(error, "no digest could be made");
    suppression_key_text(&key, key_text);
    char *value = reason == NULL ? NULL : suppression_record_encode(address, reason, time_unix_ms);
    if (reason != NULL && value == NULL)
        return error_set(error, "out of memory");
    rd_kafka_t *writer = client_like(&topic->link, RD_KAFKA_PRODUCER, properties, keep_report, error);
    bool done = writer != NULL && produce_and_wait(writer, topic->name, key_text, value, error);
    if (writer != NULL)
        rd_kafka_destroy(writer);
    free(value);
    return done;
}

/* --- people --- */

void suppression_printable(const char *text, char *out, size_t size) {
    snprintf(out, size, "%s", text);
    for (; *out != '\0'; out++)
        if ((unsigned char)*out < ' ' || *out == 0x7F)
            *out = '?';
}

void suppression_cell(struct table *table, const char *text) {
    char printable[1024];
    suppression_printable(text, printable, sizeof printable);
    table_cell(table, "%s", printable);
}

bool suppression_address(const struct command_line *line, struct mail_address *address, struct error *error) {
    const char *text = line->operands[0];
    enum mail_address_verdict verdict = mail_address_parse(text, strlen(text), address);
    return verdict == MAIL_ADDRESS_OK ||
           error_set_status(error, EXIT_STATUS_USAGE, "the address %s", mail_address_verdict_text(verdict));
}
