/* SPDX-License-Identifier: Apache-2.0 */
/* A list of texts that it owns. Zeroed: empty. */
#ifndef NOTIFY_TEXT_LIST_H
#define NOTIFY_TEXT_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct text_list {
    char **items;
    size_t count;
};

/* The index of the first that equals text; count: there is none. */
size_t text_list_find(const struct text_list *list, const char *text);
bool text_list_has(const struct text_list *list, const char *text);
/* Appends a copy. False: no memory. */
bool text_list_add(struct text_list *list, const char *text);
/* Appends item itself, which is freed where that fails. NULL, of an allocation that failed, does. */
bool text_list_take(struct text_list *list, char *item);
/* Empties it. */
void text_list_free(struct text_list *list);

#endif
