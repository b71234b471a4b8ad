/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_OUTBOX_TOPIC_NAME_H
#define NOTIFY_OUTBOX_TOPIC_NAME_H

#include <stdbool.h>

/* Kafka's rule for the names of topics. A row with another name could never be published. */
bool topic_name_is_valid(const char *name);

#endif
