/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/refusal_guard.h"
#include "suite.h"
#include <stdlib.h>

static enum refusal_verdict refuse_several(struct refusal_guard *guard, enum smtp_phase phase, int code,
                                           uint64_t first_recipient, int count) {
    enum refusal_verdict verdict = REFUSAL_BEGINS_RUN;
    for (int i = 0; i < count; i++)
        verdict = refusal_guard_refused(guard, phase, code, first_recipient + (uint64_t)i);
    return verdict;
}

START_TEST(the_twentieth_refusal_in_a_row_is_of_everybody) {
    struct refusal_guard guard = {0};
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_RCPT, 550, 1, 19), REFUSAL_IN_RUN);
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_RCPT, 550, 20, 1), REFUSAL_OF_EVERYBODY);
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_RCPT, 550, 21, 1), REFUSAL_OF_EVERYBODY);
}
END_TEST

START_TEST(an_accepted_mail_ends_the_run) {
    struct refusal_guard guard = {0};
    refuse_several(&guard, SMTP_PHASE_RCPT, 550, 1, 19);
    refusal_guard_accepted(&guard);
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_RCPT, 550, 20, 1), REFUSAL_BEGINS_RUN);
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_RCPT, 550, 21, 18), REFUSAL_IN_RUN);
}
END_TEST

START_TEST(one_recipient_refused_again_and_again_is_its_own_trouble) {
    struct refusal_guard guard = {0};
    for (int i = 0; i < 100; i++)
        ck_assert_int_ne(refusal_guard_refused(&guard, SMTP_PHASE_RCPT, 450, 7), REFUSAL_OF_EVERYBODY);
}
END_TEST

START_TEST(another_code_or_phase_begins_a_run_of_its_own) {
    struct refusal_guard guard = {0};
    refuse_several(&guard, SMTP_PHASE_RCPT, 550, 1, 19);
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_RCPT, 451, 20, 1), REFUSAL_BEGINS_RUN);
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_RCPT, 550, 21, 1), REFUSAL_BEGINS_RUN);
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_DOT, 550, 22, 19), REFUSAL_IN_RUN);
    ck_assert_int_eq(refuse_several(&guard, SMTP_PHASE_DOT, 550, 41, 1), REFUSAL_OF_EVERYBODY);
}
END_TEST

/* The rule said anew: walk back over the history as long as it is one run, and count the recipients. */
static bool naive_is_of_everybody(const int (*history)[3], size_t count) {
    bool seen[40] = {false};
    size_t recipients = 0;
    for (size_t i = count; i-- > 0;) {
        if (history[i][1] != history[count - 1][1] || history[i][0] != history[count - 1][0])
            break;
        if (!seen[history[i][2]])
            recipients++;
        seen[history[i][2]] = true;
    }
    return recipients >= 20;
}

START_TEST(any_history_is_judged_as_by_the_rule_read_literally) {
    static int history[400][3]; /* phase, code (0: accepted), recipient */
    srand(4);
    size_t tripped = 0;
    for (int round = 0; round < 200; round++) {
        struct refusal_guard guard = {0};
        for (size_t i = 0; i < 400; i++) {
            history[i][0] = rand() % 60 == 0 ? SMTP_PHASE_DOT : SMTP_PHASE_RCPT;
            history[i][1] = rand() % 60 == 0 ? 0 : 550;
            history[i][2] = rand() % 40;
            if (history[i][1] == 0) {
                history[i][0] = -1; /* an accepted mail has no phase: it ends any run */
                refusal_guard_accepted(&guard);
                continue;
            }
            enum refusal_verdict verdict =
                refusal_guard_refused(&guard, (enum smtp_phase)history[i][0], 550, (uint64_t)history[i][2]);
            bool expected = naive_is_of_everybody(history, i + 1);
            ck_assert_int_eq(verdict == REFUSAL_OF_EVERYBODY, expected);
            tripped += expected;
        }
    }
    ck_assert_uint_gt(tripped, 1000);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_twentieth_refusal_in_a_row_is_of_everybody,
        an_accepted_mail_ends_the_run,
        one_recipient_refused_again_and_again_is_its_own_trouble,
        another_code_or_phase_begins_a_run_of_its_own,
        any_history_is_judged_as_by_the_rule_read_literally,
    };
    return suite_run("refusal_guard", tests, SUITE_COUNT(tests));
}
