/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_name.h"

#include <string.h>

bool topic_name_is_valid(const char *name) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (name == NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    size_t length = strnlen(name, 250);
    return length > 0 && length <= 249 && strspn(name, allowed) == length;
}
