/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which refusals say that an address will never take mail, whoever sends it. Only those put it on the list of
 * suppressed addresses; a refusal for what a mail says or who sends it (5.7.x, 5.6.x) tells nothing of the
 * address. The same table for people: docs/delivery.md, held against this one by a test.
 */
#ifndef NOTIFY_EMAIL_SUPPRESSION_POLICY_H
#define NOTIFY_EMAIL_SUPPRESSION_POLICY_H

#include "../smtp/smtp_mail.h"

/* About the recipient, and for good: a reply to RCPT, DATA or the dot that is a PERMFAIL, with such a code.
 * (A reply to MAIL is about the sender.) */
bool suppression_policy_is_evidence(const struct smtp_result *result);

struct suppression_rule {
    struct smtp_enhanced_code enhanced;
    const char *meaning;
};
extern const struct suppression_rule suppression_rules[];
extern const size_t suppression_rule_count;

#endif
