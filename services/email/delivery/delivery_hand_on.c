/* SPDX-License-Identifier: Apache-2.0 */
/* What a mail's end makes for other topics: statuses, retries, dead letters. */
#include "delivery_internal.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "status_event.h"
#include <stdio.h>
#include <string.h>

static void log_outcome(const struct mail *mail, const char *message, const struct smtp_result *result) {
    cleanup(cleanup_free) char *traceparent = kafka_header_text(mail->record->headers, "traceparent");
    char trace_id[33] = "";
    if (traceparent != NULL && strlen(traceparent) >= 35)
        snprintf(trace_id, sizeof trace_id, "%.32s", traceparent + 3);
    log_info(message,
             LOG_FIELDS(log_text("event_id", mail->record->event.id),
                        log_text("trace_id", trace_id[0] == '\0' ? NULL : trace_id),
                        log_address("recipient", mail->recipient.wire),
                        log_text("phase", smtp_phase_name(result->phase)), log_integer("code", result->code),
                        /* Without a reply, why there is none: a time-out, a connection lost. */
                        log_text("reason", result->code == 0 ? mail->failure.text : NULL),
                        log_integer("attempt", mail->record->past.attempts + 1)));
}

/* --- what is told --- */

/* A mail that is handed on has been charged for its attempt; one that was sent ends with it. */
static unsigned attempts_of(const struct record *record, const struct mail *mail,
                            const struct smtp_result *result) {
    if (mail != NULL && mail->state == MAIL_FORWARDING)
        return mail->failure.state.attempts;
    return record->past.attempts + (result != NULL ? 1 : 0);
}

void delivery_tell_status(struct delivery *delivery, struct record *record, struct mail *mail,
                          const char *reason, const struct smtp_result *result) {
    if (record->event.root == NULL)
        return; /* it was no event: there is nobody to tell */
    struct forward *forward = mail != NULL ? &mail->status : &record->status;
    const struct status_event status = {
        .cause = &record->event,
        .source = delivery->parts.settings->event_source,
        .sent = reason == NULL,
        .reason = reason,
        .template_name = mail != NULL ? mail->template_name : NULL,
        .message_id = mail != NULL ? mail->message_id : NULL,
        .attempts = attempts_of(record, mail, result),
        .result = result,
        .now_unix_ms = clock_unix_ms(),
    };
    forward->value = status_event_encode(&status);
    if (forward->value == NULL) {
        log_error("no memory for a status: it is not told",
                  LOG_FIELDS(log_text("event_id", record->event.id)));
        return;
    }
    record->statuses_under_way++;
    forwarding_send(delivery->forwarding, forward);
}

/* --- handing on --- */

static void hand_on(struct delivery *delivery, struct forward *forward) {
    if (forward->mail != NULL)
        forward->mail->forwards_under_way++;
    forwarding_send(delivery->forwarding, forward);
}

static void dead_letter(struct delivery *delivery, struct forward *forward, const char *reason) {
    forward->kind = FORWARD_DEAD_LETTER;
    forward->failure->reason = reason;
    forward->record->begun = true;
    hand_on(delivery, forward);
}

void delivery_dead_letter_record(struct delivery *delivery, struct record *record,
                                 const struct build_trouble *trouble) {
    struct forward *forward = &record->forward;
    log_warning("an event cannot be mailed and goes to the dead letters",
                LOG_FIELDS(log_text("reason", trouble->reason), log_text("detail", trouble->text),
                           log_text("event_id", record->event.id),
                           log_text("topic", group_partition_topic(record->partition)),
                           log_integer("partition", group_partition_number(record->partition)),
                           log_integer("offset", record->message->offset)));
    snprintf(forward->failure->text, sizeof forward->failure->text, "%s", trouble->text);
    forward->failure->state = record->past;
    delivery_tell_status(delivery, record, NULL, trouble->reason, NULL);
    dead_letter(delivery, forward, trouble->reason);
}

static void name_mail(struct retry_state *state, const struct mail *mail) {
    snprintf(state->mail, sizeof state->mail, "%.*s", (int)strcspn(mail->message_id, "@"), mail->message_id);
}

void delivery_dead_letter_mail(struct delivery *delivery, struct mail *mail) {
    struct record *record = mail->record;
    struct forward *forward = &mail->forward;
    log_warning("a mail of an event cannot be made and goes to the dead letters",
                LOG_FIELDS(log_text("reason", forward->failure->reason),
                           log_text("detail", forward->failure->text),
                           log_text("template", mail->template_name), log_text("event_id", record->event.id),
                           log_text("topic", group_partition_topic(record->partition)),
                           log_integer("partition", group_partition_number(record->partition)),
                           log_integer("offset", record->message->offset)));
    forward->failure->state = record->past;
    name_mail(&forward->failure->state, mail);
    mail->state = MAIL_FORWARDING;
    delivery_tell_status(delivery, record, mail, forward->failure->reason, NULL);
    dead_letter(delivery, forward, forward->failure->reason);
}

void delivery_settle_suppressed(struct delivery *delivery, struct mail *mail) {
    struct record *record = mail->record;
    log_info("a mail to a suppressed address is not sent",
             LOG_FIELDS(log_text("event_id", record->event.id), log_text("template", mail->template_name),
                        log_address("recipient", mail->recipient.wire)));
    record->begun = true;
    email_metrics_mail(delivery->parts.metrics, "suppressed", mail->template_name);
    delivery_tell_status(delivery, record, mail, STATUS_SUPPRESSED, NULL);
    delivery_mail_done(delivery, mail);
}

