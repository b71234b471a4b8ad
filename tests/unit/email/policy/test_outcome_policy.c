/* SPDX-License-Identifier: Apache-2.0 */
/* The table of docs/delivery.md, row by row, and the copy of it that operators read. */
#include "policy/outcome_policy.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

static enum outcome reply(enum smtp_phase phase, int code, int class, int subject, int detail) {
    const struct smtp_result result = {
        .fate = SMTP_FATE_REPLIED, .phase = phase, .code = code, .enhanced = {class, subject, detail}};
    return outcome_of_result(&result);
}

static const struct {
    enum smtp_phase phase;
    int code, class, subject, detail;
    enum outcome outcome;
} expected[] = {
    {SMTP_PHASE_MAIL, 450, 0, 0, 0, OUTCOME_PUT_BACK}, {SMTP_PHASE_MAIL, 451, 4, 3, 0, OUTCOME_PUT_BACK},
    {SMTP_PHASE_MAIL, 552, 0, 0, 0, OUTCOME_PERMFAIL}, {SMTP_PHASE_MAIL, 555, 0, 0, 0, OUTCOME_PERMFAIL},
    {SMTP_PHASE_MAIL, 554, 5, 3, 4, OUTCOME_PERMFAIL}, {SMTP_PHASE_MAIL, 550, 5, 6, 7, OUTCOME_PERMFAIL},
    {SMTP_PHASE_MAIL, 553, 5, 6, 7, OUTCOME_PERMFAIL}, {SMTP_PHASE_MAIL, 550, 5, 7, 1, OUTCOME_SYSTEMIC},
    {SMTP_PHASE_MAIL, 530, 5, 7, 0, OUTCOME_SYSTEMIC}, {SMTP_PHASE_MAIL, 503, 0, 0, 0, OUTCOME_SYSTEMIC},
    {SMTP_PHASE_RCPT, 450, 4, 2, 1, OUTCOME_TEMPFAIL}, {SMTP_PHASE_RCPT, 452, 0, 0, 0, OUTCOME_TEMPFAIL},
    {SMTP_PHASE_RCPT, 552, 0, 0, 0, OUTCOME_TEMPFAIL}, {SMTP_PHASE_RCPT, 530, 0, 0, 0, OUTCOME_SYSTEMIC},
    {SMTP_PHASE_RCPT, 550, 5, 1, 1, OUTCOME_PERMFAIL}, {SMTP_PHASE_RCPT, 554, 5, 7, 1, OUTCOME_PERMFAIL},
    {SMTP_PHASE_DATA, 451, 0, 0, 0, OUTCOME_TEMPFAIL}, {SMTP_PHASE_DATA, 554, 0, 0, 0, OUTCOME_PERMFAIL},
    {SMTP_PHASE_DOT, 250, 2, 0, 0, OUTCOME_SENT},      {SMTP_PHASE_DOT, 421, 0, 0, 0, OUTCOME_TEMPFAIL},
    {SMTP_PHASE_DOT, 452, 4, 3, 1, OUTCOME_TEMPFAIL},  {SMTP_PHASE_DOT, 554, 5, 6, 0, OUTCOME_PERMFAIL},
};

START_TEST(each_reply_has_the_outcome_of_the_contract) {
    for (size_t i = 0; i < SUITE_COUNT(expected); i++)
        ck_assert_msg(reply(expected[i].phase, expected[i].code, expected[i].class, expected[i].subject,
                            expected[i].detail) == expected[i].outcome,
                      "%s %d", smtp_phase_name(expected[i].phase), expected[i].code);
}
END_TEST

START_TEST(a_421_before_the_dot_charges_no_mail) {
    ck_assert_int_eq(reply(SMTP_PHASE_MAIL, 421, 4, 3, 2), OUTCOME_PUT_BACK);
    ck_assert_int_eq(reply(SMTP_PHASE_RCPT, 421, 4, 3, 2), OUTCOME_PUT_BACK);
    ck_assert_int_eq(reply(SMTP_PHASE_DATA, 421, 4, 3, 2), OUTCOME_PUT_BACK);
    const struct smtp_result in_mid_body = {
        .fate = SMTP_FATE_BODY_BROKEN, .phase = SMTP_PHASE_DOT, .code = 421};
    ck_assert_int_eq(outcome_of_result(&in_mid_body), OUTCOME_PUT_BACK);
}
END_TEST

