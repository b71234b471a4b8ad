/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a record to its mails: decode → route → check → render → compose. No I/O.
 *
 * A record that names one mail (notify-mail: from a retry topic, or redriven) makes only that one. What is
 * made borrows nothing from the catalog, which may be loaded anew between two records.
 */
#ifndef NOTIFY_EMAIL_MAIL_BUILDER_H
#define NOTIFY_EMAIL_MAIL_BUILDER_H

#include "record.h"
#include "routing/mail_catalog.h"
#include "settings.h"

struct mail_builder;

/* Borrows the settings and the catalog. NULL: no memory. */
struct mail_builder *mail_builder_new(const struct email_settings *settings,
                                      const struct mail_catalog *catalog);
void mail_builder_free(struct mail_builder *builder);
/* The message of a mail that is done: its memory serves the next one. */
void mail_builder_give_back(struct mail_builder *builder, struct text_buffer *message);

enum build_verdict {
    BUILD_MAILS,     /* the record has its mails, MAIL_READY; some of them may be poison on their own */
    BUILD_SKIPPED,   /* nothing is mailed for this event */
    BUILD_POISON,    /* it can never be mailed: the trouble says why */
    BUILD_NO_MEMORY, /* nothing was done */
};

struct build_trouble {
    const char *reason; /* a fixed word for notify-reason */
    char text[512];     /* a sentence without addresses or values */
};

enum build_verdict mail_builder_build(struct mail_builder *builder, struct record *record,
                                      int64_t now_unix_ms, struct build_trouble *trouble);

/* Subject and bodies of the mail that was written last, for tools; valid until the next. */
const struct rendered_mail *mail_builder_rendered(const struct mail_builder *builder);

#endif
