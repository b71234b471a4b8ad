/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker and the limit of sessions, between the policies and the pool. */
#include "delivery_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include "policy/outcome_policy.h"
#include <stdio.h>
#include <string.h>

/* Again when probes find another reason than the one that was told: an operator acts on it. */
static void tell_trouble(struct delivery *delivery, bool newly, const char *why) {
    if (!newly && strcmp(why, delivery->trouble) == 0)
        return;
    snprintf(delivery->trouble, sizeof delivery->trouble, "%s", why);
    log_error(newly ? "the SMTP server is in trouble: mails wait, and it is probed"
                    : "the SMTP server is still in trouble, for another reason",
              LOG_FIELDS(log_text("reason", why)));
    delivery->parts.smtp_state(delivery->parts.data, false, why);
}

void delivery_trip_breaker(struct delivery *delivery, const char *server_text) {
    if (delivery->probe != NULL)
        return; /* a mail that was under way before: the probe's own result tells */
    char why[256];
    snprintf(why, sizeof why, "%s", server_text);
    mail_address_mask(why);
    bool was_probing = delivery->breaker.state == CIRCUIT_PROBING;
    bool newly = circuit_breaker_trip(&delivery->breaker, clock_monotonic_ms());
    if (delivery->breaker.state != CIRCUIT_OPEN)
        return;
    smtp_pool_hold(delivery->pool, true);
    email_metrics_set_breaker(delivery->parts.metrics, true);
    if (newly || was_probing)
        tell_trouble(delivery, newly, why);
}

void delivery_probe_succeeded(struct delivery *delivery) {
    if (!circuit_breaker_succeed(&delivery->breaker))
        return;
    delivery->put_back_in_a_row = 0;
    smtp_pool_hold(delivery->pool, false);
    email_metrics_set_breaker(delivery->parts.metrics, false);
    log_info("the SMTP server takes mails again", NULL);
    delivery->parts.smtp_state(delivery->parts.data, true, "");
}

/* Not with the last one again while there is another: it may be the one that the server stumbles over. */
static struct mail *mail_to_probe_with(struct delivery *delivery) {
    struct mail *mail = delivery_next_mail(delivery);
    if (mail != NULL && mail != delivery->last_probe)
        return mail;
    if (delivery->ready_head == NULL && delivery->unbuilt_head == NULL)
        delivery_take_one(delivery);
    struct mail *other = delivery_next_mail(delivery);
    if (other == NULL)
        return mail;
    if (mail != NULL)
        delivery_push_ready(delivery, mail);
    return other;
}

void delivery_probe_if_due(struct delivery *delivery) {
    /* In a drain too: a record that has begun is to be finished, if the server comes back in time. The rate
     * limit holds for probes as well. */
    if (delivery->drain_is_over || delivery->breaker.state != CIRCUIT_OPEN || !delivery_may_send(delivery))
        return;
    if (!circuit_breaker_begin_probe(&delivery->breaker, clock_monotonic_ms()))
        return;
    struct mail *mail = mail_to_probe_with(delivery);
    if (mail == NULL) {
        circuit_breaker_cancel_probe(&delivery->breaker);
        return;
    }
    mail->state = MAIL_SENDING;
    mail->record->begun = true;
    delivery->probe = mail;
    delivery->last_probe = mail;
    smtp_pool_probe(delivery->pool, &mail->smtp);
}

void delivery_session_trouble(struct delivery *delivery, int code, const char *text, size_t sessions_up) {
    int64_t now = clock_monotonic_ms();
    if (delivery->breaker.state == CIRCUIT_PROBING)
        return; /* the probe's own result tells */
    char why[256];
    snprintf(why, sizeof why, "%s", text);
    mail_address_mask(why);
    log_debug("an SMTP session failed", LOG_FIELDS(log_integer("code", code), log_text("reason", why)));
    switch (outcome_of_session_trouble(sessions_up)) {
    case SESSION_VERDICT_HALVE_LIMIT:
        smtp_pool_set_limit(delivery->pool, connection_limit_halve(&delivery->limit, now));
        break;
    case SESSION_VERDICT_SYSTEMIC:
        delivery_trip_breaker(delivery, text);
        break;
    }
}