START_TEST(each_fate_without_a_reply_has_the_outcome_of_the_contract) {
    static const struct {
        enum smtp_fate fate;
        enum outcome outcome;
    } fates[] = {
        {SMTP_FATE_AMBIGUOUS, OUTCOME_AMBIGUOUS},
        {SMTP_FATE_BODY_BROKEN, OUTCOME_TEMPFAIL},
        {SMTP_FATE_PUT_BACK, OUTCOME_PUT_BACK},
        {SMTP_FATE_UNSUPPORTED, OUTCOME_PERMFAIL},
    };
    for (size_t i = 0; i < SUITE_COUNT(fates); i++) {
        const struct smtp_result result = {.fate = fates[i].fate, .phase = SMTP_PHASE_DOT};
        ck_assert_int_eq(outcome_of_result(&result), fates[i].outcome);
    }
}
END_TEST

START_TEST(no_reply_is_without_an_outcome_and_none_but_250_is_sent) {
    for (int phase = SMTP_PHASE_MAIL; phase <= SMTP_PHASE_DOT; phase++)
        for (int code = 300; code <= 599; code++) {
            enum outcome outcome = reply((enum smtp_phase)phase, code, 0, 0, 0);
            if (outcome == OUTCOME_SENT || outcome == OUTCOME_AMBIGUOUS)
                ck_abort_msg("%s %d", smtp_phase_name((enum smtp_phase)phase), code);
        }
}
END_TEST

/* --- docs/delivery.md: "| MAIL | 400–499 | any | put back |" --- */

static void range_text(const struct outcome_rule *rule, char *out, size_t size) {
    if (rule->code_from == rule->code_to)
        snprintf(out, size, "%d", rule->code_from);
    else
        snprintf(out, size, "%d–%d", rule->code_from, rule->code_to);
}

static void enhanced_text(const struct outcome_rule *rule, char *out, size_t size) {
    const struct smtp_enhanced_code *code = &rule->enhanced;
    if (code->class == 0)
        snprintf(out, size, "any");
    else if (code->class == -1)
        snprintf(out, size, "x.%d.%d", code->subject, code->detail);
    else
        snprintf(out, size, "%d.%d.%d", code->class, code->subject, code->detail);
}

START_TEST(the_operators_manual_has_the_same_table) {
    char path[4096], manual[65536], rows[8192] = "";
    const char *root = getenv("NOTIFY_SOURCE_ROOT");
    ck_assert_ptr_nonnull(root);
    snprintf(path, sizeof path, "%s/docs/delivery.md", root);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(manual, 1, sizeof manual - 1, file);
    fclose(file);
    manual[size] = '\0';
    for (size_t i = 0; i < outcome_rule_count; i++) {
        char codes[32], enhanced[32], row[256];
        range_text(&outcome_rules[i], codes, sizeof codes);
        enhanced_text(&outcome_rules[i], enhanced, sizeof enhanced);
        snprintf(row, sizeof row, "| %s | %s | %s | %s |\n", smtp_phase_name(outcome_rules[i].phase), codes,
                 enhanced, outcome_name(outcome_rules[i].outcome));
        strcat(rows, row);
    }
    ck_assert_msg(strstr(manual, rows) != NULL, "docs/delivery.md lacks this table:\n%s", rows);
}
END_TEST

START_TEST(session_trouble_halves_the_limit_while_others_are_up) {
    ck_assert_int_eq(outcome_of_session_trouble(3), SESSION_VERDICT_HALVE_LIMIT);
    ck_assert_int_eq(outcome_of_session_trouble(0), SESSION_VERDICT_SYSTEMIC);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        each_reply_has_the_outcome_of_the_contract,
        a_421_before_the_dot_charges_no_mail,
        each_fate_without_a_reply_has_the_outcome_of_the_contract,
        no_reply_is_without_an_outcome_and_none_but_250_is_sent,
        the_operators_manual_has_the_same_table,
        session_trouble_halves_the_limit_while_others_are_up,
    };
    return suite_run("outcome_policy", tests, SUITE_COUNT(tests));
}
