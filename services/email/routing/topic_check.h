/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the topics that a worker reads and writes are there: in deploy/topics.json, or in a cluster. */
#ifndef NOTIFY_EMAIL_TOPIC_CHECK_H
#define NOTIFY_EMAIL_TOPIC_CHECK_H

#include "problem_list.h"
#include "settings.h"

/* Whether there is a topic of that name. */
typedef bool (*topic_finder)(void *data, const char *name);

/* where: "deploy/topics.json", "the cluster". */
void topic_check(const struct email_settings *settings, topic_finder find, void *data, const char *where,
                 struct problem_list *problems);
/* The same by EMAIL_DECLARED_TOPICS, a file as `notifyctl topics apply` takes it. */
void topic_check_declared(const struct email_settings *settings, struct problem_list *problems);

#endif
