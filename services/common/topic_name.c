/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_name.h"

#include <string.h>

enum { SIZE_MOST = 249 };

bool topic_name_is_legal(const char *name) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t size = strlen(name);
    return size > 0 && size <= SIZE_MOST && strspn(name, letters) == size && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}
