/* SPDX-License-Identifier: Apache-2.0 */
/* The currencies that prices may have: the active codes of ISO 4217's list one, January 2026, without those
 * that have no minor unit (metals, special drawing rights, testing). */
#ifndef NOTIFY_COMMON_CURRENCY_H
#define NOTIFY_COMMON_CURRENCY_H

/* How many decimal digits the minor unit of a currency makes: 2 for EUR, 0 for JPY. -1: there is no such
 * currency; codes are three capital letters. */
int currency_minor_digits(const char *code);

#endif
