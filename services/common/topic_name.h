/* SPDX-License-Identifier: Apache-2.0 */
/* Kafka's rule for the names of topics. */
#ifndef NOTIFY_COMMON_TOPIC_NAME_H
#define NOTIFY_COMMON_TOPIC_NAME_H

#include <stdbool.h>

#define TOPIC_NAME_RULE "1 to 249 of A-Z a-z 0-9 . _ -, not \".\" and not \"..\""

/* A broker refuses any other (INVALID_TOPIC_EXCEPTION), and librdkafka takes one that begins with "^" for a
 * pattern. */
bool topic_name_is_legal(const char *name);

#endif
