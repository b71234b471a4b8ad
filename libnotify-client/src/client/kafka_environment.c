/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_environment.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "KAFKA_"
#define FILE_SUFFIX "_FILE"
#define FILE_MAX (1024 * 1024)

static bool text_in(const char *text, const char *const *list) {
    for (; *list != NULL; list++) {
        if (strcmp(text, *list) == 0)
            return true;
    }
    return false;
}

static bool ends_with(const char *text, const char *suffix) {
    size_t text_size = strlen(text), suffix_size = strlen(suffix);
    return text_size >= suffix_size && strcmp(text + text_size - suffix_size, suffix) == 0;
}

/* librdkafka accepts a property of the other client type with a warning at each start, and cannot be asked
 * which type one is for; hence these lists, from its CONFIGURATION.md (2.0.2 to 2.8). A name missing here is
 * merely set on both. */
static const char *const consumer_properties[] = {
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "consume.callback.max.messages",
    "coordinator.query.interval.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.partition.eof",
    "fetch.error.backoff.ms",
    "fetch.max.bytes",
    "fetch.message.max.bytes",
    "fetch.min.bytes",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.protocol.type",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "offset.store.method",
    "offset.store.path",
    "offset.store.sync.interval.ms",
    "partition.assignment.strategy",
    "queued.max.messages.kbytes",
    "queued.min.messages",
    "session.timeout.ms",
    NULL,
};

static const char *const producer_properties[] = {
    "acks",
    "batch.num.messages",
    "batch.size",
    "compression.codec",
    "compression.level",
    "compression.type",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "linger.ms",
    "message.send.max.retries",
    "message.timeout.ms",
    "partitioner",
    "produce.offset.report",
    "queue.buffering.backpressure.threshold",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "queuing.strategy",
    "request.required.acks",
    "request.timeout.ms",
    "retries",
    "retry.backoff.ms",
    "sticky.partitioning.linger.ms",
    "transaction.timeout.ms",
    "transactional.id",
    NULL,
};

enum kafka_property_scope kafka_property_scope(const char *property) {
    if (text_in(property, consumer_properties))
        return KAFKA_PROPERTY_CONSUMER;
    if (text_in(property, producer_properties))
        return KAFKA_PROPERTY_PRODUCER;
    return KAFKA_PROPERTY_ANY;
}

static const struct {
    const char *property;
    const char *reason;
} refusals[] = {
    {"acks", "acks is always all: the delivery promise rests on it"},
    {"request.required.acks", "request.required.acks is always all: the delivery promise rests on it"},
    {"enable.idempotence", "enable.idempotence is always true: the delivery promise rests on it"},
    {"enable.auto.commit", "enable.auto.commit is always false: the delivery promise rests on it"},
    {"auto.commit.enable", "auto.commit.enable is always false: the delivery promise rests on it"},
    {"enable.auto.offset.store",
     "enable.auto.offset.store is always false: the delivery promise rests on it"},
    {"partition.assignment.strategy",
     "partition.assignment.strategy is always roundrobin: the delivery promise rests on it"},
    /* These three would silence the delivery reports, the log or every publication. */
    {"delivery.report.only.error",
     "delivery.report.only.error is always false: every event is told its fate"},
    {"log.queue", "log.queue is set by the client itself"},
    {"transactional.id", "transactional.id is not supported: events are published without transactions"},
};

const char *kafka_property_refusal(const char *property) {
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if (strcmp(property, refusals[i].property) == 0)
            return refusals[i].reason;
    }
    return NULL;
}

bool kafka_property_is_secret(const char *property) {
    static const char *const secrets[] = {
        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.config", /* holds claims and may hold tokens */
        "sasl.password",
        "ssl.key.password",
        "ssl.key.pem",
        "ssl.keystore.password",
        NULL,
    };
    /* What a later librdkafka adds is a secret if it is named like one. */
    return text_in(property, secrets) || ends_with(property, "password") || ends_with(property, "secret") ||
           ends_with(property, "passphrase");
}

/* "_PORT_9092" or "_PORT_9092_TCP_ADDR" */
static bool has_numbered_port(const char *name) {
    for (const char *port = strstr(name, "_PORT_"); port != NULL; port = strstr(port + 1, "_PORT_")) {
        const char *digits = port + strlen("_PORT_");
        size_t count = strspn(digits, "0123456789");
        if (count > 0 && (digits[count] == '\0' || digits[count] == '_'))
            return true;
    }
    return false;
}

bool environment_is_from_kubernetes(const char *name, const char *value) {
    if (ends_with(name, "_SERVICE_HOST") || has_numbered_port(name))
        return true;
    const char *service_port = strstr(name, "_SERVICE_PORT");
    if (service_port != NULL) {
        char after = service_port[strlen("_SERVICE_PORT")];
        if (after == '\0' || after == '_')
            return true;
    }
    return ends_with(name, "_PORT") &&
           (strncmp(value, "tcp://", 6) == 0 || strncmp(value, "udp://", 6) == 0 ||
            strncmp(value, "sctp://", 7) == 0);
}

