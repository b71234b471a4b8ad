/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl dlq show: one dead letter whole, but for its secrets. */
#include "common/clock.h"
#include "dead_letter_reader.h"
#include "dead_letter_view.h"
#include "dlq_options.h"
#include "event_display.h"
#include "mail_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER, OPTION_DLQ_GROUP, OPTION_SCHEMAS, OPTION_JSON, {NULL, 0, NULL, NULL},
};

static bool read_operand(const char *name, const char *text, int64_t maximum, int64_t *value,
                         struct error *error) {
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *value < 0 || *value > maximum)
        return error_set_status(error, EXIT_STATUS_USAGE, "%s %s: not a whole number", name, text);
    return true;
}

static json_t *describe(const rd_kafka_message_t *message, const char *topic,
                        const struct event_schemas *schemas) {
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_timestamp_type_t type;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = NULL;
    struct dead_letter_view view;
    dead_letter_view_read(&view, message->payload, message->len, headers,
                          rd_kafka_message_timestamp(message, &type));
    char time[RFC3339_SIZE] = "";
    if (view.died_unix_ms >= 0)
        clock_format_rfc3339(view.died_unix_ms, time);
    json_t *event = view.is_event ? event_display_event(schemas, view.event.root) : json_null();
    json_t *root =
        json_pack("{s:s, s:i, s:I, s:s, s:o, s:o, s:I, s:o}", "topic", topic, "partition",
                  (int)message->partition, "offset", (json_int_t)message->offset, "time", time, "key",
                  event_display_bytes(message->key, message->key_len), "headers",
                  event_display_headers(headers), "value_bytes", (json_int_t)message->len, "event", event);
    if (root != NULL && !view.is_event &&
        json_object_set_new(root, "no_event_because", json_string(view.event_trouble.text)) != 0) {
        json_decref(root);
        root = NULL;
    }
    dead_letter_view_free(&view);
    return root;
}

static void print_line(const char *name, const json_t *value) {
    if (json_is_string(value))
        printf("%-32s %s\n", name, json_string_value(value));
    else if (json_is_integer(value))
        printf("%-32s %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
    else
        printf("%-32s -\n", name);
}

static bool print_text(const json_t *root) {
    static const char *const members[] = {"topic", "partition", "offset", "time", "key", "value_bytes"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        print_line(members[i], json_object_get(root, members[i]));
    putchar('\n');
    size_t index;
    json_t *header;
    json_array_foreach(json_object_get(root, "headers"), index, header)
        print_line(json_string_value(json_object_get(header, "name")), json_object_get(header, "value"));
    putchar('\n');
    const json_t *trouble = json_object_get(root, "no_event_because");
    if (trouble != NULL)
        return printf("no event: %s\n", json_string_value(trouble)) > 0;
    return json_dumpf(json_object_get(root, "event"), stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
}

static bool print(const struct command_line *line, const json_t *root, struct error *error) {
    bool done = root != NULL && (option_given(line, "json")
                                     ? json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF
                                     : print_text(root));
    return done || error_set(error, "the dead letter could not be written");
}

static bool show(const struct command_line *line, struct dead_letter_reader *reader,
                 const struct event_schemas *schemas, int64_t offset, struct error *error) {
    rd_kafka_message_t *message = NULL;
    enum dead_letter_next next;
    while ((next = dead_letter_reader_next(reader, &message, error)) == DEAD_LETTER_NONE_YET)
        continue;
    if (next == DEAD_LETTER_TROUBLE)
        return false;
    bool found = next == DEAD_LETTER_RECORD && message->offset == offset;
    json_t *root = found ? describe(message, reader->topic, schemas) : NULL;
    bool done = found ? print(line, root, error)
                      : error_set_status(error, EXIT_STATUS_USAGE, "%s has no record at the offset %lld",
                                         reader->topic, (long long)offset);
    json_decref(root);
    if (message != NULL)
        rd_kafka_message_destroy(message);
    return done;
}

static bool run(const struct command_line *line, struct error *error) {
    int64_t partition, offset;
    if (!read_operand("PARTITION", line->operands[0], INT32_MAX, &partition, error) ||
        !read_operand("OFFSET", line->operands[1], INT64_MAX - 1, &offset, error))
        return false;
    struct mail_files files = {0};
    struct event_schemas *schemas = NULL;
    struct dead_letter_reader reader = {.topic = NULL};
    bool done = mail_files_configure(&files, line, error) &&
                event_display_load_schemas(&schemas, files.settings.schemas_folder, error) &&
                dead_letter_reader_open(&reader, line, &files.settings, error) &&
                dead_letter_reader_look_at(&reader, (int32_t)partition, offset, error) &&
                show(line, &reader, schemas, offset, error);
    dead_letter_reader_close(&reader);
    event_schemas_free(schemas);
    mail_files_free(&files);
    return done;
}

const struct command command_dlq_show = {
    .name = "dlq show",
    .operands = "PARTITION OFFSET",
    .operand_count = 2,
    .summary = "Show one dead letter with its headers, secrets masked",
    .details =
        "Masked are the fields that the event's schema marks writeOnly, all data of an event without a\n"
        "schema, and the local parts of addresses. Of a value that is no event only the size is shown.",
    .options = options,
    .run = run,
};
