/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of retries and dead letters, on a message that a mock cluster delivered: librdkafka makes none
 * otherwise. */
#include "kafka/dead_letter.h"
#include "suite.h"
#include <librdkafka/rdkafka_mock.h>
#include <string.h>

#define GROUP "mailers"

static rd_kafka_t *owner, *producer, *consumer;
static rd_kafka_mock_cluster_t *cluster;

struct property {
    const char *name, *value;
};

static rd_kafka_t *client(rd_kafka_type_t type, const struct property *settings, size_t count) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(rd_kafka_conf_set(conf, settings[i].name, settings[i].value, reason, sizeof reason),
                         RD_KAFKA_CONF_OK);
    rd_kafka_t *kafka = rd_kafka_new(type, conf, reason, sizeof reason);
    ck_assert_msg(kafka != NULL, "%s", reason);
    return kafka;
}

static void set_up(void) {
    owner = client(RD_KAFKA_PRODUCER, NULL, 0);
    cluster = rd_kafka_mock_cluster_new(owner, 1);
    rd_kafka_mock_topic_create(cluster, "orders", 1, 1);
    const char *brokers = rd_kafka_mock_cluster_bootstraps(cluster);
    const struct property settings[] = {{"bootstrap.servers", brokers}, {"group.id", GROUP}};
    producer = client(RD_KAFKA_PRODUCER, settings, 1);
    consumer = client(RD_KAFKA_CONSUMER, settings, 2);
}

static void tear_down(void) {
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
}

