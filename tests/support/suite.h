/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main() of a test program. One suite with one case: return suite_run("log", tests, SUITE_COUNT(tests)).
 * Of several cases, or with tests that loop: suite_create(), suite_case() for each, return suite_end(suite).
 */
#ifndef NOTIFY_TESTS_SUITE_H
#define NOTIFY_TESTS_SUITE_H

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

#define SUITE_COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* The end of a loop over a table, for tcase_add_loop_test. */
#define LOOP_COUNT(array) ((int)SUITE_COUNT(array))

/* set_up and tear_down surround each test of the case; NULL: none. Below meson's timeout, so that Check tells
 * which test hangs. */
static inline TCase *suite_case(Suite *suite, const char *name, SFun set_up, SFun tear_down,
                                double timeout_seconds) {
    TCase *test_case = tcase_create(name);
    tcase_set_timeout(test_case, timeout_seconds);
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    suite_add_tcase(suite, test_case);
    return test_case;
}

/* Runs the suite; the program's exit status. */
static inline int suite_end(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* With Check's own timeout, CK_DEFAULT_TIMEOUT. */
static inline int suite_run_with_fixture(const char *name, const TTest *const *tests, size_t count,
                                         SFun set_up, SFun tear_down) {
    Suite *suite = suite_create(name);
    TCase *test_case = tcase_create(name);
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(test_case, tests[i]);
    suite_add_tcase(suite, test_case);
    return suite_end(suite);
}

static inline int suite_run(const char *name, const TTest *const *tests, size_t count) {
    return suite_run_with_fixture(name, tests, count, NULL, NULL);
}

#endif
