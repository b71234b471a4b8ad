/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_link.h"
#include "common/clock.h"
#include "common/kafka_properties.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* librdkafka would write every refused connection to standard error; one of them, in the final sentence, is
 * enough. */
static void keep_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
    struct kafka_link *link = rd_kafka_opaque(client);
    const char *thread_end = strncmp(text, "[thrd:", 6) == 0 ? strstr(text, "]: ") : NULL;
    if (thread_end != NULL)
        text = thread_end + 3;
    if (strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0) {
        pthread_mutex_lock(&link->log_mutex);
        snprintf(link->last_log, sizeof link->last_log, "%s", text);
        pthread_mutex_unlock(&link->log_mutex);
    } else if (level == 7) { /* KAFKA_DEBUG asked for these */
        fprintf(stderr, "%s: %s\n", facility, text);
    }
}

static bool configure(rd_kafka_conf_t *conf, struct kafka_link *link, const struct command_line *line,
                      const struct kafka_link_client *client, struct error *error) {
    if (!kafka_properties_from_environment(conf, client->type, client->own_names, error) ||
        (client->group != NULL && !kafka_properties_set(conf, "group.id", client->group, error)))
        return false;
    for (size_t i = 0; client->properties != NULL && client->properties[i][0] != NULL; i++)
        if (!kafka_properties_set(conf, client->properties[i][0], client->properties[i][1], error))
            return false;
    if (client->rebalance != NULL)
        rd_kafka_conf_set_rebalance_cb(conf, client->rebalance);
    if (client->delivered != NULL)
        rd_kafka_conf_set_dr_msg_cb(conf, client->delivered);
    char servers[4096] = "";
    size_t size = sizeof servers;
    const char *option = option_value(line, "bootstrap-server");
    if (option == NULL && rd_kafka_conf_get(conf, "bootstrap.servers", servers, &size) == RD_KAFKA_CONF_OK &&
        servers[0] != '\0')
        option = servers;
    link->bootstrap_servers = strdup(option != NULL ? option : KAFKA_LINK_DEFAULT_SERVERS);
    if (link->bootstrap_servers == NULL)
        return error_set(error, "out of memory");
    rd_kafka_conf_set_opaque(conf, link);
    rd_kafka_conf_set_log_cb(conf, keep_log);
    return kafka_properties_set(conf, "bootstrap.servers", link->bootstrap_servers, error);
}

bool kafka_link_open(struct kafka_link *link, const struct command_line *line, const char *group,
                     struct error *error) {
    const struct kafka_link_client client = {
        .type = group == NULL ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
        .group = group,
    };
    return kafka_link_open_client(link, line, &client, error);
}

bool kafka_link_open_client(struct kafka_link *link, const struct command_line *line,
                            const struct kafka_link_client *client, struct error *error) {
    *link = (struct kafka_link){.owner = client->owner};
    int failed = pthread_mutex_init(&link->log_mutex, NULL);
    if (failed != 0)
        return error_set(error, "pthread_mutex_init: %s", strerror(failed));
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[256];
    if (!configure(conf, link, line, client, error)) {
        rd_kafka_conf_destroy(conf);
        kafka_link_close(link);
        return false;
    }
    link->client = rd_kafka_new(client->type, conf, reason, sizeof reason);
    if (link->client == NULL) {
        rd_kafka_conf_destroy(conf);
        kafka_link_close(link);
        return error_set_status(error, EXIT_STATUS_CONFIG, "%s", reason);
    }
    link->queue = rd_kafka_queue_new(link->client);
    return true;
}

