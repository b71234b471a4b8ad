/* SPDX-License-Identifier: Apache-2.0 */
/* suite_run() for tests that share a set-up and a tear-down. */
#ifndef NOTIFY_TESTS_UNIT_SIGNUP_FIXTURE_H
#define NOTIFY_TESTS_UNIT_SIGNUP_FIXTURE_H

#include "suite.h"

static inline int suite_run_with_fixture(const char *name, const TTest *const *tests, size_t count,
                                         void (*set_up)(void), void (*tear_down)(void)) {
    Suite *suite = suite_create(name);
    TCase *test_case = tcase_create(name);
    tcase_add_checked_fixture(test_case, set_up, tear_down);
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
