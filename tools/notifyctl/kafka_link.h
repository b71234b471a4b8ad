/* SPDX-License-Identifier: Apache-2.0 */
/* A client for questions and orders to the cluster, configured by KAFKA_* and --bootstrap-server. */
#ifndef NOTIFYCTL_KAFKA_LINK_H
#define NOTIFYCTL_KAFKA_LINK_H

#include "command.h"
#include <librdkafka/rdkafka.h>
#include <pthread.h>

#define KAFKA_LINK_TIMEOUT_MS 20000 /* for one question, once brokers answer */

struct kafka_link {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;        /* of admin results */
    rd_kafka_resp_err_t last_error; /* why kafka_link_await() returned NULL last */
    char *bootstrap_servers;
    pthread_mutex_t log_mutex;
    char last_log[256]; /* librdkafka's last word, for the error when no broker answers */
    void *owner;        /* whose callbacks get the link as their opaque */
};

/* A client for more than questions. */
struct kafka_link_client {
    rd_kafka_type_t type;
    const char *group;            /* of a consumer */
    const char *const *own_names; /* KAFKA_* names that are not for this client, as kafka_properties.h */
    const char *const (
        *properties)[2]; /* what the caller rests on, whatever the environment says; {NULL} ends */
    void (*rebalance)(rd_kafka_t *client, rd_kafka_resp_err_t code,
                      rd_kafka_topic_partition_list_t *partitions, void *link);           /* NULL: none */
    void (*delivered)(rd_kafka_t *client, const rd_kafka_message_t *message, void *link); /* NULL: none */
    void *owner;
};

/*
 * Waits for nobody yet. The link must stay where it is until it is closed. group: whose offsets are asked
 * for, which needs a consumer client, although it never joins: another one crashes when the coordinator moves
 * (librdkafka#5040, seen on 2.0.2 with a group's first question to a new cluster). NULL for everything else.
 */
bool kafka_link_open(struct kafka_link *link, const struct command_line *line, const char *group,
                     struct error *error);
bool kafka_link_open_client(struct kafka_link *link, const struct command_line *line,
                            const struct kafka_link_client *client, struct error *error);
/* A consumer that has joined its group is to be closed before: librdkafka would wait for it without end. */
void kafka_link_close(struct kafka_link *link);

/* The error "no Kafka broker of … answers: …", exit status 69, with librdkafka's last word or else reason's.
 */
bool kafka_link_tell_unreachable(struct kafka_link *link, rd_kafka_resp_err_t reason, struct error *error);

/* Where neither --bootstrap-server nor KAFKA_BOOTSTRAP_SERVERS is given. */
#define KAFKA_LINK_DEFAULT_SERVERS "localhost:9092"

/*
 * Metadata of every topic, once this many brokers answer, but at most after wait_ms what there is then. No
 * broker at all is an error with exit status 69. The caller destroys the metadata.
 */
bool kafka_link_metadata(struct kafka_link *link, int brokers, int wait_ms,
                         const struct rd_kafka_metadata **metadata_out, struct error *error);

/* Options with this link's timeout; NULL: error is set. The caller destroys them. */
rd_kafka_AdminOptions_t *kafka_link_admin_options(struct kafka_link *link, rd_kafka_admin_op_t operation,
                                                  struct error *error);

/* The result of the admin request that was made last, NULL with an error when it failed as a whole; doing
 * ("describing the topics' configs") begins the error's text. The caller destroys the event. */
rd_kafka_event_t *kafka_link_await(struct kafka_link *link, const char *doing, struct error *error);

/* A moment between two attempts. */
void kafka_link_pause(void);

/* A topic that is the cluster's own business (__consumer_offsets). */
bool kafka_link_topic_is_internal(const char *name);

#endif
