/* SPDX-License-Identifier: Apache-2.0 */
/* A text body in its transfer encoding (RFC 2045 §6). Private. */
#ifndef NOTIFY_EMAIL_BODY_WRITER_H
#define NOTIFY_EMAIL_BODY_WRITER_H

#include "../../common/text_buffer.h"

#define BODY_LINE_MAX 998 /* RFC 5322 §2.1.1 */
/* Every boundary begins so. No 7bit body has a line that does ("--" before it), and quoted-printable cannot.
 */
#define BODY_BOUNDARY_START "=_"

/* Whether the text can go as it is, but for its line ends. */
bool body_fits_7bit(const char *text, size_t size);
void body_write_7bit(struct text_buffer *out, const char *text, size_t size);
void body_write_quoted_printable(struct text_buffer *out, const char *text, size_t size);

#endif
