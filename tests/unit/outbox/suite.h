/* SPDX-License-Identifier: Apache-2.0 */
/* The main() of a test program that has one suite with one fixture (NULL: none). */
#ifndef NOTIFY_TESTS_OUTBOX_SUITE_H
#define NOTIFY_TESTS_OUTBOX_SUITE_H

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

#define SUITE_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline int outbox_suite_run(const char *name, SFun set_up, SFun tear_down, const TTest *const *tests,
                                   size_t count) {
    Suite *suite = suite_create(name);
    TCase *test_case = tcase_create(name);
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    /* Below meson's, so that Check tells which test hangs. Sanitizers and valgrind are slow. */
    tcase_set_timeout(test_case, 100);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(test_case, tests[i]);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
