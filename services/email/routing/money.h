/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money for people: {amount, currency} is a whole number of minor units and an ISO 4217 code; with it go
 * "€12.34" in English, "12,34 €" in German. Pure.
 *
 * The forms follow CLDR, with "-" in front when negative, for the languages in the table of money_format.c;
 * all others are written as in English. A currency without a symbol there is written by its code; its minor
 * units are those of ISO 4217.
 */
#ifndef NOTIFY_EMAIL_MONEY_H
#define NOTIFY_EMAIL_MONEY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define MONEY_TEXT_SIZE 80

/* locale: a language tag, in any case; "" or NULL: English. */
void money_format(int64_t amount, const char *currency, const char *locale, char out[MONEY_TEXT_SIZE]);

/*
 * Gives each object in value that has a whole number `amount` and a code `currency` a member `formatted`,
 * in place of one that is there; everything else stays as it is. False: no memory.
 */
bool money_add_formatted(json_t *value, const char *locale);

#endif
