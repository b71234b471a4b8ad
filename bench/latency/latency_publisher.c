/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishes events at an even rate and reads them back, as bare as librdkafka does it.
 *   latency-publisher BOOTSTRAP TOPIC EVENTS RATE PREFIX
 * prints a line for each event: its id, when it was handed to librdkafka and when a plain consumer of the
 * same topic had it, in µs since 1970. The events are notification.requested for the template of
 * bench/lib/worker_bench.py.
 */
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_S = 20 };

struct run {
    const char *bootstrap, *topic, *prefix;
    size_t events;
    double rate;
    int64_t *published, *consumed;
    size_t consumed_count;
};

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *const (*properties)[2]) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (; (*properties)[0] != NULL; properties++)
        if (rd_kafka_conf_set(conf, (*properties)[0], (*properties)[1], reason, sizeof reason) !=
            RD_KAFKA_CONF_OK) {
            fprintf(stderr, "%s\n", reason);
            exit(70);
        }
    rd_kafka_t *kafka = rd_kafka_new(type, conf, reason, sizeof reason);
    if (kafka == NULL) {
        fprintf(stderr, "%s\n", reason);
        exit(70);
    }
    return kafka;
}

static void note(struct run *run, const rd_kafka_message_t *message) {
    char text[128];
    snprintf(text, sizeof text, "%.*s", (int)message->key_len, (const char *)message->key);
    const char *number = strrchr(text, '-');
    size_t at = number == NULL ? run->events : strtoul(number + 1, NULL, 10);
    if (at >= run->events || run->consumed[at] != 0)
        return;
    run->consumed[at] = now_us();
    run->consumed_count++;
}

static void *consume(void *data) {
    struct run *run = data;
    const char *const properties[][2] = {
        {"bootstrap.servers", run->bootstrap}, {"group.id", run->prefix}, {NULL, NULL}};
    rd_kafka_t *kafka = client(RD_KAFKA_CONSUMER, properties);
    rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new(1);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, run->topic, NULL);
    if (rd_kafka_metadata(kafka, 0, topic, &metadata, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        exit(69);
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(partitions, run->topic, i)->offset = RD_KAFKA_OFFSET_END;
    rd_kafka_assign(kafka, partitions);
    int64_t end = now_us() + (int64_t)((double)run->events / run->rate * 1e6) + PATIENCE_S * 1000000;
    while (run->consumed_count < run->events && now_us() < end) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(kafka, 100);
        if (message == NULL)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            note(run, message);
        rd_kafka_message_destroy(message);
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
    rd_kafka_topic_partition_list_destroy(partitions);
    rd_kafka_consumer_close(kafka);
    rd_kafka_destroy(kafka);
    return NULL;
}

static void publish(struct run *run, rd_kafka_t *kafka, size_t number) {
    char key[128], event[1024];
    snprintf(key, sizeof key, "%s-%06zu", run->prefix, number);
    int size = snprintf(
        event, sizeof event,
        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/"
        "bench\",\"type\":\"com.example.notification.requested.v1\","
        "\"subject\":\"s\",\"datacontenttype\":\"application/json\",\"data\":{\"template\":\"order-shipped\","
        "\"recipient\":\"customer.%zu@example.org\",\"locale\":\"en\",\"variables\":{\"number\":\"%s\","
        "\"name\":\"Ada Lovelace\",\"site_url\":\"https://shop.example.org\"}}}",
        key, number, key);
    run->published[number] = now_us();
    rd_kafka_producev(kafka, RD_KAFKA_V_TOPIC(run->topic), RD_KAFKA_V_KEY(key, strlen(key)),
                      RD_KAFKA_V_VALUE(event, (size_t)size), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                      RD_KAFKA_V_END);
}

int main(int count, char **arguments) {
    if (count != 6) {
        fprintf(stderr, "usage: %s BOOTSTRAP TOPIC EVENTS RATE PREFIX\n", arguments[0]);
        return 64;
    }
    struct run run = {.bootstrap = arguments[1], .topic = arguments[2], .prefix = arguments[5]};
    run.events = strtoul(arguments[3], NULL, 10);
    run.rate = strtod(arguments[4], NULL);
    run.published = calloc(run.events, sizeof *run.published);
    run.consumed = calloc(run.events, sizeof *run.consumed);
    pthread_t consumer;
    if (run.published == NULL || run.consumed == NULL || pthread_create(&consumer, NULL, consume, &run) != 0)
        return 70;
    /* As the SDK sets them for the outbox relay. */
    const char *const properties[][2] = {{"bootstrap.servers", run.bootstrap},
                                         {"linger.ms", "1"},
                                         {"acks", "all"},
                                         {"enable.idempotence", "true"},
                                         {NULL, NULL}};
    rd_kafka_t *kafka = client(RD_KAFKA_PRODUCER, properties);
    struct timespec pause = {.tv_sec = 2};
    nanosleep(&pause, NULL); /* until the consumer stands at the end */
    int64_t begun = now_us();
    for (size_t i = 0; i < run.events; i++) {
        int64_t ahead = begun + (int64_t)((double)i / run.rate * 1e6) - now_us();
        if (ahead > 0) {
            struct timespec wait = {.tv_sec = ahead / 1000000, .tv_nsec = ahead % 1000000 * 1000};
            nanosleep(&wait, NULL);
        }
        publish(&run, kafka, i);
        rd_kafka_poll(kafka, 0);
    }
    rd_kafka_flush(kafka, PATIENCE_S * 1000);
    rd_kafka_destroy(kafka);
    pthread_join(consumer, NULL);
    for (size_t i = 0; i < run.events; i++)
        printf("%s-%06zu %lld %lld\n", run.prefix, i, (long long)run.published[i],
               (long long)run.consumed[i]);
    return run.consumed_count == run.events ? 0 : 69;
}
