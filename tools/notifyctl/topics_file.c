/* SPDX-License-Identifier: Apache-2.0 */
#include "topics_file.h"

#include "common/topic_name.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define TOPICS_MAX 10000
#define PARTITIONS_MAX 100000 /* beyond what a cluster bears: certainly a slip of the finger */
#define REPLICATION_MAX 100

static bool refuse_unknown_members(const json_t *object, const char *const *known, struct error *error) {
    const char *member;
    json_t *value;
    json_object_foreach((json_t *)object, member, value) {
        bool found = false;
        for (const char *const *name = known; *name != NULL; name++)
            found = found || strcmp(member, *name) == 0;
        if (!found)
            return error_set_status(error, EXIT_STATUS_CONFIG, "unknown member \"%s\"", member);
    }
    return true;
}

static bool read_number(const json_t *object, const char *member, int maximum, int *number_out,
                        struct error *error) {
    const json_t *value = json_object_get(object, member);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || number > maximum)
        return error_set_status(error, EXIT_STATUS_CONFIG, "\"%s\" is not a whole number from 1 to %d",
                                member, maximum);
    *number_out = (int)number;
    return true;
}

static bool read_configs(struct topic *topic, const json_t *object, struct error *error) {
    const json_t *configs = json_object_get(object, "config");
    if (configs == NULL)
        return true;
    if (!json_is_object(configs))
        return error_set_status(error, EXIT_STATUS_CONFIG, "\"config\" is not an object");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)configs, name, value) {
        if (!json_is_string(value))
            return error_set_status(error, EXIT_STATUS_CONFIG, "config \"%s\" is not a string", name);
        if (!topic_add_config(topic, name, json_string_value(value), false))
            return error_set(error, "out of memory");
    }
    return true;
}

static bool read_topic(struct topic *topic, const json_t *object, struct error *error) {
    static const char *const known[] = {"name", "partitions", "replication_factor", "config", NULL};
    const json_t *name = json_object_get(object, "name");
    if (!json_is_string(name) || !topic_name_is_legal(json_string_value(name)))
        return error_set_status(error, EXIT_STATUS_CONFIG, "\"name\" is not a topic's name: %s",
                                TOPIC_NAME_RULE);
    topic->name = strdup(json_string_value(name));
    if (topic->name == NULL)
        return error_set(error, "out of memory");
    return (refuse_unknown_members(object, known, error) &&
            read_number(object, "partitions", PARTITIONS_MAX, &topic->partitions, error) &&
            read_number(object, "replication_factor", REPLICATION_MAX, &topic->replication_factor, error) &&
            read_configs(topic, object, error)) ||
           error_prefix(error, "topic %s", topic->name);
}

static bool read_list(struct topic_list *list, const json_t *root, struct error *error) {
    static const char *const known[] = {"topics", "$schema", NULL};
    const json_t *topics = json_object_get(root, "topics");
    size_t count = json_array_size(topics);
    if (count == 0 || count > TOPICS_MAX)
        return error_set_status(error, EXIT_STATUS_CONFIG, "\"topics\" is not an array of 1 to %d topics",
                                TOPICS_MAX);
    if (!refuse_unknown_members(root, known, error))
        return false;
    list->topics = calloc(count, sizeof *list->topics);
    if (list->topics == NULL)
        return error_set(error, "out of memory");
    for (size_t i = 0; i < count; i++) {
        struct topic topic = {0};
        bool done = read_topic(&topic, json_array_get(topics, i), error);
        bool doubled = done && topic_list_find(list, topic.name) != NULL;
        if (topic.name != NULL)
            list->topics[list->count++] = topic;
        if (doubled)
            return error_set_status(error, EXIT_STATUS_CONFIG, "topic %s is listed twice", topic.name);
        if (!done)
            return topic.name == NULL ? error_prefix(error, "topic %zu", i + 1) : false;
    }
    return true;
}

bool topics_file_read(struct topic_list *list, const char *path, struct error *error) {
    *list = (struct topic_list){0};
    json_error_t parse_error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &parse_error);
    if (root == NULL && parse_error.line > 0)
        return error_set_status(error, EXIT_STATUS_CONFIG, "%s:%d: %s", path, parse_error.line,
                                parse_error.text);
    if (root == NULL)
        return error_set_status(error, EXIT_STATUS_CONFIG, "%s", parse_error.text);
    bool done = read_list(list, root, error);
    json_decref(root);
    if (!done) {
        topic_list_free(list);
        return error_prefix(error, "%s", path);
    }
    return true;
}
