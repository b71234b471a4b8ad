/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_readiness.h"
#include "suite.h"
#include <string.h>

static char *names[] = {(char *)"users", (char *)"orders", (char *)"email.retry.1m", (char *)"email.dlq"};
static const struct text_list topics = {.items = names, .count = 4};

static struct kafka_readiness joined_with(bool users, bool orders, bool retry, bool dead_letters) {
    const bool is_missing[] = {users, orders, retry, dead_letters};
    struct kafka_readiness readiness = {.has_joined = true};
    kafka_readiness_note_missing(&readiness, &topics, 2, is_missing);
    return readiness;
}

static void expect(const struct kafka_readiness *readiness, bool ok, const char *expected) {
    const char *detail = NULL;
    ck_assert_int_eq(kafka_readiness_is_ok(readiness, &detail), ok);
    ck_assert_str_eq(detail, expected);
}

START_TEST(it_is_ready_in_the_group_with_all_topics) {
    struct kafka_readiness readiness = joined_with(false, false, false, false);
    expect(&readiness, true, "");
    readiness.has_joined = false;
    expect(&readiness, false, "has not joined the group yet");
}
END_TEST

START_TEST(it_is_not_ready_before_the_topics_are_known) {
    const struct kafka_readiness readiness = {.has_joined = true};
    expect(&readiness, false, "the topics are not looked up yet");
}
END_TEST

START_TEST(a_missing_topic_of_its_own_is_named_and_gates) {
    struct kafka_readiness readiness = joined_with(false, false, true, false);
    expect(&readiness, false, "missing topics: email.retry.1m");
    readiness = joined_with(false, true, false, true);
    expect(&readiness, false, "missing topics: email.dlq, orders");
}
END_TEST

START_TEST(a_missing_event_topic_is_named_and_does_not_gate) {
    struct kafka_readiness readiness = joined_with(true, true, false, false);
    expect(&readiness, true, "missing topics: users, orders");
}
END_TEST

START_TEST(it_recovers_when_the_topic_is_there) {
    struct kafka_readiness readiness = joined_with(false, false, true, true);
    const bool none[4] = {false};
    kafka_readiness_note_missing(&readiness, &topics, 2, none);
    expect(&readiness, true, "");
}
END_TEST

START_TEST(trouble_with_kafka_is_told_first) {
    struct kafka_readiness readiness = joined_with(true, false, false, false);
    readiness.in_trouble = true;
    strcpy(readiness.trouble, "no Kafka broker can be reached");
    expect(&readiness, false, "no Kafka broker can be reached");
}
END_TEST

START_TEST(more_names_than_fit_are_cut_off_and_still_gate) {
    static char long_name[250];
    memset(long_name, 'x', sizeof long_name - 1);
    char *many[] = {(char *)"users", long_name, long_name, long_name};
    const struct text_list list = {.items = many, .count = 4};
    const bool all[] = {true, true, true, true};
    struct kafka_readiness readiness = {.has_joined = true};
    kafka_readiness_note_missing(&readiness, &list, 1, all);
    const char *detail = NULL;
    ck_assert(!kafka_readiness_is_ok(&readiness, &detail));
    ck_assert_uint_lt(strlen(detail), sizeof readiness.missing);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        it_is_ready_in_the_group_with_all_topics,
        it_is_not_ready_before_the_topics_are_known,
        a_missing_topic_of_its_own_is_named_and_gates,
        a_missing_event_topic_is_named_and_does_not_gate,
        it_recovers_when_the_topic_is_there,
        trouble_with_kafka_is_told_first,
        more_names_than_fit_are_cut_off_and_still_gate,
    };
    return suite_run("kafka_readiness", tests, SUITE_COUNT(tests));
}
