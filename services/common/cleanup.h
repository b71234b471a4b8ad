/* SPDX-License-Identifier: Apache-2.0 */
/* Frees a local when its scope ends: cleanup(free_text) char *name = NULL; */
#ifndef NOTIFY_COMMON_CLEANUP_H
#define NOTIFY_COMMON_CLEANUP_H

#include <stdlib.h>

#define cleanup(function) __attribute__((cleanup(function)))

static inline void cleanup_free(void *pointer_to_pointer) {
    free(*(void **)pointer_to_pointer);
}

/* Defines cleanup_TYPE_free() for a type whose free function takes the pointer. */
#define DEFINE_CLEANUP(name, type, free_function)                                                            \
    static inline void name(type **pointer) {                                                                \
        if (*pointer != NULL)                                                                                \
            free_function(*pointer);                                                                         \
    }

#endif
