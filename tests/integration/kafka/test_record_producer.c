/* SPDX-License-Identifier: Apache-2.0 */
/* Every record's fate is told once, whatever happens to Kafka. The oracle reads the topic. */
#include "cluster.h"
#include "kafka/record_producer.h"
#include "suite.h"
#include "turning_loop.h"

#include "common/clock.h"
#include "common/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC "outgoing"
#define PARTITIONED_TOPIC "partitioned"
#define COUNT 100
#define DEADLINE_MS 60000

static struct cluster cluster;
static struct turning_loop loop;
static struct record_producer *producer;

struct fate {
    unsigned delivered, failed; /* as told */
    unsigned written;           /* as read */
};
static struct fate fates[COUNT];
static bool is_closing, is_closed;

static void on_delivered(void *data, void *record, const char *reason) {
    (void)data;
    struct fate *fate = record;
    ck_assert(fate >= fates && fate < fates + COUNT);
    if (reason == NULL)
        fate->delivered++;
    else
        fate->failed++;
}

static void set_up(void) {
    is_closing = is_closed = false;
    static const char *const no_names[] = {NULL};
    static const struct record_producer_events events = {.delivered = on_delivered};
    struct error error = {0};
    log_configure("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    memset(fates, 0, sizeof fates);
    cluster_start(&cluster, 1);
    cluster_topic(&cluster, TOPIC, 1);
    cluster_topic(&cluster, PARTITIONED_TOPIC, 4);
    turning_loop_start(&loop, 10);
    ck_assert_msg(record_producer_new(&producer, &loop.uv, cluster.bootstrap, no_names, &events, &error),
                  "%s", error.text);
}

static void on_closed(void *data) {
    (void)data;
    is_closed = true;
}

static void close_producer(void) {
    if (!is_closing)
        record_producer_close(producer, on_closed);
    is_closing = true;
}

static void tear_down(void) {
    close_producer();
    turning_loop_end(&loop);
    ck_assert(is_closed);
    record_producer_free(producer);
    cluster_stop(&cluster);
}

static bool send_one(const char *topic, size_t index) {
    char value[16];
    snprintf(value, sizeof value, "%zu", index);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
    ck_assert_ptr_nonnull(headers);
    ck_assert_int_eq(rd_kafka_header_add(headers, "name", -1, "value", -1), 0);
    const struct outgoing_record outgoing = {.topic = topic,
                                             .key = "key",
                                             .key_size = 3,
                                             .value = value,
                                             .value_size = strlen(value),
                                             .headers = headers};
    struct error error = {0};
    if (record_producer_send(producer, &outgoing, &fates[index], &error))
        return true;
    ck_assert_str_ne(error.text, "");
    rd_kafka_headers_destroy(headers); /* still the caller's */
    return false;
}

static void send_all(void) {
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(send_one(TOPIC, i));
    ck_assert_uint_eq(record_producer_pending(producer), COUNT);
}

static void run_until_told(void) {
    int64_t end = clock_monotonic_ms() + DEADLINE_MS;
    while (record_producer_pending(producer) > 0) {
        uv_run(&loop.uv, UV_RUN_ONCE);
        ck_assert_msg(clock_monotonic_ms() < end, "%zu fates are not told",
                      record_producer_pending(producer));
    }
}

static void note_written(const rd_kafka_message_t *message, void *data) {
    (void)data;
    char value[16];
    snprintf(value, sizeof value, "%.*s", (int)message->len, (const char *)message->payload);
    size_t index = strtoul(value, NULL, 10);
    ck_assert_uint_lt(index, COUNT);
    fates[index].written++;
}

static void assert_each_told_once(void) {
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_eq(fates[i].delivered + fates[i].failed, 1);
}

static void assert_each_written_once(void) {
    cluster_read(&cluster, TOPIC, 0, note_written, NULL);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(fates[i].delivered, 1);
        ck_assert_uint_eq(fates[i].written, 1);
    }
}

/* --- tests --- */

static const rd_kafka_resp_err_t passing_errors[] = {
    RD_KAFKA_RESP_ERR_NO_ERROR,
    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
    RD_KAFKA_RESP_ERR__TRANSPORT,
};

START_TEST(errors_that_pass_cost_nothing) {
    cluster_refuse(&cluster, API_PRODUCE, 3, passing_errors[_i]);
    send_all();
    run_until_told();
    assert_each_told_once();
    assert_each_written_once();
}
END_TEST

static const rd_kafka_resp_err_t lasting_errors[] = {
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, /* fatal: the producer makes itself anew */
};

