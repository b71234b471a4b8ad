/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_HTTP_JSON_TEXT_H
#define NOTIFY_HTTP_JSON_TEXT_H

#include "common/text_buffer.h"

/* Appends text as a JSON string with its quotes (RFC 8259 §7). What is no UTF-8 in text, such as a character
 * that was cut in two, becomes U+FFFD. */
void json_text_append(struct text_buffer *out, const char *text);

#endif
