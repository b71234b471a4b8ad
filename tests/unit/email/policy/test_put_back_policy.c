/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/put_back_policy.h"
#include "suite.h"
#include <stdlib.h>

START_TEST(a_mail_that_alone_comes_back_is_charged_at_last) {
    struct put_back_history history = {0};
    uint64_t accepted = 0;
    for (int i = 0; i < 10; i++)
        ck_assert_msg(!put_back_policy_charges(&history, accepted += 5), "charged after %d", i + 1);
    ck_assert(put_back_policy_charges(&history, accepted + 1));
}
END_TEST

START_TEST(while_the_server_accepts_nobody_no_mail_is_charged) {
    struct put_back_history history = {0};
    for (int i = 0; i < 1000; i++)
        ck_assert(!put_back_policy_charges(&history, 42));
}
END_TEST

/* The rule said anew: of all put-backs those count before which the number had changed, and the first. */
START_TEST(only_put_backs_with_another_mail_accepted_between_count) {
    struct put_back_history history = {0};
    uint64_t accepted = 0, before = 0;
    unsigned counted = 0;
    srand(7);
    for (int i = 0; i < 10000 && counted <= 10; i++) {
        accepted += rand() % 4 == 0;
        bool counts = counted == 0 || accepted != before;
        counted += counts;
        before = accepted;
        ck_assert_int_eq(put_back_policy_charges(&history, accepted), counted > 10);
    }
    ck_assert_uint_gt(counted, 10);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_mail_that_alone_comes_back_is_charged_at_last,
        while_the_server_accepts_nobody_no_mail_is_charged,
        only_put_backs_with_another_mail_accepted_between_count,
    };
    return suite_run("put_back_policy", tests, SUITE_COUNT(tests));
}
