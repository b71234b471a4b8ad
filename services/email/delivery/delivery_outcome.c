/* SPDX-License-Identifier: Apache-2.0 */
/* A mail comes back from its session: what that means for it, and for the server; and it is carried out. */
#include "delivery_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include "policy/outcome_policy.h"
#include <string.h>

/* A server that refuses every MAIL for now (4xx) would have each mail put back and tried again at once, for
 * ever: after so many in a row the breaker paces it. */
#define PUT_BACKS_UNTIL_TRIP 20

static void sent(struct delivery *delivery, struct mail *mail, const struct smtp_result *result) {
    int64_t event_time = mail->record->event.time_unix_ms;
    email_metrics_mail(delivery->parts.metrics, "sent", mail->template_name);
    if (event_time >= 0)
        email_metrics_latency(delivery->parts.metrics, clock_unix_ms() - event_time);
    log_debug("mail accepted", LOG_FIELDS(log_text("event_id", mail->record->event.id),
                                          log_address("recipient", mail->recipient.wire)));
    delivery_tell_status(delivery, mail->record, mail, NULL, result);
    delivery_mail_done(delivery, mail);
}

/* Uncharged, behind what is ready: the others need not wait for one that breaks sessions. No other of its key
 * is ready. Where its partition is going or gone, it is another's to send. */
static void put_back(struct delivery *delivery, struct mail *mail) {
    struct record *record = mail->record;
    mail->state = MAIL_READY;
    record->begun = delivery_is_partly_done(record);
    if (!record->begun && (delivery->draining || group_partition_is_revoked(record->partition))) {
        delivery_abandon_record(delivery, record);
        delivery_check_drained(delivery);
        return;
    }
    delivery_push_ready(delivery, mail);
}

static void put_back_by_reply(struct delivery *delivery, struct mail *mail,
                              const struct smtp_result *result) {
    put_back(delivery, mail);
    if (result->fate != SMTP_FATE_REPLIED || result->code == 421)
        return;
    if (++delivery->put_back_in_a_row >= PUT_BACKS_UNTIL_TRIP)
        delivery_trip_breaker(delivery, result->text);
}

static void carry_out(struct delivery *delivery, struct mail *mail, enum outcome outcome,
                      const struct smtp_result *result, bool refuses_everybody) {
    if (outcome != OUTCOME_PUT_BACK)
        delivery->put_back_in_a_row = 0;
    if (refuses_everybody)
        delivery_take_suppressions_back(delivery, mail);
    switch (outcome) {
    case OUTCOME_SENT:
        sent(delivery, mail, result);
        break;
    case OUTCOME_TEMPFAIL:
        delivery_try_later(delivery, mail, result);
        break;
    case OUTCOME_AMBIGUOUS:
        if (delivery->parts.settings->ambiguous == EMAIL_AMBIGUOUS_FAIL)
            delivery_fail_for_good(delivery, mail, result, "ambiguous");
        else
            delivery_try_later(delivery, mail, result);
        break;
    case OUTCOME_PERMFAIL:
        delivery_fail_for_good(delivery, mail, result, "permanent-failure");
        break;
    case OUTCOME_PUT_BACK:
        put_back_by_reply(delivery, mail, result);
        break;
    case OUTCOME_SYSTEMIC:
        put_back(delivery, mail);
        delivery_trip_breaker(delivery, result->text);
        break;
    }
}

/* True: this refusal tells of the server, not of the mail. Its outcome stands all the same. */
static bool is_refusal_of_everybody(struct delivery *delivery, const struct mail *mail, enum outcome outcome,
                                    const struct smtp_result *result) {
    if (outcome == OUTCOME_SENT) {
        delivery->accepted++;
        refusal_guard_accepted(&delivery->guard);
        delivery_keep_suppressions(delivery);
    }
    if (result->fate != SMTP_FATE_REPLIED || (outcome != OUTCOME_TEMPFAIL && outcome != OUTCOME_PERMFAIL))
        return false;
    uint64_t recipient = key_order_hash("", mail->recipient.wire, strlen(mail->recipient.wire));
    enum refusal_verdict verdict =
        refusal_guard_refused(&delivery->guard, result->phase, result->code, recipient);
    if (verdict == REFUSAL_BEGINS_RUN)
        delivery_keep_suppressions(delivery);
    return verdict == REFUSAL_OF_EVERYBODY;
}

/* A mail of a partition that is another member's now: it is delivered there again, and is not ours to hand
 * on. */
static bool is_of_no_concern(const struct mail *mail, enum outcome outcome) {
    return outcome != OUTCOME_SENT && group_partition_is_revoked(mail->record->partition);
}

/* What comes back without a command of its own on the wire is not, nor is what met the end of a session: 421
 * to MAIL, with which servers bound the mails of each. */
static bool is_about_the_mail(const struct smtp_result *result) {
    return result->phase != SMTP_PHASE_CONNECT && !(result->code == 421 && result->phase == SMTP_PHASE_MAIL);
}

/* What the result means; of a mail that goes back again and again while others are accepted, that it is at
 * fault. What the end of a drain broke off is the next owner's to send: no attempt is charged, and nothing is
 * handed on, which would be sent besides. */
static enum outcome outcome_of(const struct delivery *delivery, struct mail *mail,
                               const struct smtp_result *result) {
    if (delivery->drain_is_over &&
        (result->fate == SMTP_FATE_PUT_BACK || result->fate == SMTP_FATE_BODY_BROKEN))
        return OUTCOME_PUT_BACK;
    enum outcome outcome = outcome_of_result(result);
    bool goes_back = outcome == OUTCOME_PUT_BACK || outcome == OUTCOME_SYSTEMIC;
    if (!goes_back || !is_about_the_mail(result) ||
        !put_back_policy_charges(&mail->put_backs, delivery->accepted))
        return outcome;
    return OUTCOME_TEMPFAIL;
}

void delivery_mail_settled(struct delivery *delivery, struct smtp_mail *smtp,
                           const struct smtp_result *result) {
    struct mail *mail = smtp->owner;
    enum outcome outcome = outcome_of(delivery, mail, result);
    bool was_probe = mail == delivery->probe;
    bool refuses_everybody = is_refusal_of_everybody(delivery, mail, outcome, result);
    bool server_answers = outcome != OUTCOME_PUT_BACK && outcome != OUTCOME_SYSTEMIC && !refuses_everybody;
    if (was_probe)
        delivery->probe = NULL;
    if (was_probe && server_answers)
        delivery_probe_succeeded(delivery);
    if (is_of_no_concern(mail, outcome))
        delivery_mail_done(delivery, mail);
    else
        carry_out(delivery, mail, outcome, result, refuses_everybody);
    if (refuses_everybody || (was_probe && !server_answers))
        delivery_trip_breaker(delivery, result->text);
    delivery_pump(delivery);
}
