/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KAFKA_FOO_BAR=value in the environment is librdkafka's foo.bar, for each client it applies to.
 * Refused is what the delivery promise rests on: enable.auto.commit, enable.auto.offset.store,
 * enable.idempotence, acks, partition.assignment.strategy.
 */
#ifndef NOTIFY_COMMON_KAFKA_PROPERTIES_H
#define NOTIFY_COMMON_KAFKA_PROPERTIES_H

#include "error.h"
#include <librdkafka/rdkafka.h>

/* Sets every KAFKA_* (or KAFKA_*_FILE) property that concerns clients of this type on conf; those that only
 * concern the other type are passed over. Names that the settings table of the service knows (KAFKA_GROUP_ID
 * …) are in own_names, NULL-terminated. An unknown property is an error that names the variable; exit
 * status 78. */
bool kafka_properties_from_environment(rd_kafka_conf_t *conf, rd_kafka_type_t type,
                                       const char *const *own_names, struct error *error);
/* The same check on a configuration that is thrown away, for both types of clients: what settings_load does.
 */
bool kafka_properties_check_environment(const char *const *own_names, struct error *error);
/* Tells every KAFKA_* variable that is librdkafka's, by its name, with its value and the file that it was
 * read from (NULL: none): for --print-config. False: it stopped at one that is refused. */
typedef void (*kafka_properties_visitor)(const char *variable, const char *value, const char *file,
                                         bool secret, void *data);
bool kafka_properties_visit(const char *const *own_names, kafka_properties_visitor visitor, void *data,
                            struct error *error);
/* One property with a checked result, naming property and value in the error. */
bool kafka_properties_set(rd_kafka_conf_t *conf, const char *property, const char *value,
                          struct error *error);

#endif
