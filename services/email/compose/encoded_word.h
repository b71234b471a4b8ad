/* SPDX-License-Identifier: Apache-2.0 */
/* Text as RFC 2047 encoded-words. Private. */
#ifndef NOTIFY_EMAIL_ENCODED_WORD_H
#define NOTIFY_EMAIL_ENCODED_WORD_H

#include "../../common/text_buffer.h"

/*
 * text: valid UTF-8. Q or B, whichever is shorter; words of at most 75 characters on lines of at most 76,
 * folded between words, no character split. column is how much of the line is used; returns how much is used
 * then.
 */
size_t encoded_words_write(struct text_buffer *out, size_t column, const char *text, size_t size);

#endif
