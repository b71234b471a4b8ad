/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_properties.h"
#include "kafka_environment.h"
#include "settings_names.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REASON_SIZE = 512 };

bool kafka_properties_set(rd_kafka_conf_t *conf, const char *property, const char *value,
                          struct error *error) {
    char reason[REASON_SIZE];
    if (rd_kafka_conf_set(conf, property, value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
        return true;
    if (kafka_property_is_secret(property)) /* librdkafka's reason may quote the value */
        return error_set_status(error, EXIT_STATUS_CONFIG, "Kafka property %s: librdkafka refuses the value",
                                property);
    return error_set_status(error, EXIT_STATUS_CONFIG, "Kafka property %s=%.60s: %s", property, value,
                            reason);
}

/* KAFKA_LINGER_MS for linger.ms */
static void variable_of(const char *property, char *variable, size_t size) {
    snprintf(variable, size, "KAFKA_%s", property);
    for (char *at = variable; *at != '\0'; at++) {
        if (*at == '.')
            *at = '_';
        else if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    }
}

static void consider(const char **names, size_t count, const char *property, size_t *smallest, char *nearest,
                     size_t nearest_size) {
    for (size_t i = 0; i + 1 < count; i += 2) { /* pairs of name and value */
        size_t distance = settings_edit_distance(property, names[i]);
        if (distance < *smallest) {
            *smallest = distance;
            variable_of(names[i], nearest, nearest_size);
        }
    }
}

/* The variable of the property, among all that librdkafka has a value for, that is most like this one. */
static void find_nearest(const char *property, char *nearest, size_t nearest_size) {
    size_t smallest = SIZE_MAX, count = 0;
    snprintf(nearest, nearest_size, "KAFKA_BOOTSTRAP_SERVERS");
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const char **names = rd_kafka_conf_dump(conf, &count);
    consider(names, count, property, &smallest, nearest, nearest_size);
    rd_kafka_conf_dump_free(names, count);
    rd_kafka_conf_destroy(conf);

    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    names = rd_kafka_topic_conf_dump(topic_conf, &count);
    consider(names, count, property, &smallest, nearest, nearest_size);
    rd_kafka_conf_dump_free(names, count);
    rd_kafka_topic_conf_destroy(topic_conf);

    /* rd_kafka_conf_dump leaves out aliases and what has no default. */
    static const char *const not_dumped[] = {"bootstrap.servers",
                                             "linger.ms",
                                             "retries",
                                             "compression.type",
                                             "delivery.timeout.ms",
                                             "max.in.flight",
                                             "max.partition.fetch.bytes",
                                             "group.id",
                                             "group.instance.id",
                                             "sasl.mechanism",
                                             "sasl.username",
                                             "sasl.password",
                                             "sasl.oauthbearer.client.id",
                                             "sasl.oauthbearer.client.secret",
                                             "ssl.ca.location",
                                             "ssl.ca.pem",
                                             "ssl.certificate.location",
                                             "ssl.certificate.pem",
                                             "ssl.key.location",
                                             "ssl.key.pem",
                                             "ssl.key.password"};
    for (size_t i = 0; i < sizeof not_dumped / sizeof not_dumped[0]; i++) {
        const char *pair[2] = {not_dumped[i], NULL};
        consider(pair, 2, property, &smallest, nearest, nearest_size);
    }
}

static enum kafka_environment_result refuse(const struct kafka_environment_entry *entry,
                                            rd_kafka_conf_res_t result, const char *reason, char *error_text,
                                            size_t error_text_size) {
    const char *from = entry->file;
    if (result == RD_KAFKA_CONF_UNKNOWN) {
        char nearest[KAFKA_PROPERTY_SIZE + 8];
        find_nearest(entry->property, nearest, sizeof nearest);
        snprintf(error_text, error_text_size, "%s: librdkafka has no property %s; the nearest one is %s",
                 entry->variable, entry->property, nearest);
    } else if (kafka_property_is_secret(entry->property)) {
        snprintf(error_text, error_text_size, "%s: librdkafka refuses the value", entry->variable);
    } else {
        snprintf(error_text, error_text_size, "%s%s%s%s: %s", entry->variable, from != NULL ? " (from " : "",
                 from != NULL ? from : "", from != NULL ? ")" : "", reason);
    }
    return KAFKA_ENVIRONMENT_REFUSED;
}

struct setter {
    rd_kafka_conf_t *conf;
    bool every_scope;
    enum kafka_property_scope scope;
};

static enum kafka_environment_result set_property(const struct kafka_environment_entry *entry, void *data,
                                                  char *error_text, size_t error_text_size) {
    const struct setter *setter = data;
    enum kafka_property_scope scope = kafka_property_scope(entry->property);
    if (!setter->every_scope && scope != KAFKA_PROPERTY_ANY && scope != setter->scope)
        return KAFKA_ENVIRONMENT_OK;
    char reason[REASON_SIZE];
    rd_kafka_conf_res_t result =
        rd_kafka_conf_set(setter->conf, entry->property, entry->value, reason, sizeof reason);
    if (result == RD_KAFKA_CONF_OK)
        return KAFKA_ENVIRONMENT_OK;
    return refuse(entry, result, reason, error_text, error_text_size);
}

static bool visit(const char *const *own_names, kafka_environment_visitor visitor, void *data,
                  struct error *error) {
    char text[REASON_SIZE + 256] = "";
    static char *const nothing[] = {NULL};
    char *const *environment = environ != NULL ? environ : nothing; /* NULL after clearenv(3) */
    switch (kafka_environment_visit(environment, own_names, visitor, data, text, sizeof text)) {
    case KAFKA_ENVIRONMENT_OK:
        return true;
    case KAFKA_ENVIRONMENT_REFUSED:
        return error_set_status(error, EXIT_STATUS_CONFIG, "%s", text);
    case KAFKA_ENVIRONMENT_NO_MEMORY:
        break;
    }
    return error_set(error, "no memory to read the KAFKA_* variables");
}

bool kafka_properties_from_environment(rd_kafka_conf_t *conf, rd_kafka_type_t type,
                                       const char *const *own_names, struct error *error) {
    struct setter setter = {
        .conf = conf, .scope = type == RD_KAFKA_PRODUCER ? KAFKA_PROPERTY_PRODUCER : KAFKA_PROPERTY_CONSUMER};
    return visit(own_names, set_property, &setter, error);
}

bool kafka_properties_check_environment(const char *const *own_names, struct error *error) {
    struct setter setter = {.conf = rd_kafka_conf_new(), .every_scope = true};
    bool good = visit(own_names, set_property, &setter, error);
    rd_kafka_conf_destroy(setter.conf);
    return good;
}

struct printer {
    kafka_properties_visitor visitor;
    void *data;
};

static enum kafka_environment_result pass_on(const struct kafka_environment_entry *entry, void *data,
                                             char *error_text, size_t error_text_size) {
    (void)error_text;
    (void)error_text_size;
    const struct printer *printer = data;
    printer->visitor(entry->variable, entry->value, entry->file, kafka_property_is_secret(entry->property),
                     printer->data);
    return KAFKA_ENVIRONMENT_OK;
}

bool kafka_properties_visit(const char *const *own_names, kafka_properties_visitor visitor, void *data,
                            struct error *error) {
    struct printer printer = {visitor, data};
    return visit(own_names, pass_on, &printer, error);
}