/* A record of topic "orders", partition 0, offset 0, timestamp 1234567890123, with these headers. */
static rd_kafka_message_t *delivered(rd_kafka_headers_t *headers) {
    char value[] = "v";
    ck_assert_int_eq(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("orders"), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_VALUE(value, 1),
                                       RD_KAFKA_V_TIMESTAMP(INT64_C(1234567890123)),
                                       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers),
                                       RD_KAFKA_V_END),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(rd_kafka_flush(producer, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "orders", 0)->offset = 0;
    ck_assert_int_eq(rd_kafka_assign(consumer, list), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 10000);
    ck_assert_ptr_nonnull(message);
    ck_assert_int_eq(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
    return message;
}

static void expect_bytes(const rd_kafka_headers_t *headers, const char *name, const void *bytes,
                         size_t size) {
    const void *value = NULL;
    size_t value_size = 0;
    ck_assert_msg(rd_kafka_header_get_last(headers, name, &value, &value_size) == RD_KAFKA_RESP_ERR_NO_ERROR,
                  "%s is missing", name);
    ck_assert_msg(value_size == size && memcmp(value, bytes, size) == 0, "%s is something else", name);
}

static void expect_text(const rd_kafka_headers_t *headers, const char *name, const char *text) {
    expect_bytes(headers, name, text, strlen(text));
}

static void expect_missing(const rd_kafka_headers_t *headers, const char *name) {
    const void *value = NULL;
    size_t size = 0;
    ck_assert_int_eq(rd_kafka_header_get_last(headers, name, &value, &size), RD_KAFKA_RESP_ERR__NOENT);
}

START_TEST(a_dead_letter_says_why_and_where_it_came_from_in_springs_headers) {
    rd_kafka_headers_t *original = rd_kafka_headers_new(1);
    rd_kafka_header_add(original, "traceparent", -1, "00-aa-bb-01", -1);
    rd_kafka_message_t *message = delivered(original);
    const struct retry_state past = {0};
    const struct dead_letter letter = {
        .reason = "permanent-failure", .message = "rcpt: 550 5.1.1", .past = &past};
    rd_kafka_headers_t *headers = dead_letter_headers(message, GROUP, &letter);
    ck_assert_ptr_nonnull(headers);
    expect_text(headers, "traceparent", "00-aa-bb-01");
    expect_text(headers, "notify-reason", "permanent-failure");
    expect_text(headers, "kafka_dlt-original-topic", "orders");
    expect_bytes(headers, "kafka_dlt-original-partition", "\0\0\0\0", 4);
    expect_bytes(headers, "kafka_dlt-original-offset", "\0\0\0\0\0\0\0\0", 8);
    expect_bytes(headers, "kafka_dlt-original-timestamp", "\x00\x00\x01\x1f\x71\xfb\x04\xcb",
                 8); /* printf %016x */
    expect_text(headers, "kafka_dlt-original-timestamp-type", "CreateTime");
    expect_text(headers, "kafka_dlt-original-consumer-group", GROUP);
    expect_text(headers, "kafka_dlt-exception-fqcn", "com.example.notify.PermanentFailure");
    expect_text(headers, "kafka_dlt-exception-message", "rcpt: 550 5.1.1");
    rd_kafka_headers_destroy(headers);
    rd_kafka_message_destroy(message);
}
END_TEST

START_TEST(a_retry_carries_its_state_and_reads_it_back) {
    rd_kafka_message_t *message = delivered(rd_kafka_headers_new(1));
    const struct retry_state state = {
        .attempts = 3, .first_attempt_unix_ms = 1700000000000, .due_unix_ms = 1700000060000, .mail = "abc"};
    rd_kafka_headers_t *headers = retry_headers(message, GROUP, &state);
    expect_text(headers, "notify-attempt", "3");
    expect_text(headers, "notify-first-attempt", "1700000000000");
    expect_text(headers, "notify-due", "1700000060000");
    struct retry_state read;
    ck_assert(retry_state_read(&read, headers));
    ck_assert_uint_eq(read.attempts, 3);
    ck_assert_int_eq(read.due_unix_ms, state.due_unix_ms);
    ck_assert_str_eq(read.mail, "abc");
    rd_kafka_headers_destroy(headers);
    rd_kafka_message_destroy(message);
}
END_TEST

START_TEST(the_first_origin_is_kept_over_every_hop) {
    rd_kafka_headers_t *original = rd_kafka_headers_new(1);
    rd_kafka_header_add(original, "kafka_dlt-original-topic", -1, "users", -1);
    rd_kafka_header_add(original, "notify-due", -1, "5", -1);
    rd_kafka_message_t *message = delivered(original);
    const struct retry_state past = {.attempts = 2, .first_attempt_unix_ms = 1};
    const struct dead_letter letter = {.reason = "gave-up", .message = "", .past = &past};
    rd_kafka_headers_t *headers = dead_letter_headers(message, GROUP, &letter);
    expect_text(headers, "kafka_dlt-original-topic", "users");
    expect_missing(headers, "kafka_dlt-original-offset");
    expect_missing(headers, "notify-due");
    expect_bytes(headers, "retry_topic-attempts", "\0\0\0\2", 4);
    rd_kafka_headers_destroy(headers);
    rd_kafka_message_destroy(message);
}
END_TEST

START_TEST(unreadable_retry_headers_are_told) {
    static const char *const bad[][2] = {
        {"notify-attempt", "two"}, {"notify-attempt", "-1"}, {"notify-attempt", "99999999999999999999"},
        {"notify-attempt", ""},    {"notify-attempt", "2"}, /* and no first attempt */
        {"notify-due", "soon"}};
    for (size_t i = 0; i < SUITE_COUNT(bad); i++) {
        rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
        rd_kafka_header_add(headers, bad[i][0], -1, bad[i][1], -1);
        struct retry_state state;
        ck_assert_msg(!retry_state_read(&state, headers), "%s: %s", bad[i][0], bad[i][1]);
        rd_kafka_headers_destroy(headers);
    }
    struct retry_state state;
    ck_assert(retry_state_read(&state, NULL));
    ck_assert_uint_eq(state.attempts, 0);
}
END_TEST

START_TEST(a_dead_mail_names_its_template_and_an_event_as_a_whole_none) {
    rd_kafka_message_t *message = delivered(rd_kafka_headers_new(1));
    const struct retry_state past = {0};
    struct dead_letter letter = {.reason = "gave-up", .message = "", .past = &past};
    rd_kafka_headers_t *headers = dead_letter_headers(message, GROUP, &letter);
    expect_missing(headers, "notify-template");
    rd_kafka_headers_destroy(headers);
    letter.template_name = "welcome";
    headers = dead_letter_headers(message, GROUP, &letter);
    expect_text(headers, "notify-template", "welcome");
    rd_kafka_headers_destroy(headers);
    rd_kafka_message_destroy(message);
}
END_TEST

START_TEST(a_redriven_record_is_a_retry_that_is_due_and_was_tried_once_just_now) {
    rd_kafka_message_t *message = delivered(rd_kafka_headers_new(1));
    const struct retry_state past = {.attempts = 7, .first_attempt_unix_ms = 5};
    const struct dead_letter letter = {.reason = "gave-up", .message = "m", .mail = "abc", .past = &past};
    rd_kafka_headers_t *dead = dead_letter_headers(message, GROUP, &letter);
    rd_kafka_headers_t *again = redrive_headers(dead, 1700000000000);
    struct retry_state state;
    ck_assert(retry_state_read(&state, again));
    ck_assert_uint_eq(state.attempts, 1); /* 0 could be expired, see EMAIL_MAX_AGE */
    ck_assert_int_eq(state.first_attempt_unix_ms, 1700000000000);
    ck_assert_int_eq(state.due_unix_ms, 0);
    ck_assert_str_eq(state.mail, "abc");
    expect_text(again, "kafka_dlt-original-topic", "orders");
    static const char *const gone[] = {"notify-reason", "notify-due", "kafka_dlt-exception-fqcn",
                                       "kafka_dlt-exception-message", "retry_topic-attempts"};
    for (size_t i = 0; i < SUITE_COUNT(gone); i++)
        expect_missing(again, gone[i]);
    rd_kafka_headers_destroy(again);
    rd_kafka_headers_destroy(dead);
    rd_kafka_message_destroy(message);
}
END_TEST

START_TEST(the_replay_count_grows_with_each_redrive_and_stays_through_retries_and_deaths) {
    rd_kafka_headers_t *first = redrive_headers(NULL, 1);
    expect_text(first, "notify-replay-count", "1");
    rd_kafka_message_t *message = delivered(first);
    const struct retry_state state = {.attempts = 2, .first_attempt_unix_ms = 1, .mail = "abc"};
    rd_kafka_headers_t *retried = retry_headers(message, GROUP, &state);
    expect_text(retried, "notify-replay-count", "1");
    const struct dead_letter letter = {.reason = "gave-up", .message = "", .past = &state};
    rd_kafka_headers_t *dead = dead_letter_headers(message, GROUP, &letter);
    rd_kafka_headers_t *second = redrive_headers(dead, 2);
    expect_text(second, "notify-replay-count", "2");
    ck_assert_int_eq(replay_count_read(second), 2);
    rd_kafka_headers_destroy(second);
    rd_kafka_headers_destroy(dead);
    rd_kafka_headers_destroy(retried);
    rd_kafka_message_destroy(message);
}
END_TEST

START_TEST(an_unreadable_replay_count_counts_as_none) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
    rd_kafka_header_add(headers, "notify-replay-count", -1, "many", -1);
    ck_assert_int_eq(replay_count_read(headers), 0);
    ck_assert_int_eq(replay_count_read(NULL), 0);
    rd_kafka_headers_destroy(headers);
}
END_TEST