START_TEST(errors_that_last_are_told_and_the_next_record_goes) {
    cluster_refuse(&cluster, API_PRODUCE, 1, lasting_errors[_i]);
    for (size_t i = 0; i < COUNT; i++)
        while (!send_one(TOPIC, i)) /* the fatal error came while this still sends */
            uv_run(&loop.uv, UV_RUN_ONCE);
    run_until_told();
    assert_each_told_once();
    for (size_t i = 0; i < COUNT; i++) /* what a caller does: again, until it is there */
        while (fates[i].delivered == 0) {
            while (!send_one(TOPIC, i))
                uv_run(&loop.uv, UV_RUN_ONCE);
            run_until_told();
        }
    cluster_read(&cluster, TOPIC, 0, note_written, NULL);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_ge(fates[i].written, 1);
}
END_TEST

START_TEST(a_purge_tells_every_fate_before_it_returns) {
    cluster_down(&cluster);
    send_all();
    record_producer_purge(producer);
    ck_assert_uint_eq(record_producer_pending(producer), 0);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_eq(fates[i].failed, 1);
    cluster_up(&cluster);
}
END_TEST

START_TEST(a_purge_tells_the_fates_of_what_is_on_the_wire) {
    send_all();
    run_until_told(); /* the connection is up */
    memset(fates, 0, sizeof fates);
    ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 3000), 0);
    send_all();
    turning_loop_run_for(&loop, 300);
    record_producer_purge(producer);
    ck_assert_uint_eq(record_producer_pending(producer), 0);
    assert_each_told_once();
    ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 0), 0);
    memset(fates, 0, sizeof fates);
    send_all(); /* and it goes on */
    run_until_told();
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_eq(fates[i].delivered, 1);
}
END_TEST

START_TEST(a_missing_topic_is_a_refusal_or_a_told_failure_and_never_both) {
    static const char missing[] = "missing";
    rd_kafka_mock_topic_set_error(cluster.mock, missing, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    unsigned refused = 0;
    for (size_t i = 0; i < COUNT; i++) {
        bool taken = send_one(missing, i);
        refused += !taken;
        int64_t end = clock_monotonic_ms() + DEADLINE_MS;
        while (taken && fates[i].failed == 0) {
            uv_run(&loop.uv, UV_RUN_ONCE);
            ck_assert_msg(clock_monotonic_ms() < end, "the fate is not told");
        }
        ck_assert_uint_eq(fates[i].failed, taken ? 1 : 0);
        ck_assert_uint_eq(fates[i].delivered, 0);
    }
    ck_assert_uint_gt(refused, 0);
    ck_assert(send_one(TOPIC, 0)); /* another topic is none the worse */
    run_until_told();
    ck_assert_uint_eq(fates[0].delivered, 1);
}
END_TEST

START_TEST(a_closed_producer_takes_nothing) {
    send_all();
    run_until_told();
    close_producer();
    ck_assert(!send_one(TOPIC, 0));
    ck_assert_uint_eq(record_producer_pending(producer), 0);
}
END_TEST

/* --- where they go --- */

static void send_with_key(const char *key, bool to_first_partition) {
    const struct outgoing_record outgoing = {.topic = PARTITIONED_TOPIC,
                                             .key = key,
                                             .key_size = strlen(key),
                                             .to_first_partition = to_first_partition};
    struct error error = {0};
    ck_assert_msg(record_producer_send(producer, &outgoing, &fates[0], &error), "%s", error.text);
}

START_TEST(records_go_to_the_partition_of_their_key_or_all_to_the_first) {
    bool to_first_partition = _i == 1;
    char key[16];
    for (int i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "key-%d", i);
        send_with_key(key, to_first_partition);
    }
    run_until_told();
    int64_t in_the_first = cluster_end(&cluster, PARTITIONED_TOPIC, 0);
    if (to_first_partition)
        ck_assert_int_eq(in_the_first, 40);
    else
        ck_assert_int_lt(in_the_first, 40);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("record producer");
    TCase *fate = suite_case(suite, "fate", set_up, tear_down, 120);
    tcase_add_loop_test(fate, errors_that_pass_cost_nothing, 0, LOOP_COUNT(passing_errors));
    tcase_add_loop_test(fate, errors_that_last_are_told_and_the_next_record_goes, 0,
                        LOOP_COUNT(lasting_errors));
    tcase_add_test(fate, a_purge_tells_every_fate_before_it_returns);
    tcase_add_test(fate, a_purge_tells_the_fates_of_what_is_on_the_wire);
    tcase_add_test(fate, a_missing_topic_is_a_refusal_or_a_told_failure_and_never_both);
    tcase_add_test(fate, a_closed_producer_takes_nothing);
    tcase_add_loop_test(fate, records_go_to_the_partition_of_their_key_or_all_to_the_first, 0, 2);
    return suite_end(suite);
}
