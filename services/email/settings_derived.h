/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the settings that were read: the topics, the sender's address, the delays, the templates'
 * variables. For settings.c only. */
#ifndef NOTIFY_EMAIL_SETTINGS_DERIVED_H
#define NOTIFY_EMAIL_SETTINGS_DERIVED_H

#include "settings.h"

#define MAIL_VARIABLE_PREFIX "MAIL_VAR_"

/* Exit status 78 where a setting is at fault, which the error names. What was made is to be freed anyway. */
bool settings_derive(struct email_settings *settings, struct error *error);
void settings_derived_free(struct email_settings *settings);

#endif
