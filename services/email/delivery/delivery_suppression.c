/* SPDX-License-Identifier: Apache-2.0 */
/* Whom no mail is sent to, and who comes to be one of them. */
#include "delivery_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include "policy/suppression_policy.h"
#include "suppression_record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void delivery_suppressions_known(struct delivery *delivery) {
    delivery->suppressions_known = true;
    delivery_pump(delivery);
}

bool delivery_is_suppressed(const struct delivery *delivery, const struct mail *mail) {
    const struct suppression_list *list = delivery->parts.suppressions;
    struct suppression_key key;
    if (list == NULL || suppression_list_count(list) == 0)
        return false;
    if (!suppression_key_of(&key, mail->recipient.wire)) {
        log_error("no digest could be made of an address: it counts as not suppressed", NULL);
        return false;
    }
    return suppression_list_has(list, &key, clock_unix_ms());
}

/* Everything that puts an address on the list asks here. A server that refuses everybody has said nothing of
 * any address. */
static bool suppression_allowed(const struct delivery *delivery, const struct smtp_result *result) {
    return delivery->guard.count < REFUSALS_UNTIL_TRIP && suppression_policy_is_evidence(result);
}

/* --- on their way to the list --- */

/* reason NULL: off the list. */
static struct forward *make_forward(struct mail *mail, const char *address, const char *reason) {
    struct forward *forward = calloc(1, sizeof *forward);
    if (forward == NULL)
        return NULL;
    forward->kind = FORWARD_SUPPRESSION;
    forward->record = mail->record;
    forward->mail = mail;
    bool made = suppression_key_of(&forward->suppressed, address);
    if (made && reason != NULL)
        forward->value = suppression_record_encode(address, reason, clock_unix_ms());
    if (made && (reason == NULL || forward->value != NULL))
        return forward;
    free(forward);
    return NULL;
}

/* The mail's, and not yet sent. NULL: no memory or no digest, which is told. */
static struct forward *add(struct mail *mail, const char *address, const char *reason) {
    struct forward *forward = make_forward(mail, address, reason);
    if (forward == NULL) {
        log_error("no memory or no digest to change the list of suppressed addresses",
                  LOG_FIELDS(log_text("event_id", mail->record->event.id)));
        return NULL;
    }
    forward->sibling = mail->suppressions;
    mail->suppressions = forward;
    return forward;
}

static void hand_on(struct delivery *delivery, struct forward *forward) {
    forward->mail->forwards_under_way++;
    forwarding_send(delivery->forwarding, forward);
}

/* Each once: so there are no more than the guard counts. */
static void note_in_run(struct delivery *delivery, const struct mail_address *address) {
    for (size_t i = 0; i < delivery->suppressed_in_run_count; i++)
        if (strcmp(delivery->suppressed_in_run[i].wire, address->wire) == 0)
            return;
    if (delivery->suppressed_in_run_count < REFUSALS_UNTIL_TRIP)
        delivery->suppressed_in_run[delivery->suppressed_in_run_count++] = *address;
}

void delivery_suppress_if_evident(struct delivery *delivery, struct mail *mail,
                                  const struct smtp_result *result) {
    const char *reply = mail->failure.text;
    if (!suppression_allowed(delivery, result))
        return;
    mail->held_suppression = add(mail, mail->recipient.wire, reply);
    mail->trips_when_held = delivery->trips;
    if (mail->held_suppression == NULL)
        return;
    log_info("an address that the server does not know is put on the list of suppressed ones",
             LOG_FIELDS(log_text("event_id", mail->record->event.id),
                        log_address("recipient", mail->recipient.wire), log_text("reply", reply)));
    note_in_run(delivery, &mail->recipient);
}

void delivery_dead_letter_is_durable(struct delivery *delivery, struct mail *mail) {
    struct forward *held = mail->held_suppression;
    mail->held_suppression = NULL;
    if (held != NULL && mail->trips_when_held == delivery->trips)
        hand_on(delivery, held);
}

/* --- when the server turns out to refuse everybody --- */

void delivery_keep_suppressions(struct delivery *delivery) {
    delivery->suppressed_in_run_count = 0;
}

void delivery_take_suppressions_back(struct delivery *delivery, struct mail *mail) {
    delivery->trips++;
    if (delivery->suppressed_in_run_count == 0)
        return;
    log_warning("addresses are taken off the list of suppressed ones: the server refuses everybody",
                LOG_FIELDS(log_integer("count", (int64_t)delivery->suppressed_in_run_count)));
    while (delivery->suppressed_in_run_count > 0) {
        const struct mail_address *address =
            &delivery->suppressed_in_run[--delivery->suppressed_in_run_count];
        struct forward *off = add(mail, address->wire, NULL);
        if (off != NULL)
            hand_on(delivery, off);
    }
}
