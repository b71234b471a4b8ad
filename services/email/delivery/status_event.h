/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a mail's end: com.example.notification.sent.v1 and .failed.v1 (schemas/), on the topic
 * notifications.status, keyed as the event that caused the mail. No address and no content travel with it.
 */
#ifndef NOTIFY_EMAIL_STATUS_EVENT_H
#define NOTIFY_EMAIL_STATUS_EVENT_H

#include "kafka/cloud_event.h"
#include "smtp/smtp_mail.h"

#define STATUS_TOPIC "notifications.status"
#define STATUS_SUPPRESSED "suppressed" /* a reason, and the outcome that goes with it */

struct status_event {
    const struct cloud_event *cause;
    const char *source;               /* of the status: "/email" */
    bool sent;                        /* else failed */
    const char *reason;               /* why it failed: notify-reason, or STATUS_SUPPRESSED; NULL when sent */
    const char *template_name;        /* NULL: not known */
    const char *message_id;           /* NULL: none was made */
    unsigned attempts;                /* this one included */
    const struct smtp_result *result; /* NULL: it never came to a dialogue */
    int64_t now_unix_ms;
};

/* The event in structured JSON, to be freed by the caller. NULL: no memory, or no random number for its id.
 */
char *status_event_encode(const struct status_event *status);

/* content-type, and the trace of the event that caused it. NULL: no memory. */
rd_kafka_headers_t *status_headers(const rd_kafka_headers_t *cause);

#endif
