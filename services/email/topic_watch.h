/* SPDX-License-Identifier: Apache-2.0 */
/* Looks now and then whether the worker's topics are there, and tells of it in /readyz; and warns of retry
 * topics that the group has left mails in and does not read (EMAIL_RETRY_DELAYS was changed). */
#ifndef NOTIFY_EMAIL_TOPIC_WATCH_H
#define NOTIFY_EMAIL_TOPIC_WATCH_H

#include "common/readiness.h"
#include "kafka/group_consumer.h"
#include "settings.h"

struct topic_watch;

/* Borrows both. NULL: no memory. */
struct topic_watch *topic_watch_new(const struct email_settings *settings, struct readiness *readiness);
/* Once the consumer has stopped. */
void topic_watch_free(struct topic_watch *watch);

/* At each tick of the worker. */
void topic_watch_tick(struct topic_watch *watch, struct group_consumer *consumer);
/* The consumer's state event. */
void topic_watch_kafka_state(struct topic_watch *watch, bool ok, const char *detail);
void topic_watch_joined(struct topic_watch *watch);

#endif
