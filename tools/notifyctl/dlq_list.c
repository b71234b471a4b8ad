/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl dlq list: what there is, without what the events hold. */
#include "common/clock.h"
#include "dead_letter_reader.h"
#include "dlq_options.h"
#include "event_display.h"
#include "mail_files.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    OPTION_DLQ_GROUP,
    OPTION_DLQ_FILTER,
    {"limit", 'n', "N", "at most so many"},
    {"all", 'a', NULL, "also what was redriven, as long as Kafka keeps it"},
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

struct listing {
    const struct command_line *line;
    struct dead_letter_filter filter;
    int64_t limit, count;
    int64_t now_unix_ms;
    struct table table;
    json_t *items; /* NULL: a table */
};

static json_t *text_or_null(const char *text) {
    return text == NULL ? json_null() : event_display_bytes(text, strlen(text));
}

static bool add_item(struct listing *listing, const rd_kafka_message_t *message,
                     const struct dead_letter_view *view, struct error *error) {
    char time[RFC3339_SIZE] = "";
    if (view->died_unix_ms >= 0)
        clock_format_rfc3339(view->died_unix_ms, time);
    json_t *item =
        json_pack("{s:i, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "partition",
                  (int)message->partition, "offset", (json_int_t)message->offset, "time", time, "reason",
                  text_or_null(view->reason), "message", text_or_null(view->message), "mail",
                  text_or_null(view->mail), "template", text_or_null(view->template_name), "type",
                  text_or_null(view->event.type), "event", text_or_null(view->event.id), "original_topic",
                  text_or_null(view->original_topic), "replay_count", (json_int_t)view->replay_count);
    return json_array_append_new(listing->items, item) == 0 || error_set(error, "out of memory");
}

static void masked_cell(struct table *table, const char *text) {
    json_t *shown = text_or_null(text);
    table_cell(table, "%s", json_is_string(shown) ? json_string_value(shown) : "-");
    json_decref(shown);
}

static void add_row(struct listing *listing, const rd_kafka_message_t *message,
                    const struct dead_letter_view *view) {
    char time[RFC3339_SIZE] = "-";
    if (view->died_unix_ms >= 0)
        clock_format_rfc3339(view->died_unix_ms, time);
    table_cell(&listing->table, "%d", (int)message->partition);
    table_cell(&listing->table, "%lld", (long long)message->offset);
    table_cell(&listing->table, "%s", time);
    masked_cell(&listing->table, view->reason);
    masked_cell(&listing->table, view->template_name);
    masked_cell(&listing->table, view->original_topic);
    masked_cell(&listing->table, view->event.id);
    table_cell(&listing->table, "%lld", (long long)view->replay_count);
}

static bool add(struct listing *listing, const rd_kafka_message_t *message, struct error *error) {
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_timestamp_type_t type;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = NULL;
    struct dead_letter_view view;
    dead_letter_view_read(&view, message->payload, message->len, headers,
                          rd_kafka_message_timestamp(message, &type));
    bool done = true;
    if (dead_letter_filter_matches(&listing->filter, &view, listing->now_unix_ms)) {
        listing->count++;
        if (listing->items != NULL)
            done = add_item(listing, message, &view, error);
        else
            add_row(listing, message, &view);
    }
    dead_letter_view_free(&view);
    return done;
}

static bool collect(struct listing *listing, struct dead_letter_reader *reader, struct error *error) {
    while (listing->count < listing->limit) {
        rd_kafka_message_t *message = NULL;
        switch (dead_letter_reader_next(reader, &message, error)) {
        case DEAD_LETTER_RECORD: {
            bool added = add(listing, message, error);
            rd_kafka_message_destroy(message);
            if (!added)
                return false;
            break;
        }
        case DEAD_LETTER_NONE_YET:
            break;
        case DEAD_LETTER_END:
            return true;
        case DEAD_LETTER_TROUBLE:
            return false;
        }
    }
    return true;
}

static bool print(const struct listing *listing, const struct dead_letter_reader *reader,
                  struct error *error) {
    if (listing->items == NULL)
        return table_print(&listing->table, stdout, table_may_style(stdout)) ||
               error_set(error, "out of memory");
    json_t *root = json_pack("{s:s, s:O}", "topic", reader->topic, "dead_letters", listing->items);
    bool done = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

static bool list(struct listing *listing, struct mail_files *files, struct error *error) {
    struct dead_letter_reader reader;
    bool done = dead_letter_reader_open(&reader, listing->line, &files->settings, error) &&
                dead_letter_reader_look(&reader, option_given(listing->line, "all"), error) &&
                collect(listing, &reader, error) && print(listing, &reader, error);
    dead_letter_reader_close(&reader);
    return done;
}

static bool run(const struct command_line *line, struct error *error) {
    static const struct table_column columns[] = {{"PARTITION", true}, {"OFFSET", true},    {"TIME", false},
                                                  {"REASON", false},   {"TEMPLATE", false}, {"TOPIC", false},
                                                  {"EVENT", false},    {"REPLAYED", true},  {NULL, false}};
    struct listing listing = {.line = line, .now_unix_ms = clock_unix_ms()};
    struct mail_files files = {0};
    table_begin(&listing.table, columns);
    if (option_given(line, "json"))
        listing.items = json_array();
    bool done = option_integer(line, "limit", 1, INT64_MAX, INT64_MAX, &listing.limit, error) &&
                dlq_filter_read(&listing.filter, line, error) && mail_files_configure(&files, line, error) &&
                list(&listing, &files, error);
    mail_files_free(&files);
    json_decref(listing.items);
    table_free(&listing.table);
    return done;
}

const struct command command_dlq_list = {
    .name = "dlq list",
    .operands = "",
    .summary = "List a group's dead letters that were not redriven",
    .details = DLQ_FILTER_DETAILS "\n  notifyctl dlq list --filter reason=gave-up --filter older-than=1h",
    .options = options,
    .run = run,
};
