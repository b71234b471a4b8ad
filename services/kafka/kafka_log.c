/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_log.h"

#include "common/log.h"

void kafka_log_callback(const rd_kafka_t *kafka, int level, const char *facility, const char *text) {
    (void)kafka;
    log_debug("librdkafka", LOG_FIELDS(log_integer("severity", level), log_text("facility", facility),
                                       log_text("text", text)));
}