START_TEST(a_dead_letter_without_its_value_tells_the_size_and_keeps_what_else_there_is) {
    rd_kafka_headers_t *original = rd_kafka_headers_new(1);
    rd_kafka_header_add(original, "traceparent", -1, "00-aa-bb-01", -1);
    rd_kafka_message_t *message = delivered(original);
    const struct retry_state past = {0};
    struct dead_letter letter = {
        .reason = "invalid-event", .message = "", .past = &past, .is_without_value = true};
    rd_kafka_headers_t *headers = dead_letter_headers(message, GROUP, &letter);
    expect_text(headers, "notify-oversize", "1");
    expect_text(headers, "notify-reason", "invalid-event");
    expect_text(headers, "traceparent", "00-aa-bb-01");
    ck_assert_int_eq(oversize_read(headers), 1);
    rd_kafka_headers_destroy(headers);
    letter.is_bare = true;
    headers = dead_letter_headers(message, GROUP, &letter);
    expect_missing(headers, "traceparent");
    expect_text(headers, "notify-reason", "invalid-event");
    expect_text(headers, "kafka_dlt-original-topic", "orders");
    rd_kafka_headers_destroy(headers);
    rd_kafka_message_destroy(message);
}
END_TEST

START_TEST(a_bare_dead_letter_from_a_retry_topic_keeps_its_first_origin) {
    rd_kafka_headers_t *original = rd_kafka_headers_new(4);
    char long_value[1000];
    memset(long_value, 'x', sizeof long_value);
    rd_kafka_header_add(original, "kafka_dlt-original-topic", -1, "payments", -1);
    rd_kafka_header_add(original, "kafka_dlt-original-offset", -1, "\0\0\0\0\0\0\0\7", 8);
    rd_kafka_header_add(original, "kafka_dlt-original-consumer-group", -1, long_value, sizeof long_value);
    rd_kafka_header_add(original, "kafka_dlt-original-timestamp", -1, NULL, 0);
    rd_kafka_message_t *message = delivered(original);
    const struct retry_state past = {.attempts = 2};
    const struct dead_letter letter = {
        .reason = "too-large", .message = "", .past = &past, .is_without_value = true, .is_bare = true};
    rd_kafka_headers_t *headers = dead_letter_headers(message, GROUP, &letter);
    expect_text(headers, "kafka_dlt-original-topic", "payments");
    const void *value = NULL;
    size_t size = 0;
    ck_assert_int_eq(rd_kafka_header_get_last(headers, "kafka_dlt-original-offset", &value, &size), 0);
    ck_assert_uint_eq(size, 8);
    ck_assert_mem_eq(value, "\0\0\0\0\0\0\0\7", 8);
    expect_missing(headers, "kafka_dlt-original-consumer-group"); /* no group's: longer than one can be */
    expect_missing(headers, "kafka_dlt-original-timestamp");
    rd_kafka_headers_destroy(headers);
    rd_kafka_message_destroy(message);
}
END_TEST

