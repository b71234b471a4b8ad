/* SPDX-License-Identifier: Apache-2.0 */
#include "topics_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct topic_list list;
static struct error error;

static bool read_text(const char *text) {
    char path[] = "notifyctl-topics-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    error = (struct error){0};
    bool done = topics_file_read(&list, path, &error);
    unlink(path);
    return done;
}

START_TEST(a_file_is_read_as_it_stands) {
    ck_assert_msg(read_text("{\"topics\":[{\"name\":\"users\",\"partitions\":4,\"replication_factor\":3,"
                            "\"config\":{\"retention.ms\":\"604800000\",\"cleanup.policy\":\"compact\"}},"
                            "{\"name\":\"email.retry.10s\",\"partitions\":1,\"replication_factor\":1}]}"),
                  "%s", error.text);
    ck_assert_uint_eq(list.count, 2);
    const struct topic *users = topic_list_find(&list, "users");
    ck_assert_int_eq(users->partitions, 4);
    ck_assert_int_eq(users->replication_factor, 3);
    ck_assert_uint_eq(users->config_count, 2);
    ck_assert_str_eq(topic_find_config(users, "retention.ms")->value, "604800000");
    ck_assert_uint_eq(topic_list_find(&list, "email.retry.10s")->config_count, 0);
    topic_list_free(&list);
}
END_TEST

START_TEST(the_projects_own_file_is_read) {
    error = (struct error){0};
    ck_assert_msg(topics_file_read(&list, TOPICS_FILE, &error), "%s", error.text);
    const struct topic *suppression = topic_list_find(&list, "email.suppression");
    ck_assert_ptr_nonnull(suppression);
    ck_assert_int_eq(suppression->partitions, 1);
    ck_assert_str_eq(topic_find_config(suppression, "cleanup.policy")->value, "compact");
    topic_list_free(&list);
}
END_TEST

#define TOPIC(more) "{\"topics\":[{\"name\":\"a\",\"partitions\":1,\"replication_factor\":1" more "}]}"

static const struct {
    const char *text, *words;
} refused[] = {
    {"", ""},
    {"[]", "\"topics\" is not an array"},
    {"{\"topics\":[]}", "\"topics\" is not an array"},
    {"{\"topics\":[1]}", "topic 1: \"name\""},
    {"{\"topics\":[{\"name\":\"a/b\",\"partitions\":1,\"replication_factor\":1}]}", "\"name\" is not"},
    {"{\"topics\":[{\"name\":\"a\",\"replication_factor\":1}]}", "topic a: \"partitions\""},
    {"{\"topics\":[{\"name\":\"a\",\"partitions\":0,\"replication_factor\":1}]}", "\"partitions\""},
    {"{\"topics\":[{\"name\":\"a\",\"partitions\":\"1\",\"replication_factor\":1}]}", "\"partitions\""},
    {"{\"topics\":[{\"name\":\"a\",\"partitions\":1,\"replication_factor\":1},"
     "{\"name\":\"a\",\"partitions\":1,\"replication_factor\":1}]}",
     "topic a is listed twice"},
    {TOPIC(",\"configs\":{}"), "topic a: unknown member \"configs\""},
    {TOPIC(",\"config\":[]"), "\"config\" is not an object"},
    {TOPIC(",\"config\":{\"retention.ms\":1}"), "config \"retention.ms\" is not a string"},
};

START_TEST(what_is_not_understood_is_refused_by_name) {
    ck_assert(!read_text(refused[_i].text));
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    ck_assert_msg(strstr(error.text, refused[_i].words) != NULL, "%s", error.text);
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(a_missing_file_is_named) {
    error = (struct error){0};
    ck_assert(!topics_file_read(&list, "/nonexistent/topics.json", &error));
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent/topics.json"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("topics_file");
    TCase *test_case = tcase_create("topics_file");
    tcase_add_test(test_case, a_file_is_read_as_it_stands);
    tcase_add_test(test_case, the_projects_own_file_is_read);
    tcase_add_loop_test(test_case, what_is_not_understood_is_refused_by_name, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(test_case, a_missing_file_is_named);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
