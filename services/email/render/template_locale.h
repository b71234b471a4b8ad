/* SPDX-License-Identifier: Apache-2.0 */
/* Names of languages (BCP 47, by form only) and their fallback (RFC 4647 §3.4). Private to the template
 * store. */
#ifndef NOTIFY_EMAIL_TEMPLATE_LOCALE_H
#define NOTIFY_EMAIL_TEMPLATE_LOCALE_H

#include <stdbool.h>

#define TEMPLATE_LOCALE_SIZE 36 /* RFC 5646 §4.4.1: 35 characters are enough for every registered tag */

/* Lower case, "_" as "-". False, and out is empty: not of the form. */
bool template_locale_normalize(const char *text, char out[TEMPLATE_LOCALE_SIZE]);
/* "de-at" becomes "de", and that the empty text. */
void template_locale_widen(char *locale);

#endif
