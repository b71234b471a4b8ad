/* SPDX-License-Identifier: Apache-2.0 */
/* A partition read whole and then followed, on the mock cluster; what is in it is known from who wrote it. */
#include "cluster.h"
#include "kafka/topic_follower.h"
#include "suite.h"
#include "turning_loop.h"

#include "common/clock.h"
#include "common/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC "whole"
#define DEADLINE_MS 60000
#define RECORDS_MOST 8000

struct scene {
    struct cluster cluster;
    struct turning_loop loop;
    uv_prepare_t turn_ends;
    struct topic_follower *follower;
    int numbers[RECORDS_MOST];
    size_t count;
    size_t count_when_caught_up;
    unsigned times_caught_up, troubles, refusals;
    size_t told_in_a_turn, most_in_a_turn;
    enum topic_follower_trouble last_trouble;
    char last_reason[256];
    int64_t deadline_ms;
};
static struct scene scene;

static void on_turn_ends(uv_prepare_t *handle) {
    (void)handle;
    if (scene.told_in_a_turn > scene.most_in_a_turn)
        scene.most_in_a_turn = scene.told_in_a_turn;
    scene.told_in_a_turn = 0;
}

static bool on_record(void *data, const rd_kafka_message_t *message) {
    (void)data;
    if (scene.refusals > 0) {
        scene.refusals--;
        return false;
    }
    ck_assert_uint_lt(scene.count, RECORDS_MOST);
    char text[16];
    snprintf(text, sizeof text, "%.*s", (int)message->len, (const char *)message->payload);
    scene.numbers[scene.count++] = atoi(text);
    scene.told_in_a_turn++;
    return true;
}

static void on_caught_up(void *data) {
    (void)data;
    scene.times_caught_up++;
    scene.count_when_caught_up = scene.count;
}

static void on_trouble(void *data, enum topic_follower_trouble trouble, const char *reason) {
    (void)data;
    scene.troubles++;
    scene.last_trouble = trouble;
    snprintf(scene.last_reason, sizeof scene.last_reason, "%s", reason);
}

