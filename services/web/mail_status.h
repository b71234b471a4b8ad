/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a mail, out of a record of the status topic: com.example.notification.sent.v1 or .failed.v1
 * (schemas/). Pure. */
#ifndef NOTIFY_WEB_MAIL_STATUS_H
#define NOTIFY_WEB_MAIL_STATUS_H

#include "kafka/cloud_event.h"

/* How far a mail is: what rows and answers hold. A sent mail stays sent. */
enum mail_state { MAIL_PENDING = 0, MAIL_SENT = 1, MAIL_FAILED = 2 };
const char *mail_state_text(enum mail_state state);

/* Texts are borrowed from the event. */
struct mail_status {
    struct cloud_event event;
    enum mail_state state;                  /* MAIL_SENT or MAIL_FAILED */
    const char *cause_source, *cause_id;    /* the event that caused the mail */
    const char *template_name, *message_id; /* "" where the worker knew none: it failed before it was made */
    const char *reason, *enhanced_code;     /* "" for none */
    int64_t attempts, smtp_code;            /* 0 for none */
    int64_t time_ms;
};

enum mail_status_verdict {
    MAIL_STATUS_OK,
    MAIL_STATUS_OTHER, /* an event of another type: of no interest */
    MAIL_STATUS_BAD,   /* error says why, and quotes nothing of it */
};

/* On MAIL_STATUS_OK mail_status_clear() is due. */
enum mail_status_verdict mail_status_decode(struct mail_status *status, const void *value, size_t value_size,
                                            const rd_kafka_headers_t *headers, struct error *error);
void mail_status_clear(struct mail_status *status);

#endif
