/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KAFKA_FOO_BAR in the environment is librdkafka's foo.bar; KAFKA_FOO_BAR_FILE names a file that holds its
 * value. This module knows which variables those are, whom each property concerns and which are refused;
 * setting them is the caller's. It depends on nothing but the C library, so that the services use it too.
 */
#ifndef NOTIFY_KAFKA_ENVIRONMENT_H
#define NOTIFY_KAFKA_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#define KAFKA_PROPERTY_SIZE 96 /* the longest name of librdkafka 2.8 has 43 characters */

enum kafka_property_scope {
    KAFKA_PROPERTY_ANY, /* concerns both types of clients, or is not known here */
    KAFKA_PROPERTY_PRODUCER,
    KAFKA_PROPERTY_CONSUMER,
};

enum kafka_property_scope kafka_property_scope(const char *property);

/* Why nobody may set this property ("acks is set by …"), static; NULL: it may be set. */
const char *kafka_property_refusal(const char *property);

/* The value is a secret: never print it. */
bool kafka_property_is_secret(const char *property);

/*
 * Kubernetes injects variables for each service of the namespace; a service "kafka" or "kafka-0" looks like
 * ours:
 * *_SERVICE_HOST, *_SERVICE_PORT*, *_PORT=tcp://…, *_PORT_9092_*. Any prefix: the services ask about their
 * own too.
 */
bool environment_is_from_kubernetes(const char *name, const char *value);

/*
 * The property of the variable name, "KAFKA_SASL_PASSWORD_FILE" → "sasl.password" with *is_file_out true.
 * False: the variable is none of ours (another prefix, injected by Kubernetes, or too long for a property).
 */
bool kafka_environment_property(const char *name, const char *value, char property[KAFKA_PROPERTY_SIZE],
                                bool *is_file_out);

struct kafka_environment_entry {
    const char *variable; /* "KAFKA_SASL_PASSWORD_FILE" */
    const char *property; /* "sasl.password" */
    const char *value;    /* the variable's, or the file's without its last newline */
    const char *file;     /* path of the file; NULL: the value came from the variable itself */
};

enum kafka_environment_result {
    KAFKA_ENVIRONMENT_OK,
    KAFKA_ENVIRONMENT_REFUSED, /* error_text says which variable, and why */
    KAFKA_ENVIRONMENT_NO_MEMORY,
};

/* Takes one property. On a refusal it writes a sentence to error_text, which names entry->variable. */
typedef enum kafka_environment_result (*kafka_environment_visitor)(
    const struct kafka_environment_entry *entry, void *data, char *error_text, size_t error_text_size);

/*
 * Calls the visitor for each KAFKA_* of environment ("NAME=value", NULL-terminated) that names a property,
 * and stops at the first that is not OK. Passed over: an empty value (the same as unset), Kubernetes'
 * variables, and names in own_names (NULL-terminated, or NULL) with or without _FILE. Refused:
 * kafka_property_refusal(), a variable together with its _FILE, and a file that cannot be read, holds a NUL
 * or more than 1 MiB. Scopes are the visitor's business.
 */
enum kafka_environment_result kafka_environment_visit(char *const *environment, const char *const *own_names,
                                                      kafka_environment_visitor visitor, void *data,
                                                      char *error_text, size_t error_text_size);

#endif
