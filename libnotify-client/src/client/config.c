/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "attribute.h"
#include "error.h"
#include "kafka_environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *property, *value;
} defaults[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"linger.ms", "5"},
    {"client.id", "libnotify-client"},
    /* The Java client's, so that producers in any language put a key on the same partition. */
    {"partitioner", "murmur2_random"},
    /* librdkafka has no event for "connected": its statistics tell (connection.c). */
    {"statistics.interval.ms", "5000"},
    {"log.queue", "true"},
};

enum notify_error notify_client_config_new(notify_client_config **config_out) {
    if (config_out == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "config_out is NULL");
    *config_out = NULL;
    notify_client_config *config = calloc(1, sizeof *config);
    if (config == NULL)
        return notify_fail_no_memory();
    config->conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        char reason[256];
        if (rd_kafka_conf_set(config->conf, defaults[i].property, defaults[i].value, reason, sizeof reason) !=
            RD_KAFKA_CONF_OK) {
            notify_client_config_free(config);
            return notify_fail(NOTIFY_E_INVALID_CONFIG, "librdkafka %s: %s", rd_kafka_version_str(), reason);
        }
    }
    *config_out = config;
    return NOTIFY_OK;
}

notify_client_config *notify_client_config_free(notify_client_config *config) {
    if (config == NULL)
        return NULL;
    if (config->conf != NULL)
        rd_kafka_conf_destroy(config->conf);
    for (size_t i = 0; i < config->property_count; i++) {
        free(config->properties[i].name);
        free(config->properties[i].value);
    }
    free(config->properties);
    free(config->source);
    event_schemas_free(config->schemas);
    free(config);
    return NULL;
}

/* librdkafka has two names for these; one is kept. */
static const char *canonical_name(const char *property) {
    static const struct {
        const char *alias, *name;
    } aliases[] = {
        {"metadata.broker.list", "bootstrap.servers"},
        {"queue.buffering.max.ms", "linger.ms"},
        {"delivery.timeout.ms", "message.timeout.ms"},
        {"message.send.max.retries", "retries"},
        {"compression.codec", "compression.type"},
        {"max.in.flight", "max.in.flight.requests.per.connection"},
    };
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(property, aliases[i].alias) == 0)
            return aliases[i].name;
    }
    return property;
}

static struct config_property *find_property(const notify_client_config *config, const char *property) {
    property = canonical_name(property);
    for (size_t i = 0; i < config->property_count; i++) {
        if (strcmp(config->properties[i].name, property) == 0)
            return &config->properties[i];
    }
    return NULL;
}

static enum notify_error remember_property(notify_client_config *config, const char *property,
                                           const char *value) {
    char *copy = strdup(value);
    if (copy == NULL)
        return notify_fail_no_memory();
    struct config_property *known = find_property(config, property);
    if (known != NULL) {
        free(known->value);
        known->value = copy;
        return NOTIFY_OK;
    }
    char *name = strdup(canonical_name(property));
    struct config_property *grown =
        realloc(config->properties, (config->property_count + 1) * sizeof *config->properties);
    if (grown != NULL)
        config->properties = grown;
    if (name == NULL || grown == NULL) {
        free(name);
        free(copy);
        return notify_fail_no_memory();
    }
    config->properties[config->property_count++] = (struct config_property){.name = name, .value = copy};
    return NOTIFY_OK;
}

