/* SPDX-License-Identifier: Apache-2.0 */
/* order's configuration. */
#ifndef NOTIFY_ORDER_SETTINGS_H
#define NOTIFY_ORDER_SETTINGS_H

#include "web/web_settings.h"

struct order_settings {
    struct web_settings web; /* first */
    char *order_topic;
    struct text_list mails; /* templates of the mails that every order causes */
};

extern const struct settings_table order_settings_table;

/* Frees the texts that settings_free() does not know of. */
void order_settings_finish(struct order_settings *settings);

#endif