static void set_up(void) {
    log_configure("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    scene = (struct scene){.deadline_ms = clock_monotonic_ms() + DEADLINE_MS};
    cluster_start(&scene.cluster, 1);
    cluster_topic(&scene.cluster, TOPIC, 1);
    turning_loop_start(&scene.loop, 5);
    uv_prepare_init(&scene.loop.uv, &scene.turn_ends);
    uv_prepare_start(&scene.turn_ends, on_turn_ends);
}

static void start(void) {
    static const char *const own_names[] = {NULL};
    const struct topic_follower_settings settings = {
        .bootstrap_servers = scene.cluster.bootstrap, .topic = TOPIC, .own_names = own_names};
    const struct topic_follower_events events = {
        .record = on_record, .caught_up = on_caught_up, .trouble = on_trouble};
    struct error error = {0};
    ck_assert_msg(topic_follower_new(&scene.follower, &scene.loop.uv, &settings, &events, &error), "%s",
                  error.text);
}

static void tear_down(void) {
    topic_follower_close(scene.follower);
    uv_close((uv_handle_t *)&scene.turn_ends, NULL);
    turning_loop_end(&scene.loop);
    topic_follower_free(scene.follower);
    cluster_stop(&scene.cluster);
}

static void write_numbers(int from, int to) {
    for (int number = from; number < to; number++) {
        char text[16];
        snprintf(text, sizeof text, "%d", number);
        cluster_write_later(&scene.cluster, TOPIC, 0, "key", text);
    }
    cluster_written(&scene.cluster);
}

static void turn(void) {
    uv_run(&scene.loop.uv, UV_RUN_ONCE);
    ck_assert_msg(clock_monotonic_ms() < scene.deadline_ms, "not done in time: %s", scene.last_reason);
}

static void run_until_caught_up(void) {
    while (scene.times_caught_up == 0)
        turn();
}

static void run_until_told(size_t count) {
    while (scene.count < count)
        turn();
}

static void assert_numbers(size_t count) {
    ck_assert_uint_eq(scene.count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(scene.numbers[i], (int)i);
}

START_TEST(an_empty_partition_is_caught_up_with) {
    start();
    run_until_caught_up();
    ck_assert_uint_eq(scene.count, 0);
    ck_assert_uint_eq(scene.troubles, 0);
}
END_TEST

START_TEST(all_that_was_there_is_told_in_order_before_it_has_caught_up_and_what_comes_after_it) {
    write_numbers(0, 5000);
    start();
    run_until_caught_up();
    ck_assert_uint_eq(scene.count_when_caught_up, 5000);
    write_numbers(5000, 5100);
    run_until_told(5100);
    write_numbers(5100, 5101);
    run_until_told(5101);
    assert_numbers(5101);
    ck_assert_uint_eq(scene.times_caught_up, 1);
}
END_TEST

START_TEST(a_turn_of_the_loop_tells_a_bounded_number) {
    write_numbers(0, 5000);
    start();
    cluster_end(&scene.cluster, TOPIC, 0);
    run_until_told(5000);
    ck_assert_uint_le(scene.most_in_a_turn, 2000); /* the wake-up's and the tick's */
}
END_TEST

START_TEST(a_record_there_was_no_room_for_is_told_again_before_those_after_it) {
    write_numbers(0, 10);
    scene.refusals = 2;
    start();
    run_until_caught_up();
    scene.refusals = 1;
    write_numbers(10, 20);
    run_until_told(20);
    assert_numbers(20);
    ck_assert_uint_eq(scene.refusals, 0);
}
END_TEST

START_TEST(a_missing_topic_is_named_once_and_read_when_it_is_there) {
    rd_kafka_mock_topic_set_error(scene.cluster.mock, TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    setenv("KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS", "300", 1);
    start();
    while (scene.troubles == 0)
        turn();
    int64_t until = clock_monotonic_ms() + 1500; /* some more looks in vain */
    while (clock_monotonic_ms() < until)
        turn();
    ck_assert_uint_eq(scene.troubles, 1);
    ck_assert_uint_eq(scene.times_caught_up, 0);
    ck_assert_int_eq(scene.last_trouble, TOPIC_FOLLOWER_REFUSED);
    ck_assert_ptr_nonnull(strstr(scene.last_reason, "the topic " TOPIC " does not exist"));
    rd_kafka_mock_topic_set_error(scene.cluster.mock, TOPIC, RD_KAFKA_RESP_ERR_NO_ERROR);
    write_numbers(0, 3);
    run_until_told(3);
    run_until_caught_up();
    assert_numbers(3);
    unsetenv("KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS");
}
END_TEST

START_TEST(no_broker_is_told_and_the_partition_is_read_when_one_is_back) {
    write_numbers(0, 3);
    cluster_down(&scene.cluster);
    start();
    while (scene.troubles == 0)
        turn();
    ck_assert_int_eq(scene.last_trouble, TOPIC_FOLLOWER_AWAY);
    ck_assert_uint_eq(scene.times_caught_up, 0);
    cluster_up(&scene.cluster);
    run_until_caught_up();
    assert_numbers(3);
}
END_TEST

START_TEST(what_comes_while_the_broker_is_away_for_a_while_is_not_missed) {
    start();
    run_until_caught_up();
    write_numbers(0, 3);
    run_until_told(3);
    cluster_down(&scene.cluster);
    while (scene.troubles == 0)
        turn();
    cluster_up(&scene.cluster);
    write_numbers(3, 6);
    run_until_told(6);
    assert_numbers(6);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("topic_follower");
    TCase *follower = suite_case(suite, "follower", set_up, tear_down, 100);
    tcase_add_test(follower, an_empty_partition_is_caught_up_with);
    tcase_add_test(follower,
                   all_that_was_there_is_told_in_order_before_it_has_caught_up_and_what_comes_after_it);
    tcase_add_test(follower, a_turn_of_the_loop_tells_a_bounded_number);
    tcase_add_test(follower, a_record_there_was_no_room_for_is_told_again_before_those_after_it);
    tcase_add_test(follower, a_missing_topic_is_named_once_and_read_when_it_is_there);
    tcase_add_test(follower, no_broker_is_told_and_the_partition_is_read_when_one_is_back);
    tcase_add_test(follower, what_comes_while_the_broker_is_away_for_a_while_is_not_missed);
    return suite_end(suite);
}