static enum notify_error set_property(notify_client_config *config, const char *property, const char *value) {
    const char *refusal = kafka_property_refusal(property);
    if (refusal != NULL)
        return notify_fail(NOTIFY_E_INVALID_CONFIG, "%s", refusal);
    if (kafka_property_scope(property) == KAFKA_PROPERTY_CONSUMER)
        return notify_fail(NOTIFY_E_INVALID_CONFIG, "%s concerns consumers, and this is a producer",
                           property);
    char reason[256];
    if (rd_kafka_conf_set(config->conf, property, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        return notify_fail(NOTIFY_E_INVALID_CONFIG, "%s: %s", property, reason);
    return remember_property(config, property, value);
}

enum notify_error notify_client_config_set(notify_client_config *config, const char *property,
                                           const char *value, char *error_text, size_t error_text_size) {
    enum notify_error error =
        config == NULL || property == NULL || value == NULL
            ? notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the configuration, the property or its value is NULL")
            : set_property(config, property, value);
    return notify_tell(error, error_text, error_text_size);
}

const char *notify_client_config_get(const notify_client_config *config, const char *property) {
    if (config == NULL || property == NULL)
        return NULL;
    const struct config_property *known = find_property(config, property);
    return known == NULL ? NULL : known->value;
}

static enum kafka_environment_result take_variable(const struct kafka_environment_entry *entry, void *data,
                                                   char *error_text, size_t error_text_size) {
    notify_client_config *config = data;
    if (kafka_property_scope(entry->property) == KAFKA_PROPERTY_CONSUMER)
        return KAFKA_ENVIRONMENT_OK;
    enum notify_error error = set_property(config, entry->property, entry->value);
    if (error == NOTIFY_E_NO_MEMORY)
        return KAFKA_ENVIRONMENT_NO_MEMORY;
    if (error != NOTIFY_OK) {
        snprintf(error_text, error_text_size, "%s: %s", entry->variable, notify_client_last_error_text());
        return KAFKA_ENVIRONMENT_REFUSED;
    }
    return KAFKA_ENVIRONMENT_OK;
}

enum notify_error notify_client_config_set_from_environment(notify_client_config *config, char *error_text,
                                                            size_t error_text_size) {
    enum notify_error error = NOTIFY_OK;
    char reason[400];
    static char *const nothing[] = {NULL};
    char *const *environment = environ != NULL ? environ : nothing; /* NULL after clearenv(3) */
    if (config == NULL) {
        error = notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the configuration is NULL");
    } else {
        switch (kafka_environment_visit(environment, NULL, take_variable, config, reason, sizeof reason)) {
        case KAFKA_ENVIRONMENT_OK:
            break;
        case KAFKA_ENVIRONMENT_REFUSED:
            error = notify_fail(NOTIFY_E_INVALID_CONFIG, "%s", reason);
            break;
        case KAFKA_ENVIRONMENT_NO_MEMORY:
            error = notify_fail_no_memory();
            break;
        }
    }
    return notify_tell(error, error_text, error_text_size);
}

enum notify_error notify_client_config_set_source(notify_client_config *config, const char *source) {
    if (config == NULL || source == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the configuration or the source is NULL");
    const char *problem = attribute_check_source(source);
    if (problem != NULL)
        return notify_fail(NOTIFY_E_INVALID_CONFIG, "the source %s", problem);
    char *copy = strdup(source);
    if (copy == NULL)
        return notify_fail_no_memory();
    free(config->source);
    config->source = copy;
    return NOTIFY_OK;
}

enum notify_error notify_client_config_set_schema_folder(notify_client_config *config, const char *folder) {
    if (config == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the configuration is NULL");
    struct event_schemas *schemas = NULL;
    if (folder != NULL) {
        char reason[400];
        enum json_schema_result result = event_schemas_load(&schemas, folder, reason, sizeof reason);
        if (result == JSON_SCHEMA_NO_MEMORY)
            return notify_fail_no_memory();
        if (result != JSON_SCHEMA_OK)
            return notify_fail(NOTIFY_E_INVALID_CONFIG, "the schemas: %s", reason);
    }
    event_schemas_free(config->schemas);
    config->schemas = schemas;
    return NOTIFY_OK;
}

void notify_client_config_set_delivery_callback(notify_client_config *config,
                                                notify_delivery_callback callback, void *callback_data) {
    if (config == NULL)
        return;
    config->delivery_callback = callback;
    config->delivery_callback_data = callback_data;
}

void notify_client_config_set_log_callback(notify_client_config *config, notify_log_callback callback,
                                           void *callback_data) {
    if (config == NULL)
        return;
    config->log_callback = callback;
    config->log_callback_data = callback_data;
}

enum notify_error notify_client_config_copy(notify_client_config **config_out,
                                            const notify_client_config *config) {
    if (config_out == NULL || config == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "config_out or the configuration is NULL");
    *config_out = NULL;
    notify_client_config *copy = NULL;
    enum notify_error error = notify_client_config_new(&copy);
    for (size_t i = 0; error == NOTIFY_OK && i < config->property_count; i++)
        error = set_property(copy, config->properties[i].name, config->properties[i].value);
    if (error == NOTIFY_OK && config->source != NULL)
        error = notify_client_config_set_source(copy, config->source);
    if (error != NOTIFY_OK) {
        notify_client_config_free(copy);
        return error;
    }
    copy->schemas = event_schemas_share(config->schemas);
    notify_client_config_set_delivery_callback(copy, config->delivery_callback,
                                               config->delivery_callback_data);
    notify_client_config_set_log_callback(copy, config->log_callback, config->log_callback_data);
    *config_out = copy;
    return NOTIFY_OK;
}
