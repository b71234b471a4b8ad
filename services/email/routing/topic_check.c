/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_check.h"

#include "delivery/status_event.h"
#include <string.h>

static void check_one(const char *name, const char *purpose, topic_finder find, void *data, const char *where,
                      struct problem_list *problems) {
    if (!find(data, name))
        problem_add(problems, "%s: there is no topic %s (%s)", where, name, purpose);
}

void topic_check(const struct email_settings *settings, topic_finder find, void *data, const char *where,
                 struct problem_list *problems) {
    for (size_t i = 0; i < settings->topics.count; i++)
        check_one(settings->topics.items[i], "EMAIL_TOPICS", find, data, where, problems);
    for (size_t i = 0; i < settings->retry_topics.count; i++)
        check_one(settings->retry_topics.items[i], "EMAIL_RETRY_DELAYS", find, data, where, problems);
    check_one(settings->dead_letter_topic, "dead letters", find, data, where, problems);
    check_one(settings->suppression_topic, "suppressed addresses", find, data, where, problems);
    check_one(STATUS_TOPIC, "statuses", find, data, where, problems);
}

static bool find_declared(void *data, const char *name) {
    const json_t *topics = json_object_get(data, "topics");
    for (size_t i = 0; i < json_array_size(topics); i++) {
        const char *declared = json_string_value(json_object_get(json_array_get(topics, i), "name"));
        if (declared != NULL && strcmp(declared, name) == 0)
            return true;
    }
    return false;
}

void topic_check_declared(const struct email_settings *settings, struct problem_list *problems) {
    json_error_t trouble;
    const char *path = settings->declared_topics;
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &trouble);
    if (document != NULL)
        topic_check(settings, find_declared, document, path, problems);
    else if (trouble.line > 0)
        problem_add(problems, "%s: line %d: %s", path, trouble.line, trouble.text);
    else
        problem_add(problems, "%s", trouble.text); /* it names the file */
    json_decref(document);
}
