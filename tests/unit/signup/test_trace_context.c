/* SPDX-License-Identifier: Apache-2.0 */
#include "http/trace_context.h"
#include "suite.h"
#include <string.h>

#define TRACE_ID "4bf92f3577b34da6a3ce929d0e0e4736"
#define VALID "00-" TRACE_ID "-00f067aa0ba902b7-01"

START_TEST(a_valid_trace_goes_on_unchanged) {
    struct trace_context context;
    ck_assert(trace_context_take(&context, VALID, "a=1,b=2"));
    ck_assert_str_eq(context.traceparent, VALID);
    ck_assert_str_eq(context.trace_id, TRACE_ID);
    ck_assert_str_eq(context.tracestate, "a=1,b=2");
}
END_TEST

START_TEST(validity_is_as_in_the_specification) {
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {VALID, true},
        {"00-" TRACE_ID "-00f067aa0ba902b7-00", true},
        {"01-" TRACE_ID "-00f067aa0ba902b7-01-more", true},
        {"cc-" TRACE_ID "-00f067aa0ba902b7-01", true},
        {"cc-" TRACE_ID "-00f067aa0ba902b7-01more", false},
        {VALID "-more", false},
        {"ff-" TRACE_ID "-00f067aa0ba902b7-01", false},
        {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
        {"00-" TRACE_ID "-0000000000000000-01", false},
        {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", false},
        {"00_" TRACE_ID "-00f067aa0ba902b7-01", false},
        {"00-" TRACE_ID "-00f067aa0ba902b7-0g", false},
        {"00-" TRACE_ID "-00f067aa0ba902b7-", false},
        {"", false},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++)
        ck_assert_msg(traceparent_is_valid(cases[i].text) == cases[i].valid, "%s", cases[i].text);
}
END_TEST

START_TEST(without_a_valid_trace_a_new_one_begins_without_state) {
    static const char *const bad[] = {NULL, "", "nonsense"};
    char previous[33] = "";
    for (size_t i = 0; i < SUITE_COUNT(bad); i++) {
        struct trace_context context;
        ck_assert(trace_context_take(&context, bad[i], "a=1"));
        ck_assert(traceparent_is_valid(context.traceparent));
        ck_assert_int_eq(strncmp(context.traceparent + 3, context.trace_id, 32), 0);
        ck_assert_str_ne(context.trace_id, previous);
        ck_assert_str_eq(context.tracestate, "");
        strcpy(previous, context.trace_id);
    }
}
END_TEST

START_TEST(a_later_version_goes_on_as_the_fields_known_here) {
    struct trace_context context;
    ck_assert(trace_context_take(&context, "42-" TRACE_ID "-00f067aa0ba902b7-01-later", NULL));
    ck_assert_str_eq(context.traceparent, VALID);
}
END_TEST

START_TEST(a_state_that_is_too_long_or_not_printable_is_dropped) {
    struct trace_context context;
    char state[TRACESTATE_SIZE + 1];
    memset(state, 'x', sizeof state);
    state[TRACESTATE_SIZE - 1] = '\0';
    ck_assert(trace_context_take(&context, VALID, state));
    ck_assert_uint_eq(strlen(context.tracestate), TRACESTATE_SIZE - 1);
    state[TRACESTATE_SIZE - 1] = 'x';
    state[TRACESTATE_SIZE] = '\0';
    ck_assert(trace_context_take(&context, VALID, state));
    ck_assert_str_eq(context.tracestate, "");
    ck_assert(trace_context_take(&context, VALID, "a=\x01"));
    ck_assert_str_eq(context.tracestate, "");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_valid_trace_goes_on_unchanged,
        validity_is_as_in_the_specification,
        without_a_valid_trace_a_new_one_begins_without_state,
        a_later_version_goes_on_as_the_fields_known_here,
        a_state_that_is_too_long_or_not_printable_is_dropped,
    };
    return suite_run("trace_context", tests, SUITE_COUNT(tests));
}
