/* SPDX-License-Identifier: Apache-2.0 */
#include "money.h"

#include <string.h>

#define DEEPEST 256 /* data is read by jansson, which stops at 2,048; no mail shows money that deep */

static bool is_code(const json_t *currency) {
    const char *code = json_string_value(currency);
    if (code == NULL || json_string_length(currency) != 3)
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (code[i] < 'A' || code[i] > 'Z')
            return false;
    }
    return true;
}

static bool add_to_object(json_t *object, const char *locale) {
    const json_t *amount = json_object_get(object, "amount");
    if (!json_is_integer(amount))
        return true;
    const json_t *currency = json_object_get(object, "currency");
    if (!is_code(currency))
        return true;
    char text[MONEY_TEXT_SIZE];
    money_format(json_integer_value(amount), json_string_value(currency), locale, text);
    return json_object_set_new(object, "formatted", json_string(text)) == 0;
}

static bool add_within(json_t *value, const char *locale, int depth) {
    if (depth == DEEPEST)
        return true;
    bool added = true;
    if (json_is_array(value)) {
        for (size_t i = 0; added && i < json_array_size(value); i++)
            added = add_within(json_array_get(value, i), locale, depth + 1);
    } else if (json_is_object(value)) {
        for (void *member = json_object_iter(value); added && member != NULL;
             member = json_object_iter_next(value, member))
            added = add_within(json_object_iter_value(member), locale, depth + 1);
        added = added && add_to_object(value, locale);
    }
    return added;
}

bool money_add_formatted(json_t *value, const char *locale) {
    return add_within(value, locale, 0);
}
