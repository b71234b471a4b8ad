/* SPDX-License-Identifier: Apache-2.0 */
/* What a client sends and wants to get: Content-Type, Accept and Accept-Language (RFC 9110 §8.3, §12.5). */
#ifndef NOTIFY_HTTP_NEGOTIATION_H
#define NOTIFY_HTTP_NEGOTIATION_H

#include <stdbool.h>
#include <stddef.h>

/* Whether content_type (may be NULL) names this media type, whatever its parameters. */
bool media_type_is(const char *content_type, const char *media_type);

/* Whether an Accept header (may be NULL) ranks text/html above JSON. A range without a name, as most programs
 * send it, or no header at all, means JSON. */
bool accept_prefers_html(const char *accept);

/* The language that an Accept-Language header (may be NULL) ranks highest, in out; "en" when it names none.
 */
#define LANGUAGE_SIZE 16
void accept_language_first(const char *accept_language, char out[LANGUAGE_SIZE]);

#endif
