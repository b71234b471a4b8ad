/* SPDX-License-Identifier: Apache-2.0 */
/* From the words of a command line to the bytes of an event. */
#include "publish_event.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static bool never_run(const struct command_line *line, struct error *error) {
    (void)line;
    return error_set(error, "not here");
}

static const struct command_option options[] = {
    {"type", 't', "", ""},     {"topic", 'T', "", ""},
    {"source", 's', "", ""},   {"subject", 'S', "", ""},
    {"key", 'k', "", ""},      {"id", 'i', "", ""},
    {"data", 'd', "", ""},     {"data-file", 'f', "", ""},
    {"template", 'm', "", ""}, {"recipient", 'r', "", ""},
    {"locale", 'l', "", ""},   {"variable", 'v', "", ""},
    {"timeout", 'w', "", ""},  OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

static const struct command command = {
    .name = "publish", .operands = "", .summary = "", .details = "", .options = options, .run = never_run};

static struct command_line line;
static notify_event *event;
static const char *topic;
static struct error error;

static bool make(int argc, const char **argv) {
    ck_assert_int_eq(command_line_parse(&line, &command, argc, (char **)argv), COMMAND_LINE_RUN);
    error = (struct error){0};
    return publish_event_make(&line, &event, &topic, &error);
}

#define MAKE(...)                                                                                            \
    make((int)(sizeof(const char *[]){"publish", __VA_ARGS__} / sizeof(char *)),                             \
         (const char *[]){"publish", __VA_ARGS__, NULL})

static void tear_down(void) {
    event = notify_event_free(event);
    command_line_free(&line);
}

START_TEST(a_mail_is_a_notification_with_its_members) {
    ck_assert_msg(MAKE("--template", "notification", "-r", "ada@example.org", "--locale=de", "--subject",
                       "user-1", "--variable", "subject=Hello", "-v", "text=a=b", "--id", "1", "--source",
                       "/s"),
                  "%s", error.text);
    ck_assert_str_eq(topic, "notifications");
    char *encoded;
    size_t size;
    ck_assert_int_eq(notify_event_encode(event, &encoded, &size), NOTIFY_OK);
    ck_assert_ptr_nonnull(strstr(encoded, "\"type\":\"com.example.notification.requested.v1\""));
    ck_assert_ptr_nonnull(
        strstr(encoded, "\"data\":{\"template\":\"notification\",\"recipient\":\"ada@example.org\","
                        "\"locale\":\"de\",\"variables\":{\"subject\":\"Hello\",\"text\":\"a=b\"}}"));
    ck_assert_str_eq(notify_event_key(event), "user-1");
    notify_event_free_encoded(encoded);
}
END_TEST

START_TEST(the_topic_follows_from_the_type_unless_it_is_given) {
    ck_assert(MAKE("-t", "com.example.order.placed.v1", "-d", "{}"));
    ck_assert_str_eq(topic, "orders");
    tear_down();
    ck_assert(MAKE("-t", "com.example.order.placed.v1", "-d", "{}", "--topic", "elsewhere"));
    ck_assert_str_eq(topic, "elsewhere");
    ck_assert_str_eq(publish_topic_of_type("com.example.user.confirmed.v1"), "users");
    ck_assert_ptr_null(publish_topic_of_type("com.example.notification.sent.v1"));
    ck_assert_ptr_null(publish_topic_of_type("org.example.order.placed.v1"));
}
END_TEST

static const struct {
    const char *arguments[8];
    const char *words;
} refused[] = {
    {{"publish", "--data", "{}"}, "--type is missing"},
    {{"publish", "--type", "a.v1", "--data", "{}"}, "give --topic"},
    {{"publish", "--type", "a/v1", "--topic", "t", "--data", "{}"}, "type"},
    {{"publish", "--type", "a.v1", "--topic", "t", "--data", "[]"}, "JSON object"},
    {{"publish", "--type", "a.v1", "--topic", "t", "--data", "{\"a\":1,\"a\":2}"}, "duplicate"},
    {{"publish", "--template", "n", "--data", "{}"}, "not by several"},
    {{"publish", "--template", "n", "--variable", "novalue"}, "NAME=VALUE"},
    {{"publish", "--template", "n", "--variable", "=x"}, "NAME=VALUE"},
    {{"publish", "--template", "n", "--variable", ".=x"}, "path"},
    {{"publish", "--template", "n", "--source", "not a uri"}, "source"},
    {{"publish", "--template", "n", "--id", "a\nb"}, "id has a control character"},
    {{"publish", "--type", "a.v1", "--topic", "t", "--data-file", "/nonexistent/f"}, "/nonexistent/f"},
};

START_TEST(what_makes_no_event_is_a_usage_error) {
    const char *arguments[8];
    int count = 0;
    memcpy(arguments, refused[_i].arguments, sizeof arguments);
    while (count < 8 && arguments[count] != NULL)
        count++;
    ck_assert(!make(count, arguments));
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_USAGE);
    ck_assert_msg(strstr(error.text, refused[_i].words) != NULL, "%s", error.text);
}
END_TEST

START_TEST(numbers_of_options_are_checked) {
    int64_t value;
    ck_assert(MAKE("--template", "n", "--timeout", "5", "--timeout", "6"));
    ck_assert(option_integer(&line, "timeout", 1, 10, 3, &value, &error));
    ck_assert_int_eq(value, 6); /* the last one counts */
    ck_assert(!option_integer(&line, "timeout", 1, 5, 3, &value, &error));
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_USAGE);
    tear_down();
    ck_assert(MAKE("--template", "n"));
    ck_assert(option_integer(&line, "timeout", 1, 10, 3, &value, &error));
    ck_assert_int_eq(value, 3);
    const char *bad[] = {"", "x", "5x", "99999999999999999999", "1.5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        tear_down();
        ck_assert(MAKE("--template", "n", "--timeout", bad[i]));
        ck_assert(!option_integer(&line, "timeout", 1, 10, 3, &value, &error));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("publish_event");
    TCase *test_case = tcase_create("publish_event");
    tcase_add_checked_fixture(test_case, NULL, tear_down);
    tcase_add_test(test_case, a_mail_is_a_notification_with_its_members);
    tcase_add_test(test_case, the_topic_follows_from_the_type_unless_it_is_given);
    tcase_add_loop_test(test_case, what_makes_no_event_is_a_usage_error, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(test_case, numbers_of_options_are_checked);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
