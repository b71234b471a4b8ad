/* SPDX-License-Identifier: Apache-2.0 */
#include "dead_letter.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPRING "kafka_dlt-"
#define ORIGINAL_TOPIC SPRING "original-topic"
#define ORIGIN_SIZE_MOST 255 /* a topic's name and a group's are no longer */
#define EXCEPTION_CLASS "com.example.notify."

/* --- reading --- */

static bool header_copy(const rd_kafka_headers_t *headers, const char *name, char *out, size_t out_size,
                        bool *found) {
    const void *value = NULL;
    size_t size = 0;
    *found = headers != NULL &&
             rd_kafka_header_get_last(headers, name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR &&
             value != NULL;
    if (!*found)
        return true;
    if (size >= out_size || memchr(value, '\0', size) != NULL)
        return false;
    memcpy(out, value, size);
    out[size] = '\0';
    return true;
}

static bool header_number(const rd_kafka_headers_t *headers, const char *name, int64_t *number, bool *found) {
    char text[24], *end = NULL;
    if (!header_copy(headers, name, text, sizeof text, found))
        return false;
    if (!*found)
        return true;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 0)
        return false;
    *number = value;
    return true;
}

bool retry_state_read(struct retry_state *state, const rd_kafka_headers_t *headers) {
    *state = (struct retry_state){0};
    int64_t attempts = 0;
    bool found = false, found_first = false, found_due = false, found_mail = false;
    if (!header_number(headers, HEADER_ATTEMPT, &attempts, &found) || attempts > 1000000 ||
        !header_number(headers, HEADER_FIRST_ATTEMPT, &state->first_attempt_unix_ms, &found_first) ||
        !header_number(headers, HEADER_DUE, &state->due_unix_ms, &found_due) ||
        !header_copy(headers, HEADER_MAIL, state->mail, sizeof state->mail, &found_mail))
        return false;
    state->attempts = (unsigned)attempts;
    return found == found_first;
}

/* --- writing --- */

/* A list that remembers a failure, so that the writer asks once. */
struct header_writer {
    rd_kafka_headers_t *headers;
    bool failed;
};

