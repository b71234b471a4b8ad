/* SPDX-License-Identifier: Apache-2.0 */
#include "confirm.h"

enum confirm_outcome confirm_decide(const struct token_record *token, int64_t now_ms) {
    if (token->used)
        return CONFIRM_USED;
    return now_ms < token->expires_ms ? CONFIRM_DONE : CONFIRM_EXPIRED;
}

static bool append(struct store *store, const char *topic, notify_event *event, struct error *error) {
    bool ok = event != NULL && store->operations->append_event(store, topic, event, error) == STORE_APPENDED;
    notify_event_free(event);
    return ok;
}

static bool append_events(const struct confirm *confirm, const struct event_settings *settings,
                          struct store *store, struct error *error) {
    const struct event_subject subject = {
        .signup_id = confirm->token.id,
        .email = confirm->token.email,
        .name = confirm->token.name,
        .locale = confirm->token.locale,
        .traceparent = confirm->traceparent,
        .tracestate = confirm->tracestate,
        .now_ms = confirm->now_ms,
    };
    return append(store, settings->signup_topic, event_user_confirmed(settings, &subject, error), error) &&
           append(store, settings->notification_topic, event_welcome_mail(settings, &subject, error), error);
}

bool confirm_run(struct confirm *confirm, const struct event_settings *settings, struct store *store,
                 struct error *error) {
    confirm->outcome = CONFIRM_UNKNOWN;
    switch (signup_operations(store)->find_token(store, confirm->token_hash, &confirm->token, error)) {
    case STORE_FAILED:
        return false;
    case STORE_NOT_FOUND:
        return true;
    case STORE_FOUND:
        break;
    }
    confirm->outcome = confirm_decide(&confirm->token, confirm->now_ms);
    if (confirm->outcome != CONFIRM_DONE)
        return true;
    if (!signup_operations(store)->confirm_signup(store, confirm->token.id, confirm->now_ms, error))
        return false;
    /* Who signed up twice and follows both links is one user, confirmed and welcomed once. */
    if (confirm->token.address_confirmed)
        return true;
    return signup_operations(store)->confirm_address(store, confirm->token.address_key, confirm->now_ms,
                                                     error) &&
           append_events(confirm, settings, store, error);
}