static void describe(struct forward *forward, const struct smtp_result *result) {
    const struct smtp_enhanced_code *enhanced = &result->enhanced;
    if (result->fate == SMTP_FATE_REPLIED && enhanced->class != 0)
        snprintf(forward->failure->text, sizeof forward->failure->text, "%s: %d %d.%d.%d",
                 smtp_phase_name(result->phase), result->code, enhanced->class, enhanced->subject,
                 enhanced->detail);
    else if (result->fate == SMTP_FATE_REPLIED)
        snprintf(forward->failure->text, sizeof forward->failure->text, "%s: %d",
                 smtp_phase_name(result->phase), result->code);
    else
        snprintf(forward->failure->text, sizeof forward->failure->text, "%s: %s",
                 smtp_phase_name(result->phase), result->text);
    mail_address_mask(forward->failure->text);
}

static void prepare_forward(struct mail *mail, const struct smtp_result *result, int64_t now) {
    struct forward *forward = &mail->forward;
    describe(forward, result);
    forward->failure->state = mail->record->past;
    forward->failure->state.attempts++;
    if (mail->record->past.attempts == 0)
        forward->failure->state.first_attempt_unix_ms = now;
    name_mail(&forward->failure->state, mail);
    mail->state = MAIL_FORWARDING;
}

void delivery_fail_for_good(struct delivery *delivery, struct mail *mail, const struct smtp_result *result,
                            const char *reason) {
    prepare_forward(mail, result, clock_unix_ms());
    log_outcome(mail, "a mail failed for good and goes to the dead letters", result);
    delivery_tell_status(delivery, mail->record, mail, reason, result);
    delivery_suppress_if_evident(delivery, mail, result);
    dead_letter(delivery, &mail->forward, reason);
}

void delivery_try_later(struct delivery *delivery, struct mail *mail, const struct smtp_result *result) {
    const struct email_settings *settings = delivery->parts.settings;
    const struct retry_policy policy = {
        .delays_ms = settings->retry_delays.items_ms,
        .delay_count = settings->retry_delays.count,
        .give_up_after_ms = settings->give_up_after_ms,
        .max_age_ms = settings->max_age_ms,
    };
    int64_t now = clock_unix_ms();
    prepare_forward(mail, result, now);
    struct forward *forward = &mail->forward;
    struct retry_decision decision = retry_policy_decide(&policy, forward->failure->state.attempts,
                                                         forward->failure->state.first_attempt_unix_ms, now);
    if (decision.give_up) {
        log_outcome(mail, "a mail is given up and goes to the dead letters", result);
        delivery_tell_status(delivery, mail->record, mail, "gave-up", result);
        dead_letter(delivery, forward, "gave-up");
        return;
    }
    log_outcome(mail, "a mail failed for now and is tried again later", result);
    forward->kind = FORWARD_RETRY;
    forward->failure->delay_index = decision.delay_index;
    forward->failure->state.due_unix_ms = decision.due_unix_ms;
    hand_on(delivery, forward);
}

static void count_done(struct delivery *delivery, const struct forward *forward) {
    const char *template_name = forward->mail != NULL ? forward->mail->template_name : "none";
    if (forward->kind == FORWARD_DEAD_LETTER)
        email_metrics_mail(delivery->parts.metrics, "dead_lettered", template_name);
    else if (forward->kind == FORWARD_RETRY)
        email_metrics_mail(delivery->parts.metrics, "retried", template_name);
}

/* Kafka has it, or it was dropped. */
static void forward_ended(struct delivery *delivery, struct forward *forward) {
    if (forward->kind == FORWARD_STATUS)
        delivery_status_done(delivery, forward->record);
    else if (forward->mail == NULL)
        delivery_settle_record(delivery, forward->record);
    else if (--forward->mail->forwards_under_way == 0)
        delivery_mail_done(delivery, forward->mail);
}

void delivery_forward_done(void *data, struct forward *forward) {
    struct delivery *delivery = data;
    count_done(delivery, forward);
    if (forward->kind == FORWARD_DEAD_LETTER && forward->mail != NULL)
        delivery_dead_letter_is_durable(delivery, forward->mail);
    forward_ended(delivery, forward);
    delivery_pump(delivery);
}

void delivery_forward_dropped(void *data, struct forward *forward) {
    forward_ended(data, forward);
}

void delivery_forwarded(struct delivery *delivery, void *forward, const char *reason) {
    forwarding_delivered(delivery->forwarding, forward, reason);
}

void delivery_refused_for_size(struct delivery *delivery, void *forward) {
    forwarding_refused_for_size(delivery->forwarding, forward);
}

void delivery_retry_too_large(void *data, struct forward *forward) {
    struct delivery *delivery = data;
    const char *topic = delivery->parts.settings->retry_topics.items[forward->failure->delay_index];
    log_warning("a mail that is to be tried again is larger than its retry topic takes, and goes to the dead "
                "letters",
                LOG_FIELDS(log_text("topic", topic), log_text("event_id", forward->record->event.id)));
    snprintf(forward->failure->text, sizeof forward->failure->text,
             "it failed for now, and its event of %zu bytes is larger than %s takes",
             forward->record->message->len, topic);
    forward->kind = FORWARD_DEAD_LETTER;
    forward->failure->reason = "too-large";
    delivery_tell_status(delivery, forward->record, forward->mail, forward->failure->reason, NULL);
    forwarding_send(delivery->forwarding, forward); /* it counts as under way already */
}
