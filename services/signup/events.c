/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"
#include "token.h"
#include <stdio.h>
#include <string.h>

#define TYPE_SIGNED_UP "com.example.user.signed_up.v1"
#define TYPE_CONFIRMED "com.example.user.confirmed.v1"
#define TYPE_NOTIFICATION "com.example.notification.requested.v1"

static bool set_attributes(notify_event *event, const struct event_settings *settings,
                           const struct event_subject *subject) {
    char id[37];
    return notify_event_new_id(id) == NOTIFY_OK && notify_event_set_id(event, id) == NOTIFY_OK &&
           notify_event_set_source(event, settings->source) == NOTIFY_OK &&
           notify_event_set_subject(event, subject->signup_id) == NOTIFY_OK &&
           notify_event_set_time(event, subject->now_ms) == NOTIFY_OK &&
           (subject->traceparent == NULL ||
            notify_event_set_trace(event, subject->traceparent, subject->tracestate) == NOTIFY_OK);
}

static notify_event *fail(notify_event *event, const char *type, struct error *error) {
    notify_event_free(event);
    error_set(error, "the event %s cannot be made", type);
    return NULL;
}

static notify_event *new_event(const char *type, const struct event_settings *settings,
                               const struct event_subject *subject, struct error *error) {
    notify_event *event = NULL;
    if (notify_event_new(&event, type) != NOTIFY_OK || !set_attributes(event, settings, subject))
        return fail(event, type, error);
    return event;
}

/* A fact about a user, for every consumer group: no token. */
static notify_event *user_event(const char *type, const struct event_settings *settings,
                                const struct event_subject *subject, struct error *error) {
    notify_event *event = new_event(type, settings, subject, error);
    if (event == NULL)
        return NULL;
    if (notify_event_set_string(event, "signup_id", subject->signup_id) != NOTIFY_OK ||
        notify_event_set_string(event, "email", subject->email) != NOTIFY_OK ||
        notify_event_set_string(event, "name", subject->name) != NOTIFY_OK)
        return fail(event, type, error);
    return event;
}

static notify_event *mail_event(const char *template_name, const struct event_settings *settings,
                                const struct event_subject *subject, struct error *error) {
    notify_event *event = new_event(TYPE_NOTIFICATION, settings, subject, error);
    if (event == NULL)
        return NULL;
    if (notify_event_set_string(event, "template", template_name) != NOTIFY_OK ||
        notify_event_set_string(event, "recipient", subject->email) != NOTIFY_OK ||
        notify_event_set_string(event, "locale", subject->locale) != NOTIFY_OK ||
        notify_event_set_string(event, "variables.site_url", settings->public_url) != NOTIFY_OK)
        return fail(event, TYPE_NOTIFICATION, error);
    return event;
}

notify_event *event_user_signed_up(const struct event_settings *settings, const struct event_subject *subject,
                                   struct error *error) {
    return user_event(TYPE_SIGNED_UP, settings, subject, error);
}

notify_event *event_user_confirmed(const struct event_settings *settings, const struct event_subject *subject,
                                   struct error *error) {
    return user_event(TYPE_CONFIRMED, settings, subject, error);
}

notify_event *event_confirmation_mail(const struct event_settings *settings,
                                      const struct event_subject *subject, const char *token,
                                      struct error *error) {
    char url[1200];
    notify_event *event = mail_event("signup-confirmation", settings, subject, error);
    if (event == NULL)
        return NULL;
    int size = snprintf(url, sizeof url, "%s/confirm?token=%s", settings->public_url, token);
    if (size < 0 || (size_t)size >= sizeof url ||
        notify_event_set_string(event, "variables.confirmation_url", url) != NOTIFY_OK ||
        notify_event_set_integer(event, "variables.valid_hours", TOKEN_VALID_MS / 3600000) != NOTIFY_OK)
        return fail(event, TYPE_NOTIFICATION, error);
    return event;
}

notify_event *event_already_registered_mail(const struct event_settings *settings,
                                            const struct event_subject *subject, struct error *error) {
    return mail_event("already-registered", settings, subject, error);
}

notify_event *event_welcome_mail(const struct event_settings *settings, const struct event_subject *subject,
                                 struct error *error) {
    notify_event *event = mail_event("welcome", settings, subject, error);
    if (event == NULL)
        return NULL;
    if (notify_event_set_string(event, "variables.name", subject->name) != NOTIFY_OK)
        return fail(event, TYPE_NOTIFICATION, error);
    return event;
}
