/* SPDX-License-Identifier: Apache-2.0 */
/* The strings of a route (to, from, reply_to, locale, list_unsubscribe), rendered and looked at. Pure. */
#ifndef NOTIFY_EMAIL_ROUTE_TEXT_H
#define NOTIFY_EMAIL_ROUTE_TEXT_H

#include "common/cleanup.h"
#include "common/mail_address.h"
#include "route_table.h"

/* Replaces the content of out, without blanks around it; NUL-terminated, and without a NUL inside. */
bool route_text_render(const struct mustache *template, enum route_field field, const json_t *context,
                       struct text_buffer *out, struct error *error);

/* Whether it is what the field needs; an empty text is. The error quotes nothing of it. */
bool route_text_check(enum route_field field, const char *text, struct error *error);

#endif
