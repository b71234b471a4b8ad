/* SPDX-License-Identifier: Apache-2.0 */
/* Which refusals put an address on the list, and the copy of that table that operators read. */
#include "policy/suppression_policy.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

static bool is_evidence(enum smtp_phase phase, int code, int class, int subject, int detail) {
    const struct smtp_result result = {
        .fate = SMTP_FATE_REPLIED, .phase = phase, .code = code, .enhanced = {class, subject, detail}};
    return suppression_policy_is_evidence(&result);
}

START_TEST(a_refusal_for_good_that_speaks_of_the_address_is_evidence) {
    static const int details[] = {1, 2, 3, 6, 10};
    static const enum smtp_phase phases[] = {SMTP_PHASE_RCPT, SMTP_PHASE_DATA, SMTP_PHASE_DOT};
    for (size_t i = 0; i < SUITE_COUNT(details); i++)
        for (size_t j = 0; j < SUITE_COUNT(phases); j++)
            ck_assert_msg(is_evidence(phases[j], 550, 5, 1, details[i]), "5.1.%d to %s", details[i],
                          smtp_phase_name(phases[j]));
}
END_TEST

START_TEST(no_other_code_is_evidence) {
    int found = 0;
    for (int class = 0; class <= 5; class ++)
        for (int subject = 0; subject <= 7; subject++)
            for (int detail = 0; detail <= 40; detail++)
                found += is_evidence(SMTP_PHASE_RCPT, 550, class, subject, detail);
    ck_assert_int_eq(found, 5);
    ck_assert(!is_evidence(SMTP_PHASE_RCPT, 550, 0, 0, 0)); /* none was given */
    ck_assert(!is_evidence(SMTP_PHASE_RCPT, 550, 5, 7, 1));
    ck_assert(!is_evidence(SMTP_PHASE_RCPT, 550, 5, 2, 1));
}
END_TEST

START_TEST(a_reply_that_is_no_final_refusal_of_the_recipient_is_none) {
    ck_assert(!is_evidence(SMTP_PHASE_MAIL, 550, 5, 1, 1)); /* about the sender */
    ck_assert(!is_evidence(SMTP_PHASE_MAIL, 552, 5, 1, 1));
    ck_assert(!is_evidence(SMTP_PHASE_CONNECT, 550, 5, 1, 1));
    ck_assert(!is_evidence(SMTP_PHASE_RCPT, 450, 5, 1, 1));
    ck_assert(!is_evidence(SMTP_PHASE_RCPT, 421, 5, 1, 1));
    ck_assert(!is_evidence(SMTP_PHASE_RCPT, 552, 5, 1, 1)); /* tried again */
    ck_assert(!is_evidence(SMTP_PHASE_RCPT, 530, 5, 1, 1)); /* puts the mail back */
    ck_assert(!is_evidence(SMTP_PHASE_DOT, 250, 5, 1, 1));
    for (int fate = SMTP_FATE_AMBIGUOUS; fate <= SMTP_FATE_UNSUPPORTED; fate++) {
        const struct smtp_result result = {
            .fate = (enum smtp_fate)fate, .phase = SMTP_PHASE_DOT, .code = 550, .enhanced = {5, 1, 1}};
        ck_assert(!suppression_policy_is_evidence(&result));
    }
}
END_TEST

/* docs/delivery.md: "| 5.1.1 | there is no such mailbox |" */
START_TEST(the_operators_manual_has_the_same_table) {
    char path[4096], manual[65536], rows[4096] = "";
    const char *root = getenv("NOTIFY_SOURCE_ROOT");
    ck_assert_ptr_nonnull(root);
    snprintf(path, sizeof path, "%s/docs/delivery.md", root);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(manual, 1, sizeof manual - 1, file);
    fclose(file);
    manual[size] = '\0';
    for (size_t i = 0; i < suppression_rule_count; i++) {
        const struct smtp_enhanced_code *code = &suppression_rules[i].enhanced;
        char row[256];
        snprintf(row, sizeof row, "| %d.%d.%d | %s |\n", code->class, code->subject, code->detail,
                 suppression_rules[i].meaning);
        strcat(rows, row);
    }
    ck_assert_msg(strstr(manual, rows) != NULL, "docs/delivery.md lacks this table:\n%s", rows);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_refusal_for_good_that_speaks_of_the_address_is_evidence,
        no_other_code_is_evidence,
        a_reply_that_is_no_final_refusal_of_the_recipient_is_none,
        the_operators_manual_has_the_same_table,
    };
    return suite_run("suppression_policy", tests, SUITE_COUNT(tests));
}
