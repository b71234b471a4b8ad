/* SPDX-License-Identifier: Apache-2.0 */
/* One header field: encoded by RFC 2047 where it must be, folded at 78 columns (RFC 5322 §2.1.1, §2.2.3).
 * Private. */
#ifndef NOTIFY_EMAIL_HEADER_WRITER_H
#define NOTIFY_EMAIL_HEADER_WRITER_H

#include "../../common/text_buffer.h"
#include "mailbox.h"

/* value: an unstructured text, valid UTF-8 without control characters. */
void header_write_text(struct text_buffer *out, const char *name, const char *value, size_t size);
/* value: ASCII tokens that must arrive as they are (URLs, ids) if that is possible at all. */
void header_write_tokens(struct text_buffer *out, const char *name, const char *value, size_t size);
void header_write_mailbox(struct text_buffer *out, const char *name, const struct mailbox *mailbox);
/* value is known to fit. */
void header_write_plain(struct text_buffer *out, const char *name, const char *value);

#endif
