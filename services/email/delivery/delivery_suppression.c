/* SPDX-License-Identifier: Apache-2.0 */
/* Whom no mail is sent to, and who comes to be one of them. */
#include "delivery_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include "policy/suppression_policy.h"
#include "suppression_record.h"
#include <stdlib.h>

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

/* Everything that puts an address on the list asks here: what must suppress nobody, whatever the reply says,
 * is to be refused here. */
static bool suppression_allowed(const struct delivery *delivery, const struct mail *mail,
                                const struct smtp_result *result) {
    (void)delivery;
    (void)mail;
    return suppression_policy_is_evidence(result);
}

static struct forward *make_forward(struct mail *mail) {
    struct forward *forward = calloc(1, sizeof *forward);
    if (forward == NULL)
        return NULL;
    forward->kind = FORWARD_SUPPRESSION;
    forward->record = mail->record;
    forward->mail = mail;
    forward->value = suppression_record_encode(mail->recipient.wire, mail->forward.text, clock_unix_ms());
    if (forward->value != NULL)
        return forward;
    free(forward);
    return NULL;
}

void delivery_suppress_if_evident(struct delivery *delivery, struct mail *mail,
                                  const struct smtp_result *result) {
    if (!suppression_allowed(delivery, mail, result))
        return;
    mail->suppression = make_forward(mail);
    if (mail->suppression == NULL) {
        log_error("no memory to suppress an address: its next mail is tried",
                  LOG_FIELDS(log_text("event_id", mail->record->event.id)));
        return;
    }
    log_info("an address that the server does not know is put on the list of suppressed ones",
             LOG_FIELDS(log_text("event_id", mail->record->event.id),
                        log_address("recipient", mail->recipient.wire),
                        log_text("reply", mail->forward.text)));
    mail->forwards_under_way++;
    forwarding_send(delivery->forwarding, mail->suppression);
}
