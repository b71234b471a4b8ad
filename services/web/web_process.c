/* SPDX-License-Identifier: Apache-2.0 */
#include "web_process.h"
#include "common/log.h"
#include "common/stop_signals.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define HTTP_THREADS 2
#define CONNECTIONS_MAX 2048
#define FILES_RESERVED 64 /* for databases, Kafka, admin */
#define REQUEST_MAX_MS 10000
#define IDLE_MAX_MS 20000
#define RESPONSE_MAX_MS 20000
#define HTTP_STOP_MS 5000
#define OUTBOX_STOP_MS 3000
#define WATCH_INTERVAL_MS 500

static const char *service_name(const struct web_process *process) {
    return process->service->settings_table->service;
}

/* --- metrics and readiness --- */

static void collect(void *data) {
    const struct web_process *process = data;
    const notify_outbox *outbox = process->service->parts->outbox;
    metric_set(process->outbox_pending, (double)notify_outbox_statistic(outbox, NOTIFY_OUTBOX_PENDING));
    metric_set(process->outbox_oldest,
               (double)notify_outbox_statistic(outbox, NOTIFY_OUTBOX_OLDEST_MS) / 1000);
}

/* From the relay's thread. */
static void count_report(const char *topic, const char *event_id, enum notify_error failure,
                         const char *reason, void *data) {
    const struct web_process *process = data;
    const char *result = failure == NOTIFY_OK ? "ok" : "failed";
    metric_add(metric_series(process->events_published, (const char *[]){topic, result, NULL}), 1);
    /* One warning for each would be a thousand at a stop without Kafka; the relay tells once what is wrong.
     */
    if (failure != NOTIFY_OK)
        log_debug(
            "an event was not published",
            LOG_FIELDS(log_text("topic", topic), log_text("event_id", event_id), log_text("reason", reason)));
}

static bool add_metrics(struct web_process *process) {
    static const char *const published_labels[] = {"topic", "result", NULL};
    static const char *const none[] = {NULL};
    struct metric *pending = metrics_add_gauge(process->metrics, "notify_outbox_pending",
                                               "Events in the outbox that Kafka has not confirmed", NULL);
    struct metric *oldest = metrics_add_gauge(process->metrics, "notify_outbox_oldest_seconds",
                                              "Age of the oldest event in the outbox", NULL);
    process->events_published = metrics_add_counter(process->metrics, "notify_events_published_total",
                                                    "Delivery reports from Kafka", published_labels);
    if (pending == NULL || oldest == NULL || process->events_published == NULL)
        return false;
    process->outbox_pending = metric_series(pending, none);
    process->outbox_oldest = metric_series(oldest, none);
    return true;
}

static void watch_kafka(struct web_process *process) {
    bool down = notify_outbox_kafka_is_down(process->service->parts->outbox) != 0;
    if (down == process->kafka_was_down)
        return;
    process->kafka_was_down = down;
    readiness_set(process->readiness, "kafka", false, !down,
                  down ? "no broker can be reached; events wait in the outbox" : "");
    if (down)
        log_warning("no Kafka broker can be reached; what is accepted waits in the outbox", NULL);
    else
        log_info("Kafka can be reached", NULL);
}

static void watch_outbox(struct web_process *process) {
    bool full = web_outbox_is_full(process->service->parts);
    if (full == process->outbox_was_full)
        return;
    process->outbox_was_full = full;
    char detail[128];
    snprintf(detail, sizeof detail, "OUTBOX_MAX_ROWS events wait for Kafka; %s are refused",
             process->service->work);
    readiness_set(process->readiness, "outbox", true, !full, full ? detail : "");
    if (full)
        log_error(detail, NULL);
    else
        log_info("the outbox has room again", NULL);
}

/* --- starting --- */

/* Each connection is a file; many systems give a process 1,024. */
static unsigned raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return CONNECTIONS_MAX;
    rlim_t wanted = CONNECTIONS_MAX + FILES_RESERVED;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
            return CONNECTIONS_MAX;
    }
    if (limit.rlim_cur >= wanted)
        return CONNECTIONS_MAX;
    return limit.rlim_cur > 2 * FILES_RESERVED ? (unsigned)limit.rlim_cur - FILES_RESERVED : FILES_RESERVED;
}

bool web_process_prepare(struct web_process *process, struct error *error) {
    umask(0077); /* the database holds addresses */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its size limit is an error of the write, like a full disk */
    /* Blocked before any thread is started, so that they all inherit it. */
    stop_signals_block();

    process->metrics = metrics_new(service_name(process));
    process->readiness = readiness_new();
    if (process->metrics == NULL || process->readiness == NULL || !add_metrics(process))
        return error_set(error, "no memory");
    process->service->parts->settings = process->service->settings;
    readiness_set(process->readiness, "kafka", false, true, "");
    readiness_set(process->readiness, "outbox", true, true, "");
    return process->service->prepare(error);
}

static void log_from_client(int level, const char *text, void *data) {
    (void)data;
    log_write(level <= LOG_LEVEL_ERROR     ? LOG_LEVEL_ERROR
              : level == LOG_LEVEL_WARNING ? LOG_LEVEL_WARNING
              : level <= LOG_LEVEL_INFO    ? LOG_LEVEL_INFO
                                           : LOG_LEVEL_DEBUG,
              text, NULL);
}

