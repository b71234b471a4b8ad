/* SPDX-License-Identifier: Apache-2.0 */
#include "sign_up.h"
#include <string.h>

bool sign_up_prepare(struct sign_up *sign_up, const struct event_settings *settings, const char *traceparent,
                     const char *tracestate, struct error *error) {
    if (notify_event_new_id(sign_up->id) != NOTIFY_OK || !token_make(&sign_up->token))
        return error_set(error, "there are no random numbers to be had");
    address_key(&sign_up->address, sign_up->address_key);
    const struct event_subject subject = {
        .signup_id = sign_up->id,
        .email = sign_up->address.wire,
        .name = sign_up->name,
        .locale = sign_up->locale,
        .traceparent = traceparent,
        .tracestate = tracestate,
        .now_ms = sign_up->now_ms,
    };
    sign_up->signed_up = event_user_signed_up(settings, &subject, error);
    sign_up->confirmation_mail = event_confirmation_mail(settings, &subject, sign_up->token.text, error);
    sign_up->already_registered_mail = event_already_registered_mail(settings, &subject, error);
    return sign_up->signed_up != NULL && sign_up->confirmation_mail != NULL &&
           sign_up->already_registered_mail != NULL;
}

void sign_up_finish(struct sign_up *sign_up) {
    sign_up->signed_up = notify_event_free(sign_up->signed_up);
    sign_up->confirmation_mail = notify_event_free(sign_up->confirmation_mail);
    sign_up->already_registered_mail = notify_event_free(sign_up->already_registered_mail);
}

enum sign_up_mail sign_up_decide(const struct address_record *address, int64_t now_ms, int64_t cooldown_ms) {
    int64_t age_ms = now_ms - address->mailed_at_ms;
    /* A wall clock that was set back must not turn the cooldown into a longer one. */
    if (address->mailed_at_ms > 0 && (age_ms < 0 ? -age_ms : age_ms) < cooldown_ms)
        return SIGN_UP_NO_MAIL;
    return address->confirmed ? SIGN_UP_ALREADY_REGISTERED : SIGN_UP_CONFIRMATION;
}

static bool append(struct store *store, const char *topic, notify_event *event, struct error *error) {
    return store->operations->append_event(store, topic, event, error) == STORE_APPENDED;
}

static bool append_events(const struct sign_up *sign_up, const struct event_settings *settings,
                          struct store *store, enum sign_up_mail mail, struct error *error) {
    switch (mail) {
    case SIGN_UP_CONFIRMATION:
        return append(store, settings->signup_topic, sign_up->signed_up, error) &&
               append(store, settings->notification_topic, sign_up->confirmation_mail, error);
    case SIGN_UP_ALREADY_REGISTERED:
        return append(store, settings->notification_topic, sign_up->already_registered_mail, error);
    case SIGN_UP_NO_MAIL:
        break;
    }
    return true;
}

bool sign_up_run(const struct sign_up *sign_up, const struct event_settings *settings, struct store *store,
                 struct error *error) {
    struct address_record address;
    if (!signup_operations(store)->claim_address(store, sign_up->address_key, &address, error))
        return false;
    enum sign_up_mail mail = sign_up_decide(&address, sign_up->now_ms, sign_up->cooldown_ms);
    const notify_event *mail_event = mail == SIGN_UP_CONFIRMATION         ? sign_up->confirmation_mail
                                     : mail == SIGN_UP_ALREADY_REGISTERED ? sign_up->already_registered_mail
                                                                          : NULL;
    if (mail_event != NULL) {
        address.mailed_at_ms = sign_up->now_ms;
        memcpy(address.mailed_signup_id, sign_up->id, sizeof sign_up->id);
    }
    /* Every sign-up has a token hash; one that no mail holds the token of can never be confirmed. */
    const struct signup_record signup = {
        .id = sign_up->id,
        .address_key = sign_up->address_key,
        .email = sign_up->address.wire,
        .name = sign_up->name,
        .locale = sign_up->locale,
        .shown_id = address.mailed_signup_id,
        .mail_event_source = mail_event != NULL ? notify_event_source(mail_event) : "",
        .mail_event_id = mail_event != NULL ? notify_event_id(mail_event) : "",
        .token_hash = sign_up->token.hash,
        .token_expires_ms = sign_up->now_ms + TOKEN_VALID_MS,
        .created_ms = sign_up->now_ms,
    };
    return signup_operations(store)->update_address(store, sign_up->address_key, &address, error) &&
           signup_operations(store)->insert_signup(store, &signup, error) &&
           append_events(sign_up, settings, store, mail, error);
}

bool signup_apply_status(struct store *store, const struct mail_status *status, bool *known,
                         struct error *error) {
    return signup_operations(store)->update_mail(store, status, known, error);
}

const char *signup_state_text(enum signup_state state) {
    switch (state) {
    case SIGNUP_PENDING:
        return mail_state_text(MAIL_PENDING);
    case SIGNUP_SENT:
        return mail_state_text(MAIL_SENT);
    case SIGNUP_FAILED:
        return mail_state_text(MAIL_FAILED);
    case SIGNUP_CONFIRMED:
        return "confirmed";
    }
    return mail_state_text(MAIL_PENDING);
}
