/* SPDX-License-Identifier: Apache-2.0 */
#include "suppression_policy.h"

#include "outcome_policy.h"

/* RFC 3463 §3.2; 5.1.10 is RFC 7505 §4.2's. */
const struct suppression_rule suppression_rules[] = {
    {{5, 1, 1}, "there is no such mailbox"},  {{5, 1, 2}, "there is no such domain"},
    {{5, 1, 3}, "the address cannot be one"}, {{5, 1, 6}, "the mailbox has moved, nobody knows where"},
    {{5, 1, 10}, "the domain takes no mail"},
};
const size_t suppression_rule_count = sizeof suppression_rules / sizeof suppression_rules[0];

static bool speaks_of_the_address(const struct smtp_enhanced_code *code) {
    for (size_t i = 0; i < suppression_rule_count; i++) {
        const struct smtp_enhanced_code *rule = &suppression_rules[i].enhanced;
        if (code->class == rule->class && code->subject == rule->subject && code->detail == rule->detail)
            return true;
    }
    return false;
}

bool suppression_policy_is_evidence(const struct smtp_result *result) {
    return result->fate == SMTP_FATE_REPLIED && result->phase != SMTP_PHASE_MAIL &&
           outcome_of_result(result) == OUTCOME_PERMFAIL && speaks_of_the_address(&result->enhanced);
}
