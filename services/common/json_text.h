/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_COMMON_JSON_TEXT_H
#define NOTIFY_COMMON_JSON_TEXT_H

#include "text_buffer.h"

/* Appends text as a JSON string with its quotes (RFC 8259 §7). What is no UTF-8 in text, such as a character
 * that was cut in two, becomes U+FFFD. */
void json_text_append(struct text_buffer *out, const char *text);

#endif