void kafka_link_close(struct kafka_link *link) {
    if (link->queue != NULL)
        rd_kafka_queue_destroy(link->queue);
    if (link->client != NULL)
        rd_kafka_destroy_flags(link->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(link->bootstrap_servers);
    pthread_mutex_destroy(&link->log_mutex);
}

void kafka_link_pause(void) {
    struct timespec pause = {.tv_nsec = 250 * 1000 * 1000};
    (void)nanosleep(&pause, NULL); /* woken early by a signal: the question is only asked sooner */
}

bool kafka_link_tell_unreachable(struct kafka_link *link, rd_kafka_resp_err_t code, struct error *error) {
    char reason[sizeof link->last_log];
    pthread_mutex_lock(&link->log_mutex);
    memcpy(reason, link->last_log, sizeof reason);
    pthread_mutex_unlock(&link->log_mutex);
    return error_set_status(error, EXIT_STATUS_UNAVAILABLE, "no Kafka broker of %s answers: %s",
                            link->bootstrap_servers, reason[0] != '\0' ? reason : rd_kafka_err2str(code));
}

bool kafka_link_metadata(struct kafka_link *link, int brokers, int wait_ms,
                         const struct rd_kafka_metadata **metadata_out, struct error *error) {
    int64_t deadline = clock_monotonic_ms() + wait_ms;
    bool told = false;
    for (;;) {
        int64_t left = deadline - clock_monotonic_ms();
        /* A second at least: a broker that is there must be found with --wait 0, too. */
        int slice_ms = left > 1000 ? (left < 3000 ? (int)left : 3000) : 1000;
        rd_kafka_resp_err_t code = rd_kafka_metadata(link->client, 1, NULL, metadata_out, slice_ms);
        bool over = clock_monotonic_ms() >= deadline;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR && ((*metadata_out)->broker_cnt >= brokers || over))
            return true;
        int found = code == RD_KAFKA_RESP_ERR_NO_ERROR ? (*metadata_out)->broker_cnt : 0;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            rd_kafka_metadata_destroy(*metadata_out);
        if (over)
            return kafka_link_tell_unreachable(link, code, error);
        if (!told)
            fprintf(stderr, "waiting for brokers: %d of %d answer\n", found, brokers);
        told = true;
        kafka_link_pause();
    }
}

rd_kafka_AdminOptions_t *kafka_link_admin_options(struct kafka_link *link, rd_kafka_admin_op_t operation,
                                                  struct error *error) {
    char reason[256];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(link->client, operation);
    bool changes =
        operation == RD_KAFKA_ADMIN_OP_CREATETOPICS || operation == RD_KAFKA_ADMIN_OP_CREATEPARTITIONS;
    if (options == NULL) {
        error_set(error, "out of memory");
    } else if (rd_kafka_AdminOptions_set_request_timeout(options, KAFKA_LINK_TIMEOUT_MS, reason,
                                                         sizeof reason) != RD_KAFKA_RESP_ERR_NO_ERROR ||
               (changes &&
                rd_kafka_AdminOptions_set_operation_timeout(options, KAFKA_LINK_TIMEOUT_MS, reason,
                                                            sizeof reason) != RD_KAFKA_RESP_ERR_NO_ERROR)) {
        error_set(error, "rd_kafka_AdminOptions: %s", reason);
        rd_kafka_AdminOptions_destroy(options);
        options = NULL;
    }
    return options;
}

rd_kafka_event_t *kafka_link_await(struct kafka_link *link, const char *doing, struct error *error) {
    /* The request's own time-out ends it; ours is for the case that librdkafka forgets. */
    rd_kafka_event_t *event = rd_kafka_queue_poll(link->queue, KAFKA_LINK_TIMEOUT_MS + 10000);
    link->last_error = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    if (event == NULL) {
        error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s: no answer", doing);
        return NULL;
    }
    if (link->last_error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        error_set_status(error, EXIT_STATUS_UNAVAILABLE, "%s: %s", doing, rd_kafka_event_error_string(event));
        rd_kafka_event_destroy(event);
        return NULL;
    }
    return event;
}

bool kafka_link_topic_is_internal(const char *name) {
    return strncmp(name, "__", 2) == 0;
}
