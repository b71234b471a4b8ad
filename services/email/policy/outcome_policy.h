/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a result of the SMTP dialogue means for a mail (docs/delivery.md). The one place where this is
 * decided; pure. The same table for people: docs/delivery.md, held against this one by a test.
 */
#ifndef NOTIFY_EMAIL_OUTCOME_POLICY_H
#define NOTIFY_EMAIL_OUTCOME_POLICY_H

#include "../smtp/smtp_mail.h"

enum outcome {
    OUTCOME_SENT,      /* the server has it */
    OUTCOME_TEMPFAIL,  /* charged: to a retry topic */
    OUTCOME_PERMFAIL,  /* to the dead letters */
    OUTCOME_AMBIGUOUS, /* the server may have it: retried or failed, as configured */
    OUTCOME_PUT_BACK,  /* not this mail's fault: first in its key again, uncharged */
    OUTCOME_SYSTEMIC,  /* put back, and the circuit breaker opens: no mail would fare better */
};

enum outcome outcome_of_result(const struct smtp_result *result);
const char *outcome_name(enum outcome outcome); /* "sent", "tempfail" …; for metrics */

/* What trouble with a session, outside any mail, means for the rest of them. */
enum session_verdict {
    SESSION_VERDICT_HALVE_LIMIT, /* others are up: the server has enough of us */
    SESSION_VERDICT_SYSTEMIC,    /* none is up */
};
enum session_verdict outcome_of_session_trouble(size_t sessions_up);

/* The table, for the test that holds docs/delivery.md against it. */
struct outcome_rule {
    enum smtp_phase phase;
    int code_from, code_to;             /* the reply code, both ends included */
    struct smtp_enhanced_code enhanced; /* all 0: any; a -1 part: any in that place */
    enum outcome outcome;
};
extern const struct outcome_rule outcome_rules[];
extern const size_t outcome_rule_count;

#endif
