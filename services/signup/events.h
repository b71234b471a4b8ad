/* SPDX-License-Identifier: Apache-2.0 */
/* The events that signup emits (schemas/). The subject, and so the Kafka key, of all of them is the
 * sign-up's id: they keep their order. The token is in the confirmation mail's event alone. */
#ifndef NOTIFY_SIGNUP_EVENTS_H
#define NOTIFY_SIGNUP_EVENTS_H

#include "common/error.h"
#include <notify-client.h>

/* What is the same in every event of this process. */
struct event_settings {
    const char *source;
    const char *public_url;
    const char *signup_topic;
    const char *notification_topic;
};

/* Whom an event is about, and what caused it. */
struct event_subject {
    const char *signup_id;
    const char *email;
    const char *name;
    const char *locale;
    const char *traceparent; /* NULL: none */
    const char *tracestate;  /* NULL: none */
    int64_t now_ms;
};

/* All have an id already. NULL: error says why. Freed by notify_event_free(). */
notify_event *event_user_signed_up(const struct event_settings *settings, const struct event_subject *subject,
                                   struct error *error);
notify_event *event_user_confirmed(const struct event_settings *settings, const struct event_subject *subject,
                                   struct error *error);
notify_event *event_confirmation_mail(const struct event_settings *settings,
                                      const struct event_subject *subject, const char *token,
                                      struct error *error);
notify_event *event_already_registered_mail(const struct event_settings *settings,
                                            const struct event_subject *subject, struct error *error);
notify_event *event_welcome_mail(const struct event_settings *settings, const struct event_subject *subject,
                                 struct error *error);

#endif
