/* SPDX-License-Identifier: Apache-2.0 */
#include "common/error.h"
#include "suite.h"
#include <string.h>

START_TEST(set_formats_and_returns_false_with_the_internal_status) {
    struct error error;
    ck_assert(!error_set(&error, "cannot open %s", "signup.db"));
    ck_assert_str_eq(error.text, "cannot open signup.db");
    ck_assert_int_eq(error.exit_status, 70);
}
END_TEST

START_TEST(set_status_keeps_the_status_given) {
    struct error error;
    ck_assert(!error_set_status(&error, EXIT_STATUS_CONFIG, "no %d", 7));
    ck_assert_str_eq(error.text, "no 7");
    ck_assert_int_eq(error.exit_status, 78);
}
END_TEST

START_TEST(prefix_comes_before_the_text_and_keeps_the_status) {
    struct error error;
    error_set_status(&error, EXIT_STATUS_CONFIG, "not a number");
    ck_assert(!error_prefix(&error, "SMTP_%s", "PORT"));
    ck_assert_str_eq(error.text, "SMTP_PORT: not a number");
    ck_assert_int_eq(error.exit_status, 78);
}
END_TEST

START_TEST(the_own_text_may_be_an_argument) {
    struct error error;
    error_set(&error, "inner");
    error_set(&error, "outer (%s)", error.text);
    ck_assert_str_eq(error.text, "outer (inner)");
}
END_TEST

START_TEST(texts_that_do_not_fit_are_cut_and_terminated) {
    struct error error;
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(&error, "%s", text);
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
    error_prefix(&error, "A");
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
    ck_assert_int_eq(strncmp(error.text, "A: xxx", 6), 0);
    error_prefix(&error, "%s", text);
    ck_assert_uint_lt(strlen(error.text), sizeof error.text);
    ck_assert_int_eq(error.text[0], 'x');
}
END_TEST

START_TEST(a_null_error_is_passed_over) {
    ck_assert(!error_set(NULL, "x"));
    ck_assert(!error_set_status(NULL, EXIT_STATUS_USAGE, "x"));
    ck_assert(!error_prefix(NULL, "x"));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        set_formats_and_returns_false_with_the_internal_status, set_status_keeps_the_status_given,
        prefix_comes_before_the_text_and_keeps_the_status,      the_own_text_may_be_an_argument,
        texts_that_do_not_fit_are_cut_and_terminated,           a_null_error_is_passed_over,
    };
    return suite_run("error", tests, SUITE_COUNT(tests));
}
