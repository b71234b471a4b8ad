/* SPDX-License-Identifier: Apache-2.0 */
/* From a record to its mails: decode → check → route → render → compose. No I/O. */
#ifndef NOTIFY_EMAIL_MAIL_BUILDER_H
#define NOTIFY_EMAIL_MAIL_BUILDER_H

#include "record.h"
#include "render/template_store.h"
#include "settings.h"

struct mail_builder;

/* Borrows the settings and the templates. NULL: no memory. */
struct mail_builder *mail_builder_new(const struct email_settings *settings,
                                      const struct template_store *templates);
void mail_builder_free(struct mail_builder *builder);

enum build_verdict {
    BUILD_MAILS,     /* the record has its mails, all MAIL_READY */
    BUILD_SKIPPED,   /* nothing is mailed for this type of event */
    BUILD_POISON,    /* it can never be mailed: the trouble says why */
    BUILD_NO_MEMORY, /* nothing was done */
};

struct build_trouble {
    const char *reason; /* a fixed word for notify-reason */
    char text[512];     /* a sentence without addresses or values */
};

enum build_verdict mail_builder_build(struct mail_builder *builder, struct record *record,
                                      int64_t now_unix_ms, struct build_trouble *trouble);

#endif
