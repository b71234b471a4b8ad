/* SPDX-License-Identifier: Apache-2.0 */
#include "publish_event.h"
#include "common/text_buffer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAIL_TYPE "com.example.notification.requested.v1"
#define DATA_MAX (8 * 1024 * 1024) /* a bound for a mistaken file; Kafka's own limit is about 1 MB */

const char *publish_topic_of_type(const char *type) {
    static const struct {
        const char *prefix, *topic;
    } topics[] = {
        {"com.example.user.", "users"},
        {"com.example.order.", "orders"},
        {"com.example.inventory.", "inventory"},
        {"com.example.notification.requested.", "notifications"},
    };
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strncmp(type, topics[i].prefix, strlen(topics[i].prefix)) == 0)
            return topics[i].topic;
    }
    return NULL;
}

static bool fail(struct error *error) {
    return error_set_status(error, EXIT_STATUS_USAGE, "%s", notify_client_last_error_text());
}

static bool is_mail(const struct command_line *line) {
    return option_given(line, "template") || option_given(line, "recipient") ||
           option_given(line, "locale") || option_given(line, "variable");
}

static bool set_variable(notify_event *event, const char *text, struct error *error) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return error_set_status(error, EXIT_STATUS_USAGE, "--variable %s: not NAME=VALUE", text);
    char *path = NULL;
    if (asprintf(&path, "variables.%.*s", (int)(equals - text), text) < 0)
        return error_set(error, "out of memory");
    bool done = notify_event_set_string(event, path, equals + 1) == NOTIFY_OK || fail(error);
    free(path);
    return done;
}

static bool set_mail(notify_event *event, const struct command_line *line, struct error *error) {
    static const char *const members[] = {"template", "recipient", "locale"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *value = option_value(line, members[i]);
        if (value != NULL && notify_event_set_string(event, members[i], value) != NOTIFY_OK)
            return fail(error);
    }
    for (size_t i = 0; i < line->given_count; i++) {
        if (strcmp(line->given[i].option->name, "variable") == 0 &&
            !set_variable(event, line->given[i].value, error))
            return false;
    }
    return true;
}

static bool read_all(FILE *file, const char *name, struct text_buffer *buffer, struct error *error) {
    size_t size;
    do {
        char *room = text_buffer_reserve(buffer, 65536);
        if (room == NULL)
            return error_set(error, "out of memory");
        size = fread(room, 1, 65536, file);
        buffer->size += size;
    } while (size > 0 && buffer->size <= DATA_MAX);
    if (ferror(file))
        return error_set_status(error, EXIT_STATUS_USAGE, "%s: %s", name, strerror(errno));
    if (buffer->size > DATA_MAX)
        return error_set_status(error, EXIT_STATUS_USAGE, "%s: more than %d bytes", name, DATA_MAX);
    return true;
}

static bool set_data_from_file(notify_event *event, const char *path, struct error *error) {
    bool is_standard_input = strcmp(path, "-") == 0;
    FILE *file = is_standard_input ? stdin : fopen(path, "re");
    if (file == NULL)
        return error_set_status(error, EXIT_STATUS_USAGE, "%s: %s", path, strerror(errno));
    struct text_buffer buffer = TEXT_BUFFER_EMPTY;
    bool done = read_all(file, is_standard_input ? "standard input" : path, &buffer, error);
    if (done)
        done = notify_event_set_data_json(event, buffer.bytes, buffer.size) == NOTIFY_OK || fail(error);
    text_buffer_free(&buffer);
    if (!is_standard_input)
        fclose(file);
    return done;
}

static bool set_data(notify_event *event, const struct command_line *line, struct error *error) {
    const char *data = option_value(line, "data"), *path = option_value(line, "data-file");
    if ((data != NULL) + (path != NULL) + is_mail(line) > 1)
        return error_set_status(
            error, EXIT_STATUS_USAGE,
            "give the data by --data, by --data-file or as a mail, not by several of them");
    if (is_mail(line))
        return set_mail(event, line, error);
    if (data != NULL)
        return notify_event_set_data_json(event, data, strlen(data)) == NOTIFY_OK || fail(error);
    return set_data_from_file(event, path != NULL ? path : "-", error);
}

static bool set_attributes(notify_event *event, const struct command_line *line, struct error *error) {
    static const struct {
        const char *option;
        enum notify_error (*set)(notify_event *, const char *);
    } attributes[] = {
        {"source", notify_event_set_source},
        {"subject", notify_event_set_subject},
        {"key", notify_event_set_key},
        {"id", notify_event_set_id},
    };
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        const char *value = option_value(line, attributes[i].option);
        if (value != NULL && attributes[i].set(event, value) != NOTIFY_OK)
            return fail(error);
    }
    return true;
}

bool publish_event_make(const struct command_line *line, notify_event **event_out, const char **topic_out,
                        struct error *error) {
    const char *type = option_value(line, "type");
    if (type == NULL && is_mail(line))
        type = MAIL_TYPE;
    if (type == NULL)
        return error_set_status(error, EXIT_STATUS_USAGE,
                                "--type is missing (or --template and --recipient)");
    const char *topic = option_value(line, "topic");
    if (topic == NULL)
        topic = publish_topic_of_type(type);
    if (topic == NULL)
        return error_set_status(error, EXIT_STATUS_USAGE, "no topic belongs to the type %s: give --topic",
                                type);
    *topic_out = topic;
    if (notify_event_new(event_out, type) != NOTIFY_OK)
        return fail(error);
    return set_attributes(*event_out, line, error) && set_data(*event_out, line, error);
}
