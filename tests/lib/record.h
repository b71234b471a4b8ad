/* SPDX-License-Identifier: Apache-2.0 */
/* What the test programs share: Kafka clients, base64 in JSON, and ending with a sentence. */
#ifndef NOTIFY_TESTS_RECORD_H
#define NOTIFY_TESTS_RECORD_H

#include <jansson.h>
#include <librdkafka/rdkafka.h>
#include <stddef.h>

/* Prints the sentence to standard error and ends the process with status 1: a test tool has nothing to save.
 */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* properties: name, value, …, NULL. */
rd_kafka_t *client_new(rd_kafka_type_t type, const char *bootstrap, const char *const *properties,
                       void (*on_delivery)(rd_kafka_t *, const rd_kafka_message_t *, void *));

/* The bytes of a base64 text, allocated, never NULL; NULL for JSON null or a missing member. */
unsigned char *base64_decode(const json_t *text, size_t *size_out);
/* A JSON string, or JSON null for NULL bytes. */
json_t *base64_encode(const void *bytes, size_t size);

/* One line on standard output; takes over the object. */
void print_line(json_t *object);

#endif
