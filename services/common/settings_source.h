/* SPDX-License-Identifier: Apache-2.0 */
/* Where the value of one setting comes from: X, the file that X_FILE names, or the default. */
#ifndef NOTIFY_COMMON_SETTINGS_SOURCE_H
#define NOTIFY_COMMON_SETTINGS_SOURCE_H

#include "error.h"
#include <stddef.h>

#define SETTING_FILE_MAX_SIZE (64 * 1024)

enum setting_origin { SETTING_NOT_SET, SETTING_FROM_DEFAULT, SETTING_FROM_ENVIRONMENT, SETTING_FROM_FILE };

struct setting_value {
    char *text; /* NULL: not set */
    enum setting_origin origin;
    const char *path; /* of the file; the environment's */
};

/* default_value may be NULL. On failure the error names the variable; origin and path are set where they are
 * known. */
bool setting_value_read(const char *name, const char *default_value, struct setting_value *value,
                        struct error *error);
void setting_value_free(struct setting_value *value);

#endif