bool kafka_environment_property(const char *name, const char *value, char property[KAFKA_PROPERTY_SIZE],
                                bool *is_file_out) {
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || environment_is_from_kubernetes(name, value))
        return false;
    size_t size = strlen(name + strlen(PREFIX));
    *is_file_out = ends_with(name + strlen(PREFIX), FILE_SUFFIX);
    if (*is_file_out)
        size -= strlen(FILE_SUFFIX);
    if (size == 0 || size >= KAFKA_PROPERTY_SIZE)
        return false;
    for (size_t i = 0; i < size; i++) {
        char character = name[strlen(PREFIX) + i];
        property[i] = character == '_' ? '.' : (char)tolower((unsigned char)character);
    }
    property[size] = '\0';
    return true;
}

static enum kafka_environment_result refuse(char *error_text, size_t error_text_size, const char *variable,
                                            const char *reason) {
    snprintf(error_text, error_text_size, "%s: %s", variable, reason);
    return KAFKA_ENVIRONMENT_REFUSED;
}

/* The content goes into a buffer that the caller frees. */
static enum kafka_environment_result read_value_file(const char *variable, const char *path, char **value_out,
                                                     char *error_text, size_t error_text_size) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(error_text, error_text_size, "%s: cannot open %s: %s", variable, path, strerror(errno));
        return KAFKA_ENVIRONMENT_REFUSED;
    }
    char *value = malloc(FILE_MAX + 1);
    size_t size = value == NULL ? 0 : fread(value, 1, FILE_MAX + 1, file);
    bool failed = ferror(file) != 0;
    int read_errno = errno;
    fclose(file);
    if (value == NULL)
        return KAFKA_ENVIRONMENT_NO_MEMORY;
    const char *reason = failed                              ? strerror(read_errno)
                         : size > FILE_MAX                   ? "the file is larger than 1 MiB"
                         : memchr(value, '\0', size) != NULL ? "the file holds a NUL"
                                                             : NULL;
    if (reason != NULL) {
        free(value);
        snprintf(error_text, error_text_size, "%s: %s: %s", variable, path, reason);
        return KAFKA_ENVIRONMENT_REFUSED;
    }
    if (size > 0 && value[size - 1] == '\n')
        size--;
    if (size > 0 && value[size - 1] == '\r')
        size--;
    value[size] = '\0';
    *value_out = value;
    return KAFKA_ENVIRONMENT_OK;
}

/* The value of the variable whose name has name_size characters; NULL: unset or empty. */
static const char *look_up(char *const *environment, const char *name, size_t name_size) {
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, name_size) == 0 && (*environment)[name_size] == '=')
            return (*environment)[name_size + 1] == '\0' ? NULL : *environment + name_size + 1;
    }
    return NULL;
}

static bool is_own_name(const char *name, const char *const *own_names) {
    for (; own_names != NULL && *own_names != NULL; own_names++) {
        size_t size = strlen(*own_names);
        if (strncmp(name, *own_names, size) == 0 &&
            (name[size] == '\0' || strcmp(name + size, FILE_SUFFIX) == 0))
            return true;
    }
    return false;
}

static enum kafka_environment_result visit_variable(char *const *environment, const char *name,
                                                    const char *value, kafka_environment_visitor visitor,
                                                    void *data, char *error_text, size_t error_text_size) {
    char property[KAFKA_PROPERTY_SIZE];
    bool is_file;
    if (environment_is_from_kubernetes(name, value))
        return KAFKA_ENVIRONMENT_OK;
    if (!kafka_environment_property(name, value, property, &is_file))
        return refuse(error_text, error_text_size, name, "no property of librdkafka has such a name");
    const char *refusal = kafka_property_refusal(property);
    if (refusal != NULL)
        return refuse(error_text, error_text_size, name, refusal);

    struct kafka_environment_entry entry = {.variable = name, .property = property, .value = value};
    if (!is_file)
        return visitor(&entry, data, error_text, error_text_size);

    if (look_up(environment, name, strlen(name) - strlen(FILE_SUFFIX)) != NULL)
        return refuse(error_text, error_text_size, name, "set this or the variable without _FILE, not both");
    char *content = NULL;
    enum kafka_environment_result result =
        read_value_file(name, value, &content, error_text, error_text_size);
    if (result != KAFKA_ENVIRONMENT_OK)
        return result;
    entry.value = content;
    entry.file = value;
    result = visitor(&entry, data, error_text, error_text_size);
    free(content);
    return result;
}

enum kafka_environment_result kafka_environment_visit(char *const *environment, const char *const *own_names,
                                                      kafka_environment_visitor visitor, void *data,
                                                      char *error_text, size_t error_text_size) {
    for (char *const *variable = environment; *variable != NULL; variable++) {
        const char *equals = strchr(*variable, '=');
        if (equals == NULL || equals[1] == '\0' || strncmp(*variable, PREFIX, strlen(PREFIX)) != 0)
            continue;
        char *name = strndup(*variable, (size_t)(equals - *variable));
        if (name == NULL)
            return KAFKA_ENVIRONMENT_NO_MEMORY;
        enum kafka_environment_result result = KAFKA_ENVIRONMENT_OK;
        if (!is_own_name(name, own_names))
            result =
                visit_variable(environment, name, equals + 1, visitor, data, error_text, error_text_size);
        free(name);
        if (result != KAFKA_ENVIRONMENT_OK)
            return result;
    }
    return KAFKA_ENVIRONMENT_OK;
}
