/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sign-up does to the database. Nobody may learn from it who has an account (frappe#38339 is what that
 * looks like otherwise): whatever is known of the address, the same statements run in the same order, the
 * same events are made beforehand, and only which of them are appended to the outbox differs.
 */
#ifndef NOTIFY_SIGNUP_SIGN_UP_H
#define NOTIFY_SIGNUP_SIGN_UP_H

#include "events.h"
#include "store.h"
#include "token.h"

enum sign_up_mail {
    SIGN_UP_CONFIRMATION,       /* the address is new, or was not confirmed yet */
    SIGN_UP_ALREADY_REGISTERED, /* it is confirmed */
    SIGN_UP_NO_MAIL,            /* it had a mail within the cooldown */
};

struct sign_up {
    char id[SIGNUP_ID_SIZE];
    char address_key[MAIL_ADDRESS_MAX + 1];
    struct mail_address address;
    char name[NAME_SIZE];
    char locale[LANGUAGE_SIZE];
    struct token token;
    int64_t now_ms;
    int64_t cooldown_ms;
    notify_event *signed_up;
    notify_event *confirmation_mail;
    notify_event *already_registered_mail;
};

/* Takes id, token and events for a sign-up whose address, name and locale are set. trace: see event_subject.
 */
bool sign_up_prepare(struct sign_up *sign_up, const struct event_settings *settings, const char *traceparent,
                     const char *tracestate, struct error *error);
void sign_up_finish(struct sign_up *sign_up); /* frees the events */

enum sign_up_mail sign_up_decide(const struct address_record *address, int64_t now_ms, int64_t cooldown_ms);
/* Inside a transaction. */
bool sign_up_run(const struct sign_up *sign_up, const struct event_settings *settings, struct store *store,
                 struct error *error);

#endif
