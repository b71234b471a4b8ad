/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librdkafka's own log lines, at level debug: it repeats "connection refused" with every attempt, while the
 * services say what changed, once.
 */
#ifndef NOTIFY_KAFKA_LOG_H
#define NOTIFY_KAFKA_LOG_H

#include <librdkafka/rdkafka.h>

/* For rd_kafka_conf_set_log_cb(). */
void kafka_log_callback(const rd_kafka_t *kafka, int level, const char *facility, const char *text);

#endif