START_TEST(a_whole_dead_letter_tells_no_size) {
    rd_kafka_message_t *message = delivered(rd_kafka_headers_new(1));
    const struct retry_state past = {0};
    const struct dead_letter letter = {.reason = "gave-up", .message = "", .past = &past};
    rd_kafka_headers_t *headers = dead_letter_headers(message, GROUP, &letter);
    expect_missing(headers, "notify-oversize");
    ck_assert_int_eq(oversize_read(headers), -1);
    ck_assert_int_eq(oversize_read(NULL), -1);
    rd_kafka_headers_destroy(headers);
    rd_kafka_message_destroy(message);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("dead_letter");
    TCase *on_messages = tcase_create("on a delivered message");
    tcase_add_checked_fixture(on_messages, set_up, tear_down);
    tcase_add_test(on_messages, a_dead_letter_says_why_and_where_it_came_from_in_springs_headers);
    tcase_add_test(on_messages, a_retry_carries_its_state_and_reads_it_back);
    tcase_add_test(on_messages, the_first_origin_is_kept_over_every_hop);
    tcase_add_test(on_messages, unreadable_retry_headers_are_told);
    tcase_add_test(on_messages, a_dead_mail_names_its_template_and_an_event_as_a_whole_none);
    tcase_add_test(on_messages, a_redriven_record_is_a_retry_that_is_due_and_was_tried_once_just_now);
    tcase_add_test(on_messages,
                   the_replay_count_grows_with_each_redrive_and_stays_through_retries_and_deaths);
    tcase_add_test(on_messages, an_unreadable_replay_count_counts_as_none);
    tcase_add_test(on_messages, a_dead_letter_without_its_value_tells_the_size_and_keeps_what_else_there_is);
    tcase_add_test(on_messages, a_bare_dead_letter_from_a_retry_topic_keeps_its_first_origin);
    tcase_add_test(on_messages, a_whole_dead_letter_tells_no_size);
    suite_add_tcase(suite, on_messages);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
