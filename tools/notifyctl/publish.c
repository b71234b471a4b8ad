/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl publish: one event, by libnotify-client. */
#include "command.h"
#include "kafka_link.h"
#include "publish_event.h"
#include "table.h"

#include <jansson.h>
#include <notify-client.h>
#include <string.h>

static const struct command_option options[] = {
    OPTION_BOOTSTRAP_SERVER,
    {"type", 't', "TYPE", "the event's type (with --template: com.example.notification.requested.v1)"},
    {"topic", 'T', "TOPIC", "the topic (default: the one that belongs to the type)"},
    {"source", 's', "URI", "the event's source (default /notifyctl)"},
    {"subject", 'S', "ENTITY", "what the event is about; also the Kafka key, unless --key is given"},
    {"key", 'k', "KEY", "the Kafka key: events with one key keep their order"},
    {"id", 'i', "ID", "the event's id (default: a new UUIDv7)"},
    {"data", 'd', "JSON", "the event's data, a JSON object"},
    {"data-file", 'f', "FILE", "the same from a file, - for standard input"},
    {"template", 'm', "NAME", "a mail: its template"},
    {"recipient", 'r', "ADDRESS", "a mail: whom it goes to"},
    {"locale", 'l', "LOCALE", "a mail: its language"},
    {"variable", 'v', "NAME=VALUE", "a mail: a variable of its template; may be repeated"},
    {"timeout", 'w', "SECONDS", "how long to wait for the delivery (default 30)"},
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

struct report {
    enum notify_error error;
    char error_text[256];
    char event_id[256];
    char topic[256];
    int32_t partition;
    int64_t offset;
};

static void keep_report(const notify_delivery *delivery, void *data) {
    struct report *report = data;
    report->error = notify_delivery_error(delivery);
    snprintf(report->error_text, sizeof report->error_text, "%s", notify_delivery_error_text(delivery));
    report->partition = notify_delivery_partition(delivery);
    report->offset = notify_delivery_offset(delivery);
}

/* Keeps the last word about a connection, for the case that nothing is delivered. */
static void keep_log(int level, const char *text, void *data) {
    char *last_log = data;
    if (level <= 4)
        snprintf(last_log, 512, "%s", text);
}

static bool configure(notify_client_config *config, const struct command_line *line, struct error *error) {
    char reason[512];
    if (notify_client_config_set_from_environment(config, reason, sizeof reason) != NOTIFY_OK)
        return error_set_status(error, EXIT_STATUS_CONFIG, "%s", reason);
    const char *servers = option_value(line, "bootstrap-server");
    if (servers == NULL && notify_client_config_get(config, "bootstrap.servers") == NULL)
        servers = KAFKA_LINK_DEFAULT_SERVERS;
    if (servers != NULL &&
        notify_client_config_set(config, "bootstrap.servers", servers, reason, sizeof reason) != NOTIFY_OK)
        return error_set_status(error, EXIT_STATUS_CONFIG, "%s", reason);
    /* A person waits: by default librdkafka believes for 30 s that a topic it cannot see is only just being
     * made. */
    if (notify_client_config_get(config, "topic.metadata.propagation.max.ms") == NULL &&
        notify_client_config_set(config, "topic.metadata.propagation.max.ms", "3000", reason,
                                 sizeof reason) != NOTIFY_OK)
        return error_set(error, "%s", reason);
    return notify_client_config_set_source(config, "/notifyctl") == NOTIFY_OK ||
           error_set(error, "%s", notify_client_last_error_text());
}

static enum exit_status status_of(enum notify_error error) {
    switch (error) {
    case NOTIFY_E_INVALID_ARGUMENT:
    case NOTIFY_E_INVALID_EVENT:
    case NOTIFY_E_TOO_LARGE:
        return EXIT_STATUS_USAGE;
    case NOTIFY_E_NO_MEMORY:
    case NOTIFY_E_SYSTEM:
        return EXIT_STATUS_INTERNAL;
    case NOTIFY_E_INVALID_CONFIG:
        return EXIT_STATUS_CONFIG;
    default:
        return EXIT_STATUS_UNAVAILABLE;
    }
}

static bool send_and_wait(notify_client *client, const char *topic, notify_event *event, int timeout_ms,
                          const struct report *report, const char *last_log, struct error *error) {
    enum notify_error result = notify_client_publish(client, topic, event, NULL);
    if (result != NOTIFY_OK)
        return error_set_status(error, status_of(result), "%s", notify_client_last_error_text());
    result = notify_client_flush(client, timeout_ms);
    if (result != NOTIFY_OK)
        return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "not delivered within %d s%s%s",
                                timeout_ms / 1000, *last_log == '\0' ? "" : ": ", last_log);
    if (report->error != NOTIFY_OK)
        return error_set_status(error, status_of(report->error), "%s (%s)",
                                notify_client_error_text(report->error), report->error_text);
    return true;
}

static bool print_report(const struct report *report, bool as_json, struct error *error) {
    if (!as_json) {
        printf("%s  %s  partition %d  offset %lld\n", report->event_id, report->topic, (int)report->partition,
               (long long)report->offset);
        return true;
    }
    json_t *root = json_pack("{s:s, s:s, s:i, s:I}", "id", report->event_id, "topic", report->topic,
                             "partition", (int)report->partition, "offset", (json_int_t)report->offset);
    bool done = root != NULL && json_dumpf(root, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

static bool publish(const struct command_line *line, notify_event *event, const char *topic,
                    struct error *error) {
    int64_t timeout_seconds;
    if (!option_integer(line, "timeout", 1, 86400, 30, &timeout_seconds, error))
        return false;
    struct report report = {.error = NOTIFY_E_NOT_DELIVERED, .partition = -1, .offset = -1};
    char last_log[512] = "", reason[512];
    notify_client_config *config = NULL;
    notify_client *client = NULL;
    if (notify_client_config_new(&config) != NOTIFY_OK)
        return error_set(error, "%s", notify_client_last_error_text());
    notify_client_config_set_delivery_callback(config, keep_report, &report);
    notify_client_config_set_log_callback(config, keep_log, last_log);
    bool done = configure(config, line, error);
    if (done && notify_client_new(&client, config, reason, sizeof reason) != NOTIFY_OK)
        done = error_set_status(error, EXIT_STATUS_CONFIG, "%s", reason);
    if (done)
        done = send_and_wait(client, topic, event, (int)timeout_seconds * 1000, &report, last_log, error);
    notify_client_free(client);
    notify_client_config_free(config);
    if (!done)
        return false;
    snprintf(report.event_id, sizeof report.event_id, "%s", notify_event_id(event));
    snprintf(report.topic, sizeof report.topic, "%s", topic);
    return print_report(&report, option_given(line, "json"), error);
}

static bool run(const struct command_line *line, struct error *error) {
    notify_event *event = NULL;
    const char *topic = NULL;
    bool done = publish_event_make(line, &event, &topic, error) && publish(line, event, topic, error);
    notify_event_free(event);
    return done;
}

const struct command command_publish = {
    .name = "publish",
    .operands = "",
    .summary = "Publish an event, and wait until Kafka has it",
    .details =
        "The data comes from --data, --data-file or standard input; or it is a mail, given by --template,\n"
        "--recipient, --locale and --variable:\n\n"
        "  notifyctl publish --template notification --recipient ada@example.org --subject user-1 \\\n"
        "      --variable subject='Hello' --variable text='It works.'\n\n"
        "Prints the event's id, and the partition and offset where it is.",
    .options = options,
    .run = run,
};
