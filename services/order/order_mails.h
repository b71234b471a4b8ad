/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mails of one order. How many there will be is known to the email service's routes alone, and told mail
 * by mail; so those that every order causes are listed as pending until they are heard of (ORDER_MAILS), and
 * all others once they are.
 */
#ifndef NOTIFY_ORDER_ORDER_MAILS_H
#define NOTIFY_ORDER_ORDER_MAILS_H

#include "common/settings.h"
#include "common/text_buffer.h"
#include "web/mail_status.h"

#define ORDER_MAILS_MAX 32 /* of an order; further ones are not shown */

struct order_mail {
    char template_name[72]; /* "": the event could not be made into mails at all */
    char reason[128];       /* "" for none */
    char enhanced_code[16]; /* "" for none */
    enum mail_state state;
    int64_t attempts, smtp_code; /* 0 for none */
    int64_t updated_ms;          /* 0: never heard of */
};

struct order_mails {
    struct order_mail items[ORDER_MAILS_MAX];
    size_t count;
};

/* The next free one, zero; NULL: there is no room. */
struct order_mail *order_mails_add(struct order_mails *mails);
/* Adds those that every order causes and that were not heard of. */
void order_mails_expect(struct order_mails *mails, const struct text_list *templates);
/* failed if any failed, sent when all are (and there is one), else pending. */
enum mail_state order_mails_state(const struct order_mails *mails);
/* A JSON array. */
void order_mails_render(const struct order_mails *mails, struct text_buffer *out);

#endif
