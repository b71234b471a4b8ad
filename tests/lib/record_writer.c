/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishes records that standard input describes, a JSON object a line:
 *   {"key": base64|null, "value": base64|null, "headers": [[name, base64|null], …], "partition": number}
 * and prints {"line", "partition", "offset"} or {"line", "error"} for each when Kafka has settled it. The
 * order of the lines is the order in a partition (idempotent producer). It knows nothing of the project's own
 * libraries, on purpose.
 */
#include "record.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t failures;

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client;
    (void)opaque;
    json_int_t line = (json_int_t)(intptr_t)message->_private;
    if (message->err) {
        failures++;
        print_line(json_pack("{s:I, s:s}", "line", line, "error", rd_kafka_err2str(message->err)));
    } else {
        print_line(json_pack("{s:I, s:i, s:I}", "line", line, "partition", (int)message->partition, "offset",
                             (json_int_t)message->offset));
    }
}

static rd_kafka_headers_t *read_headers(const json_t *list) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(json_array_size(list));
    size_t index;
    const json_t *pair;
    json_array_foreach(list, index, pair) {
        const char *name = json_string_value(json_array_get(pair, 0));
        if (name == NULL)
            fail("a header needs a name");
        size_t size;
        unsigned char *value = base64_decode(json_array_get(pair, 1), &size);
        if (rd_kafka_header_add(headers, name, -1, value, (ssize_t)size) != RD_KAFKA_RESP_ERR_NO_ERROR)
            fail("cannot add the header %s", name);
        free(value);
    }
    return headers;
}

static void publish(rd_kafka_t *client, const char *topic, const json_t *record, intptr_t line) {
    size_t key_size, value_size;
    unsigned char *key = base64_decode(json_object_get(record, "key"), &key_size);
    unsigned char *value = base64_decode(json_object_get(record, "value"), &value_size);
    const json_t *partition = json_object_get(record, "partition");
    for (;;) {
        rd_kafka_headers_t *headers = read_headers(json_object_get(record, "headers"));
        rd_kafka_resp_err_t error = rd_kafka_producev(
            client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key, key_size),
            RD_KAFKA_V_VALUE(value, value_size),
            RD_KAFKA_V_PARTITION(json_is_integer(partition) ? (int32_t)json_integer_value(partition)
                                                            : RD_KAFKA_PARTITION_UA),
            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_OPAQUE((void *)line), RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        rd_kafka_headers_destroy(headers);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            fail("line %" PRIdPTR ": %s", line, rd_kafka_err2str(error));
        rd_kafka_poll(client, 100);
    }
    free(key);
    free(value);
}

/* Sleeps until the line's turn at the given rate has come. */
static void pace(rd_kafka_t *client, double rate, intptr_t line, const struct timespec *start) {
    for (;;) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        double elapsed = (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
        double wait = (double)(line - 1) / rate - elapsed;
        if (wait <= 0)
            return;
        rd_kafka_poll(client, wait > 0.1 ? 100 : (int)(wait * 1000) + 1);
    }
}

/* Until every record is settled. After a fatal error (a killed broker can cost an idempotent producer its
 * sequence numbers) some never are, and nothing is worth waiting for. */
static bool settle_all(rd_kafka_t *client, int patience_ms) {
    char reason[256];
    for (int waited = 0; waited < patience_ms; waited += 500) {
        if (rd_kafka_flush(client, 500) == RD_KAFKA_RESP_ERR_NO_ERROR)
            return true;
        if (rd_kafka_fatal_error(client, reason, sizeof reason) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return rd_kafka_flush(client, 2000) == RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return false;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5)
        fail("usage: %s BOOTSTRAP TOPIC SECONDS [RECORDS_A_SECOND] <LINES", argv[0]);
    int patience_ms = atoi(argv[3]) * 1000;
    double rate = argc == 5 ? atof(argv[4]) : 0;
    /* A message limit of 8 MB: the broker, not this tool, shall refuse what is too large. */
    rd_kafka_t *client =
        client_new(RD_KAFKA_PRODUCER, argv[1],
                   (const char *const[]){"enable.idempotence", "true", "linger.ms", "5", "message.max.bytes",
                                         "8000000", "message.timeout.ms", "120000", NULL},
                   on_delivery);
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    char *text = NULL;
    size_t capacity = 0;
    intptr_t line = 0;
    ssize_t length;
    while ((length = getline(&text, &capacity, stdin)) > 0) {
        json_error_t error;
        json_t *record = json_loadb(text, (size_t)length, 0, &error);
        if (record == NULL)
            fail("line %" PRIdPTR ": %s", line + 1, error.text);
        line++;
        if (rate > 0)
            pace(client, rate, line, &start);
        publish(client, argv[2], record, line);
        json_decref(record);
        rd_kafka_poll(client, 0);
    }
    free(text);
    if (!settle_all(client, patience_ms))
        fail("%d of %" PRIdPTR " records were not settled in %s s", rd_kafka_outq_len(client), line, argv[3]);
    rd_kafka_destroy(client);
    return failures == 0 ? 0 : 2;
}