static void write_bytes(struct header_writer *writer, const char *name, const void *value, size_t size) {
    (void)rd_kafka_header_remove(writer->headers, name);
    if (rd_kafka_header_add(writer->headers, name, -1, value, (ssize_t)size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        writer->failed = true;
}

static void write_text(struct header_writer *writer, const char *name, const char *text) {
    write_bytes(writer, name, text, strlen(text));
}

static void write_decimal(struct header_writer *writer, const char *name, int64_t number) {
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    write_text(writer, name, text);
}

static void write_int32(struct header_writer *writer, const char *name, int32_t number) {
    uint32_t bytes = htobe32((uint32_t)number);
    write_bytes(writer, name, &bytes, sizeof bytes);
}

static void write_int64(struct header_writer *writer, const char *name, int64_t number) {
    uint64_t bytes = htobe64((uint64_t)number);
    write_bytes(writer, name, &bytes, sizeof bytes);
}

static const char *timestamp_type_name(rd_kafka_timestamp_type_t type) {
    switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME:
        return "CreateTime";
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
        return "LogAppendTime";
    default:
        return "NoTimestampType";
    }
}

/* What a hop before has said of where the record was first read: in a bare dead letter nothing else is left
 * of the original's headers, which may be anybody's and of any size. */
static void copy_origin(struct header_writer *writer, const rd_kafka_headers_t *present) {
    static const char *const names[] = {
        ORIGINAL_TOPIC,
        SPRING "original-partition",
        SPRING "original-offset",
        SPRING "original-timestamp",
        SPRING "original-timestamp-type",
        SPRING "original-consumer-group",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const void *value = NULL;
        size_t size = 0;
        if (rd_kafka_header_get_last(present, names[i], &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR &&
            value != NULL && size <= ORIGIN_SIZE_MOST)
            write_bytes(writer, names[i], value, size);
    }
}

/* Where the record was first read, unless a hop before has said it. */
static void write_origin(struct header_writer *writer, const rd_kafka_message_t *original,
                         const char *group_id) {
    const void *value = NULL;
    size_t size = 0;
    if (rd_kafka_header_get_last(writer->headers, ORIGINAL_TOPIC, &value, &size) ==
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t timestamp = rd_kafka_message_timestamp(original, &type);
    write_text(writer, ORIGINAL_TOPIC, rd_kafka_topic_name(original->rkt));
    write_int32(writer, SPRING "original-partition", original->partition);
    write_int64(writer, SPRING "original-offset", original->offset);
    write_int64(writer, SPRING "original-timestamp", timestamp);
    write_text(writer, SPRING "original-timestamp-type", timestamp_type_name(type));
    write_text(writer, SPRING "original-consumer-group", group_id);
}

static struct header_writer begin(const rd_kafka_message_t *original, const char *group_id, bool is_bare) {
    rd_kafka_headers_t *present = NULL;
    struct header_writer writer = {.headers = NULL, .failed = false};
    bool has_some =
        rd_kafka_message_headers(original, &present) == RD_KAFKA_RESP_ERR_NO_ERROR && present != NULL;
    writer.headers = has_some && !is_bare ? rd_kafka_headers_copy(present) : rd_kafka_headers_new(16);
    if (writer.headers == NULL) {
        writer.failed = true;
        return writer;
    }
    if (has_some && is_bare)
        copy_origin(&writer, present);
    write_origin(&writer, original, group_id);
    return writer;
}

static rd_kafka_headers_t *finish(struct header_writer *writer) {
    if (!writer->failed)
        return writer->headers;
    if (writer->headers != NULL)
        rd_kafka_headers_destroy(writer->headers);
    return NULL;
}

rd_kafka_headers_t *retry_headers(const rd_kafka_message_t *original, const char *group_id,
                                  const struct retry_state *state) {
    struct header_writer writer = begin(original, group_id, false);
    if (writer.headers != NULL) {
        write_text(&writer, HEADER_MAIL, state->mail);
        write_decimal(&writer, HEADER_ATTEMPT, state->attempts);
        write_decimal(&writer, HEADER_FIRST_ATTEMPT, state->first_attempt_unix_ms);
        write_decimal(&writer, HEADER_DUE, state->due_unix_ms);
    }
    return finish(&writer);
}

/* "permanent-failure" → "com.example.notify.PermanentFailure": Spring's tools group by the exception's class.
 */
static void write_exception_class(struct header_writer *writer, const char *reason) {
    char name[128] = EXCEPTION_CLASS;
    size_t size = strlen(name);
    bool upper = true;
    for (const char *next = reason; *next != '\0' && size + 1 < sizeof name; next++) {
        if (*next == '-') {
            upper = true;
            continue;
        }
        name[size++] = (char)(upper && *next >= 'a' && *next <= 'z' ? *next - 'a' + 'A' : *next);
        upper = false;
    }
    name[size] = '\0';
    write_text(writer, SPRING "exception-fqcn", name);
    write_text(writer, SPRING "exception-cause-fqcn", name);
}

rd_kafka_headers_t *dead_letter_headers(const rd_kafka_message_t *original, const char *group_id,
                                        const struct dead_letter *dead_letter) {
    struct header_writer writer = begin(original, group_id, dead_letter->is_bare);
    if (writer.headers != NULL) {
        write_text(&writer, HEADER_REASON, dead_letter->reason);
        if (dead_letter->mail != NULL)
            write_text(&writer, HEADER_MAIL, dead_letter->mail);
        if (dead_letter->template_name != NULL)
            write_text(&writer, HEADER_TEMPLATE, dead_letter->template_name);
        if (dead_letter->past->attempts > 0) {
            write_decimal(&writer, HEADER_ATTEMPT, dead_letter->past->attempts);
            write_decimal(&writer, HEADER_FIRST_ATTEMPT, dead_letter->past->first_attempt_unix_ms);
        }
        (void)rd_kafka_header_remove(writer.headers, HEADER_DUE);
        if (dead_letter->is_without_value)
            write_decimal(&writer, HEADER_OVERSIZE, (int64_t)original->len);
        write_exception_class(&writer, dead_letter->reason);
        write_text(&writer, SPRING "exception-message", dead_letter->message);
        write_text(&writer, SPRING "exception-stacktrace", "");
        write_int32(&writer, "retry_topic-attempts", (int32_t)dead_letter->past->attempts);
    }
    return finish(&writer);
}

/* --- redriving --- */

int64_t oversize_read(const rd_kafka_headers_t *headers) {
    int64_t size = 0;
    bool found = false;
    return header_number(headers, HEADER_OVERSIZE, &size, &found) && found ? size : -1;
}

int64_t replay_count_read(const rd_kafka_headers_t *headers) {
    int64_t count = 0;
    bool found = false;
    return header_number(headers, HEADER_REPLAY_COUNT, &count, &found) && found ? count : 0;
}

rd_kafka_headers_t *redrive_headers(const rd_kafka_headers_t *dead_letter, int64_t now_unix_ms) {
    static const char *const of_its_death[] = {
        HEADER_REASON,
        HEADER_DUE,
        SPRING "exception-fqcn",
        SPRING "exception-cause-fqcn",
        SPRING "exception-message",
        SPRING "exception-stacktrace",
        "retry_topic-attempts",
    };
    int64_t count = replay_count_read(dead_letter);
    struct header_writer writer = {.headers = dead_letter != NULL ? rd_kafka_headers_copy(dead_letter)
                                                                  : rd_kafka_headers_new(4)};
    if (writer.headers == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof of_its_death / sizeof of_its_death[0]; i++)
        (void)rd_kafka_header_remove(writer.headers, of_its_death[i]);
    write_decimal(&writer, HEADER_ATTEMPT, 1);
    write_decimal(&writer, HEADER_FIRST_ATTEMPT, now_unix_ms);
    write_decimal(&writer, HEADER_REPLAY_COUNT, count < INT64_MAX ? count + 1 : count);
    return finish(&writer);
}
