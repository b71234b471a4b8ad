/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a body is an order, and if not, which of its fields is at fault. Money is a whole number of minor
 * units; every product and sum is checked. Pure. */
#ifndef NOTIFY_ORDER_ORDER_CHECK_H
#define NOTIFY_ORDER_ORDER_CHECK_H

#include "http/problem.h"
#include <jansson.h>

#define ORDER_ITEMS_MAX 1000
#define ORDER_QUANTITY_MAX 1000000
/* What every JSON reader keeps exactly: 2^53 - 1 (RFC 8259 §6). */
#define ORDER_AMOUNT_MAX INT64_C(9007199254740991)

/* The data of the event order.placed but order_id and placed_at, a new reference: totals are computed, the
 * address is as SMTP takes it, locale is the body's or default_locale. NULL: problem says why. */
json_t *order_check(const json_t *body, const char *default_locale, struct http_problem *problem);

#endif
