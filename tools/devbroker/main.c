/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify-devbroker: librdkafka's mock cluster as a program of its own. It speaks the real Kafka protocol to
 * any client on this machine, needs no Java, and forgets: for a demo and for tests, never for anything that
 * must last.
 */
#include "common/error.h"
#include "topics_file.h"

#include <errno.h>
#include <getopt.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *topics;
    const char *bootstrap_file;
    int brokers;
};

struct broker {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *cluster;
};

static const char usage_text[] =
    "usage: notify-devbroker [--topics FILE] [--brokers N] [--bootstrap-file FILE]\n"
    "\n"
    "An embedded Kafka broker for a demo and for tests: librdkafka's mock cluster, in memory, on 127.0.0.1.\n"
    "It prints its bootstrap address and runs until SIGINT or SIGTERM.\n"
    "\n"
    "  --topics FILE          create the topics of FILE (deploy/topics.json)\n"
    "  --brokers N            pretend to be N brokers, 1 to 9 (1)\n"
    "  --bootstrap-file FILE  write the bootstrap address to FILE when ready, and remove FILE at the end\n"
    "  --help, --version\n"
    "\n"
    "A partition keeps at most 5 MiB or 100,000 messages and forgets what is older; nothing survives the "
    "process.\n"
    "The broker creates no topics for admin clients (notifyctl topics apply); configurations of topics are "
    "ignored.\n";

static int print(const char *text) {
    return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_STATUS_INTERNAL : EXIT_STATUS_OK;
}

static bool parse_brokers(int *brokers, const char *text) {
    char *end = NULL;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < 1 || number > 9) {
        fprintf(stderr, "notify-devbroker: --brokers must be 1 to 9, not '%s'\n", text);
        return false;
    }
    *brokers = (int)number;
    return true;
}

/* False: the program ends with *status. */
static bool parse_options(int argc, char **argv, struct options *options, int *status) {
    static const struct option long_options[] = {
        {"topics", required_argument, NULL, 't'},  {"bootstrap-file", required_argument, NULL, 'f'},
        {"brokers", required_argument, NULL, 'b'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},       {NULL, 0, NULL, 0},
    };
    int letter;
    *status = EXIT_STATUS_USAGE;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (letter) {
        case 't':
            options->topics = optarg;
            break;
        case 'f':
            options->bootstrap_file = optarg;
            break;
        case 'b':
            if (!parse_brokers(&options->brokers, optarg))
                return false;
            break;
        case 'h':
            *status = print(usage_text);
            return false;
        case 'v':
            *status = print("notify-devbroker " NOTIFY_VERSION "\n");
            return false;
        default:
            fputs("See notify-devbroker --help.\n", stderr);
            return false;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "notify-devbroker: unexpected argument '%s'; see notify-devbroker --help\n",
                argv[optind]);
        return false;
    }
    return true;
}

static bool broker_start(struct broker *broker, int brokers) {
    char reason[256];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    /* Errors only: that it has no bootstrap.servers of its own is what we want. */
    if (rd_kafka_conf_set(configuration, "log_level", "3", reason, sizeof reason) != RD_KAFKA_CONF_OK) {
        rd_kafka_conf_destroy(configuration);
        fprintf(stderr, "notify-devbroker: %s\n", reason);
        return false;
    }
    broker->handle = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, reason, sizeof reason);
    if (broker->handle == NULL) {
        rd_kafka_conf_destroy(configuration);
        fprintf(stderr, "notify-devbroker: librdkafka does not start: %s\n", reason);
        return false;
    }
    broker->cluster = rd_kafka_mock_cluster_new(broker->handle, brokers);
    if (broker->cluster == NULL)
        fputs("notify-devbroker: the mock cluster does not start\n", stderr);
    return broker->cluster != NULL;
}

static void broker_stop(struct broker *broker) {
    if (broker->cluster != NULL)
        rd_kafka_mock_cluster_destroy(broker->cluster);
    if (broker->handle != NULL)
        rd_kafka_destroy(broker->handle);
}

static bool create_topics(struct broker *broker, const struct topic_list *topics, int brokers) {
    for (size_t i = 0; i < topics->count; i++) {
        const struct topic *topic = &topics->topics[i];
        int replicas = topic->replication_factor < brokers ? topic->replication_factor : brokers;
        rd_kafka_resp_err_t error =
            rd_kafka_mock_topic_create(broker->cluster, topic->name, topic->partitions, replicas);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fprintf(stderr, "notify-devbroker: topic %s was not created: %s\n", topic->name,
                    rd_kafka_err2str(error));
            return false;
        }
    }
    return true;
}

/* Beside, then renamed: who waits for the file never reads half of it. */
static bool write_bootstrap_file(const char *path, const char *bootstrap) {
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof temporary) {
        fprintf(stderr, "notify-devbroker: the name of the bootstrap file is too long\n");
        return false;
    }
    FILE *file = fopen(temporary, "we");
    bool ok = file != NULL && fprintf(file, "%s\n", bootstrap) > 0;
    if (file != NULL && fclose(file) != 0)
        ok = false;
    if (ok && rename(temporary, path) == 0)
        return true;
    fprintf(stderr, "notify-devbroker: cannot write %s: %s\n", path, strerror(errno));
    unlink(temporary);
    return false;
}

static bool announce(const struct options *options, const struct topic_list *topics, const char *bootstrap) {
    printf("%s\n", bootstrap);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "notify-devbroker: cannot write to standard output: %s\n", strerror(errno));
        return false;
    }
    fprintf(stderr,
            "notify-devbroker: ready, %zu topics. In memory only: a partition keeps at most 5 MiB or "
            "100,000 messages, and nothing survives this process.\n",
            topics->count);
    return options->bootstrap_file == NULL || write_bootstrap_file(options->bootstrap_file, bootstrap);
}

int main(int argc, char **argv) {
    struct options options = {.brokers = 1};
    struct topic_list topics = {0};
    struct broker broker = {0};
    struct error error;

    int status;
    if (!parse_options(argc, argv, &options, &status))
        return status;
    if (options.topics != NULL && !topics_file_read(&topics, options.topics, &error)) {
        fprintf(stderr, "notify-devbroker: %s\n", error.text);
        return error.exit_status;
    }

    /* Before librdkafka starts its threads, which then inherit the mask. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    status = EXIT_STATUS_INTERNAL;
    if (broker_start(&broker, options.brokers) && create_topics(&broker, &topics, options.brokers) &&
        announce(&options, &topics, rd_kafka_mock_cluster_bootstraps(broker.cluster))) {
        int received = 0;
        while (sigwait(&signals, &received) != 0)
            ;
        status = EXIT_STATUS_OK;
        if (options.bootstrap_file != NULL)
            unlink(options.bootstrap_file);
    }
    broker_stop(&broker);
    topic_list_free(&topics);
    return status;
}
