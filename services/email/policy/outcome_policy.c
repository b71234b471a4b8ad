/* SPDX-License-Identifier: Apache-2.0 */
#include "outcome_policy.h"

#define ANY_ENHANCED                                                                                         \
    { 0, 0, 0 }

/* The first rule that fits decides. */
const struct outcome_rule outcome_rules[] = {
    /* MAIL speaks of the sender: a refusal would meet every mail, save where it is about this one's size,
     * parameters or syntax. 552 is "too much mail data" here (RFC 5321 §4.2.3 with SIZE, RFC 1870 §6), 555 a
     * parameter (§4.1.1.11). */
    {SMTP_PHASE_MAIL, 400, 499, ANY_ENHANCED, OUTCOME_PUT_BACK},
    {SMTP_PHASE_MAIL, 552, 552, ANY_ENHANCED, OUTCOME_PERMFAIL},
    {SMTP_PHASE_MAIL, 555, 555, ANY_ENHANCED, OUTCOME_PERMFAIL},
    {SMTP_PHASE_MAIL, 500, 599, {-1, 3, 4}, OUTCOME_PERMFAIL}, /* message too big for system */
    {SMTP_PHASE_MAIL,
     500,
     599,
     {5, 6, 7},
     OUTCOME_PERMFAIL}, /* non-ASCII addresses not permitted (RFC 6531 §4.1) */
    {SMTP_PHASE_MAIL, 500, 599, ANY_ENHANCED, OUTCOME_SYSTEMIC},
    /* RCPT speaks of the recipient. 552 means 452 from old servers (RFC 5321 §4.5.3.1.10); 530 wants
       authentication. */
    {SMTP_PHASE_RCPT, 400, 499, ANY_ENHANCED, OUTCOME_TEMPFAIL},
    {SMTP_PHASE_RCPT, 552, 552, ANY_ENHANCED, OUTCOME_TEMPFAIL},
    {SMTP_PHASE_RCPT, 530, 530, ANY_ENHANCED, OUTCOME_SYSTEMIC},
    {SMTP_PHASE_RCPT, 500, 599, ANY_ENHANCED, OUTCOME_PERMFAIL},
    {SMTP_PHASE_DATA, 400, 499, ANY_ENHANCED, OUTCOME_TEMPFAIL},
    {SMTP_PHASE_DATA, 500, 599, ANY_ENHANCED, OUTCOME_PERMFAIL},
    {SMTP_PHASE_DOT, 200, 299, ANY_ENHANCED, OUTCOME_SENT},
    {SMTP_PHASE_DOT, 400, 499, ANY_ENHANCED,
     OUTCOME_TEMPFAIL}, /* 421 too: the mail was seen whole and not taken */
    {SMTP_PHASE_DOT, 500, 599, ANY_ENHANCED, OUTCOME_PERMFAIL},
};
const size_t outcome_rule_count = sizeof outcome_rules / sizeof outcome_rules[0];

static bool part_fits(int wanted, int given) {
    return wanted == -1 || wanted == given;
}

static bool enhanced_fits(const struct smtp_enhanced_code *wanted, const struct smtp_enhanced_code *given) {
    bool any = wanted->class == 0 && wanted->subject == 0 && wanted->detail == 0;
    return any || (part_fits(wanted->class, given->class) && part_fits(wanted->subject, given->subject) &&
                   part_fits(wanted->detail, given->detail));
}

static enum outcome outcome_of_reply(const struct smtp_result *result) {
    /* 421 before the dot ends the session and charges no mail, whatever command it answered. */
    if (result->code == 421 && result->phase != SMTP_PHASE_DOT)
        return OUTCOME_PUT_BACK;
    for (size_t i = 0; i < outcome_rule_count; i++) {
        const struct outcome_rule *rule = &outcome_rules[i];
        if (rule->phase == result->phase && result->code >= rule->code_from &&
            result->code <= rule->code_to && enhanced_fits(&rule->enhanced, &result->enhanced))
            return rule->outcome;
    }
    return OUTCOME_TEMPFAIL; /* a code that no RFC has: try again later, rather than lose or dead-letter it */
}

enum outcome outcome_of_result(const struct smtp_result *result) {
    switch (result->fate) {
    case SMTP_FATE_REPLIED:
        return outcome_of_reply(result);
    case SMTP_FATE_AMBIGUOUS:
        return OUTCOME_AMBIGUOUS;
    case SMTP_FATE_BODY_BROKEN:
        /* A server that says goodbye in mid-body has not judged the mail. */
        return result->code == 421 ? OUTCOME_PUT_BACK : OUTCOME_TEMPFAIL;
    case SMTP_FATE_PUT_BACK:
        return OUTCOME_PUT_BACK;
    case SMTP_FATE_UNSUPPORTED:
        return OUTCOME_PERMFAIL;
    }
    return OUTCOME_TEMPFAIL;
}

const char *outcome_name(enum outcome outcome) {
    switch (outcome) {
    case OUTCOME_SENT:
        return "sent";
    case OUTCOME_TEMPFAIL:
        return "tempfail";
    case OUTCOME_PERMFAIL:
        return "permfail";
    case OUTCOME_AMBIGUOUS:
        return "ambiguous";
    case OUTCOME_PUT_BACK:
        return "put_back";
    case OUTCOME_SYSTEMIC:
        return "systemic";
    }
    return "unknown";
}

enum session_verdict outcome_of_session_trouble(size_t sessions_up) {
    return sessions_up > 0 ? SESSION_VERDICT_HALVE_LIMIT : SESSION_VERDICT_SYSTEMIC;
}