bool web_client_config_new(const struct web_service *service, notify_client_config **config_out,
                           struct error *error) {
    const struct web_settings *settings = service->settings;
    char text[512] = "", client_id[64];
    notify_client_config *config = NULL;
    if (notify_client_config_new(&config) != NOTIFY_OK)
        return error_set(error, "no memory");
    notify_client_config_set_log_callback(config, log_from_client, NULL);
    snprintf(client_id, sizeof client_id, "notify-%s", service->settings_table->service);
    if (notify_client_config_set(config, "bootstrap.servers", settings->common.kafka_bootstrap_servers, text,
                                 sizeof text) == NOTIFY_OK &&
        notify_client_config_set(config, "client.id", client_id, text, sizeof text) == NOTIFY_OK &&
        notify_client_config_set_from_environment(config, text, sizeof text) == NOTIFY_OK &&
        notify_client_config_set_source(config, settings->event_source) == NOTIFY_OK) {
        *config_out = config;
        return true;
    }
    notify_client_config_free(config);
    return error_set_status(error, EXIT_STATUS_CONFIG, "%s",
                            text[0] != '\0' ? text : "EVENT_SOURCE is no URI reference such as /signup");
}

static void wake_outbox(void *outbox) {
    notify_outbox_wake(outbox);
}

static struct database_options database_options_of(const struct web_process *process) {
    return (struct database_options){
        .path = process->service->settings->database_path,
        .open = process->service->open_store,
        .readiness = process->readiness,
        .committed = wake_outbox,
        .committed_data = process->service->parts->outbox,
    };
}

bool web_process_open_outbox(struct web_process *process, struct error *error) {
    const char *path = process->service->settings->database_path;
    const struct database_options options = database_options_of(process);
    notify_client_config *config = NULL;
    char text[512] = "";
    if (!database_create(&options, error) || !web_client_config_new(process->service, &config, error))
        return false;
    enum notify_error failure = notify_outbox_start_sqlite(&process->service->parts->outbox, path, config,
                                                           count_report, process, text, sizeof text);
    notify_client_config_free(config);
    if (failure == NOTIFY_OK) {
        metrics_on_collect(process->metrics, collect, process);
        return true;
    }
    if (failure == NOTIFY_E_LOCKED)
        return error_set_status(error, EXIT_STATUS_CONFIG,
                                "another %s works on the database %s; use PostgreSQL for replicas",
                                service_name(process), path);
    return error_set_status(error, EXIT_STATUS_CONFIG, "the outbox does not start: %s",
                            text[0] != '\0' ? text : notify_client_error_text(failure));
}

bool web_process_open_database(struct web_process *process, struct error *error) {
    const struct database_options options = database_options_of(process);
    return database_start(&process->service->parts->database, &options, error);
}

bool web_process_open_statuses(struct web_process *process, struct error *error) {
    const struct web_settings *settings = process->service->settings;
    const struct status_consumer_options options = {
        .bootstrap_servers = settings->common.kafka_bootstrap_servers,
        .group = service_name(process),
        .topic = settings->status_topic,
        .database = process->service->parts->database,
        .apply = process->service->apply_status,
        .metrics = process->metrics,
        .readiness = process->readiness,
    };
    return status_consumer_start(&process->status_consumer, &options, error);
}

bool web_process_open_http(struct web_process *process, struct error *error) {
    const struct web_service *service = process->service;
    const struct web_settings *settings = service->settings;
    const struct http_server_options options = {
        .routes = service->routes,
        .context = service->parts,
        .metrics = process->metrics,
        .proxies = &settings->trusted_proxies,
        .problem_page = service->problem_page,
        .threads = HTTP_THREADS,
        .connections_max = raise_file_limit(),
        .body_max = service->body_max,
        .limits = {.request_ms = REQUEST_MAX_MS, .idle_ms = IDLE_MAX_MS, .response_ms = RESPONSE_MAX_MS},
    };
    if (!http_server_start(&process->http_server, &settings->http_listen, &options, error) ||
        !admin_server_start(&process->admin_server, &settings->common.admin_listen, process->metrics,
                            process->readiness, error))
        return false;
    log_info("ready", LOG_FIELDS(log_text("public_url", settings->public_url),
                                 log_text("database", settings->database_path)));
    return true;
}

/* --- running and stopping --- */

void web_process_wait_for_signal(struct web_process *process) {
    const struct timespec interval = {.tv_nsec = WATCH_INTERVAL_MS * 1000000L};
    const sigset_t signals = stop_signals();
    int number;
    do {
        watch_kafka(process);
        watch_outbox(process);
        number = sigtimedwait(&signals, NULL, &interval);
    } while (number < 0 && (errno == EAGAIN || errno == EINTR));
    log_info("stopping", LOG_FIELDS(log_text("signal", number > 0 ? sigabbrev_np(number) : "none")));
    /* The default action of a second one ends the process at once; nothing is lost, only published later. */
    stop_signals_unblock();
}

void web_process_close(struct web_process *process) {
    struct web_parts *parts = process->service->parts;
    http_server_stop(process->http_server, HTTP_STOP_MS);
    status_consumer_stop(process->status_consumer);
    database_stop(parts->database);
    admin_server_stop(process->admin_server); /* before the outbox, which a scrape reads */
    if (parts->outbox != NULL)
        parts->outbox = notify_outbox_stop(parts->outbox, OUTBOX_STOP_MS);
    readiness_free(process->readiness);
    metrics_free(process->metrics);
}
