/* SPDX-License-Identifier: Apache-2.0 */
#include "dead_letter_filter.h"
#include "suite.h"

#include <string.h>

#define NOW INT64_C(1700000000000)
#define HOUR INT64_C(3600000)

static const char event_text[] =
    "{\"specversion\": \"1.0\", \"id\": \"e1\", \"source\": \"/s\", \"type\": \"com.example.a.v1\","
    " \"data\": {\"template\": \"notification\"}}";

/* Of these headers; a NULL name ends them. */
static struct dead_letter_view view_of(const char *const (*pairs)[2], const char *value, int64_t timestamp) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    for (size_t i = 0; pairs[i][0] != NULL; i++)
        rd_kafka_header_add(headers, pairs[i][0], -1, pairs[i][1], -1);
    struct dead_letter_view view;
    dead_letter_view_read(&view, value, strlen(value), headers, timestamp);
    rd_kafka_headers_destroy(headers);
    return view;
}

static const char *const gave_up[][2] = {{"notify-reason", "gave-up"},
                                         {"notify-mail", "-abc"},
                                         {"notify-template", "welcome"},
                                         {"kafka_dlt-original-topic", "users"},
                                         {NULL, NULL}};
static const char *const nothing[][2] = {{NULL, NULL}};

static bool matches(const char *const *filters, size_t count, const struct dead_letter_view *view) {
    struct dead_letter_filter filter = {.count = 0};
    struct error error = {0};
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(dead_letter_filter_add(&filter, filters[i], &error), "%s", error.text);
    return dead_letter_filter_matches(&filter, view, NOW);
}

static void expect(bool expected, const char *text, const struct dead_letter_view *view) {
    ck_assert_msg(matches(&text, 1, view) == expected, "%s", text);
}

START_TEST(each_name_asks_for_its_own_field) {
    struct dead_letter_view view = view_of(gave_up, event_text, NOW - 2 * HOUR);
    static const char *const met[] = {"reason=gave-up", "template=welcome",      "mail=-abc",
                                      "topic=users",    "type=com.example.a.v1", "event=e1",
                                      "older-than=1h",  "younger-than=3h"};
    static const char *const unmet[] = {"reason=expired", "template=notification", "mail=abc",
                                        "topic=orders",   "type=com.example.a",    "event=e",
                                        "older-than=2h",  "younger-than=2h"};
    for (size_t i = 0; i < SUITE_COUNT(met); i++) {
        expect(true, met[i], &view);
        expect(false, unmet[i], &view);
    }
    dead_letter_view_free(&view);
}
END_TEST

START_TEST(without_a_filter_all_are_meant) {
    struct dead_letter_view view = view_of(nothing, "", -1);
    ck_assert(matches(NULL, 0, &view));
    dead_letter_view_free(&view);
}
END_TEST

START_TEST(what_does_not_say_what_is_asked_is_not_meant) {
    struct dead_letter_view view = view_of(nothing, "no JSON", -1);
    static const char *const asked[] = {"reason=x", "template=x", "mail=x",        "topic=x",
                                        "type=x",   "event=x",    "older-than=1s", "younger-than=9h"};
    ck_assert(!view.is_event);
    ck_assert(view.event_trouble.text[0] != '\0');
    for (size_t i = 0; i < SUITE_COUNT(asked); i++)
        expect(false, asked[i], &view);
    dead_letter_view_free(&view);
}
END_TEST

START_TEST(one_name_is_met_by_any_of_its_values_and_different_names_must_all_be_met) {
    struct dead_letter_view view = view_of(gave_up, event_text, NOW);
    static const char *const any[] = {"reason=expired", "reason=gave-up"};
    static const char *const both[] = {"reason=expired", "reason=gave-up", "topic=orders"};
    ck_assert(matches(any, 2, &view));
    ck_assert(!matches(both, 3, &view));
    dead_letter_view_free(&view);
}
END_TEST

START_TEST(an_event_that_asks_for_a_mail_names_its_template_itself) {
    struct dead_letter_view view = view_of(nothing, event_text, NOW);
    expect(true, "template=notification", &view);
    dead_letter_view_free(&view);
}
END_TEST

START_TEST(a_filter_that_is_none_is_refused) {
    static const char *const bad[] = {"reason", "=x", "reason=", "colour=red", "older-than=soon", ""};
    struct dead_letter_filter filter = {.count = 0};
    for (size_t i = 0; i < SUITE_COUNT(bad); i++) {
        struct error error = {0};
        ck_assert_msg(!dead_letter_filter_add(&filter, bad[i], &error), "%s", bad[i]);
        ck_assert_int_eq(error.exit_status, EXIT_STATUS_USAGE);
    }
    ck_assert_uint_eq(filter.count, 0);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        each_name_asks_for_its_own_field,
        without_a_filter_all_are_meant,
        what_does_not_say_what_is_asked_is_not_meant,
        one_name_is_met_by_any_of_its_values_and_different_names_must_all_be_met,
        an_event_that_asks_for_a_mail_names_its_template_itself,
        a_filter_that_is_none_is_refused,
    };
    return suite_run("dead_letter_filter", tests, SUITE_COUNT(tests));
}
