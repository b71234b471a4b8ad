/* SPDX-License-Identifier: Apache-2.0 */
/* One mail, written: its template rendered, its message composed. For the mail builder only. */
#ifndef NOTIFY_EMAIL_MAIL_WRITER_H
#define NOTIFY_EMAIL_MAIL_WRITER_H

#include "mail_builder.h"

/* What is to be written; all texts are the caller's. */
struct mail_plan {
    const char *template_name;
    const char *locale;           /* NULL or "": none */
    const char *from;             /* NULL or "": MAIL_FROM */
    const char *reply_to;         /* NULL or "": none */
    const char *list_unsubscribe; /* NULL or "": none */
};

struct mail_writing {
    const struct email_settings *settings;
    const struct mail_catalog *catalog;
    struct rendered_mail *rendered; /* reused */
    const struct cloud_event *event;
    const json_t *context;
    const char *traceparent; /* NULL: none */
    int64_t now_unix_ms;
    struct build_trouble *trouble;
};

/* mail has its recipient and its Message-ID. BUILD_MAILS, BUILD_POISON or BUILD_NO_MEMORY. */
enum build_verdict mail_write(const struct mail_writing *writing, const struct mail_plan *plan,
                              struct mail *mail);

enum build_verdict build_poison(struct build_trouble *trouble, const char *reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
