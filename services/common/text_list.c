/* SPDX-License-Identifier: Apache-2.0 */
#include "text_list.h"

#include <stdlib.h>
#include <string.h>

size_t text_list_find(const struct text_list *list, const char *text) {
    size_t at = 0;
    while (at < list->count && strcmp(list->items[at], text) != 0)
        at++;
    return at;
}

bool text_list_has(const struct text_list *list, const char *text) {
    return text_list_find(list, text) < list->count;
}

bool text_list_take(struct text_list *list, char *item) {
    char **grown = item == NULL ? NULL : realloc(list->items, (list->count + 1) * sizeof *grown);
    if (grown == NULL) {
        free(item);
        return false;
    }
    grown[list->count++] = item;
    list->items = grown;
    return true;
}

bool text_list_add(struct text_list *list, const char *text) {
    return text_list_take(list, strdup(text));
}

void text_list_free(struct text_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}
