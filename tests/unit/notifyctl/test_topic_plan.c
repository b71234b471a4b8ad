/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_plan.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct topic_list wanted, actual;
static struct topic_plan plan;

static void set_up(void) {
    wanted = (struct topic_list){.topics = calloc(4, sizeof(struct topic))};
    actual = (struct topic_list){.topics = calloc(4, sizeof(struct topic))};
    ck_assert_ptr_nonnull(wanted.topics);
    ck_assert_ptr_nonnull(actual.topics);
}

static void tear_down(void) {
    topic_plan_free(&plan);
    topic_list_free(&wanted);
    topic_list_free(&actual);
}

static struct topic *add(struct topic_list *list, const char *name, int partitions, int replication_factor) {
    struct topic *topic = &list->topics[list->count++];
    topic->name = strdup(name);
    topic->partitions = partitions;
    topic->replication_factor = replication_factor;
    return topic;
}

static void add_config(struct topic *topic, const char *name, const char *value) {
    ck_assert(topic_add_config(topic, name, value, true));
}

static const struct topic_action *make_one_action(void) {
    ck_assert(topic_plan_make(&plan, &wanted, &actual));
    ck_assert_uint_eq(plan.count, 1);
    return &plan.actions[0];
}

START_TEST(a_missing_topic_is_created) {
    add(&wanted, "users", 4, 3);
    add(&actual, "others", 4, 3);
    const struct topic_action *action = make_one_action();
    ck_assert_ptr_null(action->actual);
    ck_assert(!topic_action_is_nothing(action));
}
END_TEST

START_TEST(a_topic_as_wanted_is_left_alone_whatever_else_it_has) {
    add_config(add(&wanted, "users", 4, 3), "retention.ms", "1");
    struct topic *topic = add(&actual, "users", 4, 3);
    add_config(topic, "segment.ms", "5");
    add_config(topic, "retention.ms", "1");
    ck_assert(topic_action_is_nothing(make_one_action()));
}
END_TEST

START_TEST(fewer_partitions_grow) {
    add(&wanted, "users", 4, 3);
    add(&actual, "users", 2, 3);
    const struct topic_action *action = make_one_action();
    ck_assert(action->grow);
    ck_assert(!topic_action_is_nothing(action));
}
END_TEST

START_TEST(more_partitions_and_another_replication_are_told_and_not_touched) {
    add(&wanted, "users", 4, 3);
    add(&actual, "users", 6, 1);
    const struct topic_action *action = make_one_action();
    ck_assert(action->too_many_partitions);
    ck_assert(action->other_replication);
    ck_assert(!action->grow);
    ck_assert(topic_action_is_nothing(action));
}
END_TEST

START_TEST(only_differing_and_missing_configs_are_set) {
    struct topic *topic = add(&wanted, "users", 4, 3);
    add_config(topic, "same", "1");
    add_config(topic, "differs", "1");
    add_config(topic, "missing", "1");
    topic = add(&actual, "users", 4, 3);
    add_config(topic, "differs", "2");
    add_config(topic, "same", "1");
    const struct topic_action *action = make_one_action();
    ck_assert_uint_eq(action->config_count, 2);
    ck_assert_str_eq(action->configs[0]->name, "differs");
    ck_assert_str_eq(action->configs[0]->value, "1");
    ck_assert_str_eq(action->configs[1]->name, "missing");
    ck_assert(!topic_action_is_nothing(action));
}
END_TEST

START_TEST(the_plan_keeps_the_order_of_what_is_wanted) {
    add(&wanted, "b", 1, 1);
    add(&wanted, "a", 1, 1);
    ck_assert(topic_plan_make(&plan, &wanted, &actual));
    ck_assert_uint_eq(plan.count, 2);
    ck_assert_str_eq(plan.actions[0].wanted->name, "b");
    ck_assert_str_eq(plan.actions[1].wanted->name, "a");
}
END_TEST

static const struct {
    int replication_factor;
    const char *min_in_sync, *expected;
} overrides[] = {{1, "2", "1"}, {2, "2", "1"}, {3, "2", "2"}, {5, "2", "2"}, {3, "1", "1"}};

START_TEST(overriding_replication_leaves_room_for_a_broker_to_be_away) {
    struct topic *topic = add(&wanted, "users", 4, 3);
    add_config(topic, "min.insync.replicas", overrides[_i].min_in_sync);
    add_config(topic, "retention.ms", "9");
    ck_assert(topic_list_override_replication(&wanted, overrides[_i].replication_factor));
    ck_assert_int_eq(topic->replication_factor, overrides[_i].replication_factor);
    ck_assert_str_eq(topic_find_config(topic, "min.insync.replicas")->value, overrides[_i].expected);
    ck_assert_str_eq(topic_find_config(topic, "retention.ms")->value, "9");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("topic_plan");
    TCase *test_case = tcase_create("topic_plan");
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, a_missing_topic_is_created);
    tcase_add_test(test_case, a_topic_as_wanted_is_left_alone_whatever_else_it_has);
    tcase_add_test(test_case, fewer_partitions_grow);
    tcase_add_test(test_case, more_partitions_and_another_replication_are_told_and_not_touched);
    tcase_add_test(test_case, only_differing_and_missing_configs_are_set);
    tcase_add_test(test_case, the_plan_keeps_the_order_of_what_is_wanted);
    tcase_add_loop_test(test_case, overriding_replication_leaves_room_for_a_broker_to_be_away, 0,
                        sizeof overrides / sizeof overrides[0]);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
