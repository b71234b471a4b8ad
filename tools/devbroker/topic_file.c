/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_file.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAXIMUM_TOPICS = 1000, MAXIMUM_PARTITIONS = 1000 };

static bool fail(char *message, size_t message_size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail(char *message, size_t message_size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, message_size, format, arguments);
    va_end(arguments);
    return false;
}

/* Kafka's own rule for names. */
static bool name_is_legal(const char *name) {
    const char *legal = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);
    return length > 0 && length <= 249 && strspn(name, legal) == length && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

static bool read_topic(struct topic *topic, json_t *item, size_t index, char *message, size_t message_size) {
    const char *name = NULL;
    int partitions = 0;
    int replication_factor = 1;
    json_error_t error;

    if (json_unpack_ex(item, &error, 0, "{s:s, s:i, s?i}", "name", &name, "partitions", &partitions,
                       "replication_factor", &replication_factor) != 0)
        return fail(message, message_size, "topic %zu: %s", index + 1, error.text);
    if (!name_is_legal(name))
        return fail(message, message_size, "topic %zu: '%.60s' cannot be a topic's name", index + 1, name);
    if (partitions < 1 || partitions > MAXIMUM_PARTITIONS)
        return fail(message, message_size, "topic %s: partitions must be 1 to %d", name, MAXIMUM_PARTITIONS);
    if (replication_factor < 1)
        return fail(message, message_size, "topic %s: replication_factor must be at least 1", name);

    topic->name = strdup(name);
    topic->partitions = partitions;
    topic->replication_factor = replication_factor;
    return topic->name != NULL || fail(message, message_size, "out of memory");
}

static bool read_topics(struct topic_file *file, json_t *root, char *message, size_t message_size) {
    json_t *list = json_object_get(root, "topics");
    size_t count = json_array_size(list);
    if (count == 0 || count > MAXIMUM_TOPICS)
        return fail(message, message_size, "\"topics\" must be a list of 1 to %d topics", MAXIMUM_TOPICS);

    file->topics = calloc(count, sizeof *file->topics);
    if (file->topics == NULL)
        return fail(message, message_size, "out of memory");
    for (size_t i = 0; i < count; i++) {
        file->count = i + 1;
        if (!read_topic(&file->topics[i], json_array_get(list, i), i, message, message_size))
            return false;
    }
    return true;
}

bool topic_file_read(struct topic_file *file, const char *path, char *message, size_t message_size) {
    json_error_t error;
    char reason[300] = "";

    memset(file, 0, sizeof *file);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        if (error.line > 0)
            return fail(message, message_size, "%s, line %d: %s", path, error.line, error.text);
        return fail(message, message_size, "%s", error.text);
    }
    bool ok = read_topics(file, root, reason, sizeof reason);
    json_decref(root);
    if (!ok) {
        topic_file_free(file);
        return fail(message, message_size, "%s: %s", path, reason);
    }
    return true;
}

void topic_file_free(struct topic_file *file) {
    for (size_t i = 0; i < file->count; i++)
        free(file->topics[i].name);
    free(file->topics);
    memset(file, 0, sizeof *file);
}
