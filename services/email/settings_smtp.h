/* SPDX-License-Identifier: Apache-2.0 */
/* The settings as the SMTP pool takes them. The check asks the very code that the pool's start asks, so that
 * --check-config and a start refuse the same. */
#ifndef NOTIFY_EMAIL_SETTINGS_SMTP_H
#define NOTIFY_EMAIL_SETTINGS_SMTP_H

#include "settings.h"
#include "smtp/smtp_pool.h"

/* Borrows from the settings. */
struct smtp_pool_settings settings_smtp(const struct email_settings *settings);
/* Exit status 78 where a setting is at fault, which the error names. */
bool settings_smtp_check(const struct email_settings *settings, struct error *error);

#endif
