/* SPDX-License-Identifier: Apache-2.0 */
#include "order_check.h"
#include "common/currency.h"
#include "common/utf8.h"
#include "web/field_rules.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SKU_CHARACTERS 64
#define ITEM_NAME_CHARACTERS 200
#define LOCALE_MAX 35
#define POINTER_SIZE sizeof(((struct problem_error *)NULL)->pointer)

/* What is being checked: an object and where it stands. */
struct place {
    const json_t *object;
    char pointer[40]; /* "#/items/999" */
    struct http_problem *problem;
};

static void complain(const struct place *place, const char *member, const char *detail) {
    char pointer[POINTER_SIZE];
    snprintf(pointer, sizeof pointer, "%s%s%s", place->pointer, member[0] != '\0' ? "/" : "", member);
    http_problem_add_error(place->problem, pointer, "%s", detail);
}

/* A name that needs no escape, neither of JSON Pointer nor of a URI. */
static bool is_plain_name(const char *name) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    return name[0] != '\0' && strspn(name, plain) == strlen(name) && strlen(name) <= 20;
}

/* A member with a slip in its name must not be passed over: it would change what is bought. */
static void refuse_unknown(const struct place *place, const char *const *known) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)place->object, name, value) {
        const char *const *each = known;
        while (*each != NULL && strcmp(*each, name) != 0)
            each++;
        if (*each == NULL)
            complain(place, is_plain_name(name) ? name : "", "There is no such member.");
    }
}

/* False: member is no object, and that was said. */
static bool enter(struct place *inner, const struct place *outer, const char *member, const json_t *object) {
    inner->object = object;
    inner->problem = outer->problem;
    snprintf(inner->pointer, sizeof inner->pointer, "%.20s/%.18s", outer->pointer, member);
    if (json_is_object(object))
        return true;
    complain(outer, member, object == NULL ? "It is missing." : "It must be an object.");
    return false;
}

/* --- texts --- */

/* NULL: missing or no text, and that was said. */
static const char *text_of(const struct place *place, const char *member) {
    const json_t *value = json_object_get(place->object, member);
    if (json_is_string(value) && json_string_length(value) > 0)
        return json_string_value(value);
    complain(place, member,
             value == NULL           ? "It is missing."
             : json_is_string(value) ? "It must not be empty."
                                     : "It must be a text.");
    return NULL;
}

static const char *check_text(const struct place *place, const char *member, size_t characters_max) {
    const char *text = text_of(place, member);
    if (text == NULL)
        return NULL;
    size_t characters = 0, size = strlen(text);
    for (size_t at = 0; at < size; characters++) {
        uint32_t code_point;
        size_t length = utf8_decode(text + at, size - at, &code_point);
        if (length == 0 || utf8_is_control(code_point)) {
            complain(place, member, "It holds a character that cannot be shown.");
            return NULL;
        }
        at += length;
    }
    if (characters <= characters_max)
        return text;
    char detail[64];
    snprintf(detail, sizeof detail, "It is longer than %zu characters.", characters_max);
    complain(place, member, detail);
    return NULL;
}

static json_t *check_customer(const struct place *root) {
    static const char *const known[] = {"name", "email", NULL};
    struct place place;
    char name[NAME_SIZE] = "";
    struct mail_address address = {.wire = ""};
    if (!enter(&place, root, "customer", json_object_get(root->object, "customer")))
        return NULL;
    refuse_unknown(&place, known);
    const char *text = text_of(&place, "name");
    const char *complaint = text != NULL ? name_check(text, strlen(text), name) : NULL;
    if (complaint != NULL)
        complain(&place, "name", complaint);
    text = text_of(&place, "email");
    complaint = text != NULL ? email_check(text, strlen(text), &address) : NULL;
    if (complaint != NULL)
        complain(&place, "email", complaint);
    return json_pack("{s:s, s:s}", "name", name, "email", address.wire);
}

/* RFC 5646, as far as the events' schema goes: a language, then subtags of letters and digits. */
static bool is_language_tag(const char *text) {
    size_t length = 0, subtag = 0;
    if (strlen(text) > LOCALE_MAX)
        return false;
    for (const char *at = text;; at++) {
        if (*at != '-' && *at != '\0') {
            if (!isascii((unsigned char)*at) ||
                (subtag == 0 ? !isalpha((unsigned char)*at) : !isalnum((unsigned char)*at)))
                return false;
            length++;
            continue;
        }
        if (length > 8 || length < (subtag == 0 ? 2 : 1))
            return false;
        if (*at == '\0')
            return true;
        length = 0;
        subtag++;
    }
}

static const char *check_locale(const struct place *root, const char *default_locale) {
    if (json_object_get(root->object, "locale") == NULL)
        return default_locale;
    const char *locale = text_of(root, "locale");
    if (locale != NULL && !is_language_tag(locale))
        complain(root, "locale", "It is no language tag such as en or de-AT.");
    return locale;
}

static const char *check_currency(const struct place *root) {
    const char *currency = text_of(root, "currency");
    if (currency == NULL || currency_minor_digits(currency) >= 0)
        return currency;
    complain(root, "currency", "It is no currency: an ISO 4217 code in capital letters, such as EUR.");
    return NULL;
}

/* --- items --- */

/* 2.0 is a whole number too (JSON Schema §4.2.3). 0: it is none in the range of amounts. */
static int64_t whole_number(const json_t *value) {
    double real = json_real_value(value);
    if (!json_is_real(value))
        return json_integer_value(value);
    return real >= 1 && real <= (double)ORDER_AMOUNT_MAX && real == (double)(int64_t)real ? (int64_t)real : 0;
}

/* 0: it is none, and that was said. */
static int64_t check_number(const struct place *place, const char *member, int64_t maximum) {
    const json_t *value = json_object_get(place->object, member);
    int64_t number = whole_number(value);
    if (number >= 1 && number <= maximum)
        return number;
    char detail[96];
    snprintf(detail, sizeof detail, "It must be a whole number from 1 to %" PRId64 ".", maximum);
    complain(place, member, value == NULL ? "It is missing." : detail);
    return 0;
}

static json_t *money(int64_t amount, const char *currency) {
    return json_pack("{s:I, s:s}", "amount", (json_int_t)amount, "currency", currency);
}

/* Adds to *total. NULL: it was said why, or there is no memory. */
static json_t *check_item(const struct place *root, size_t index, const json_t *object, const char *currency,
                          int64_t *total) {
    static const char *const known[] = {"sku", "name", "quantity", "unit_price", NULL};
    struct place place;
    char member[32];
    snprintf(member, sizeof member, "items/%zu", index);
    if (!enter(&place, root, member, object))
        return NULL;
    refuse_unknown(&place, known);
    const char *sku = check_text(&place, "sku", SKU_CHARACTERS);
    const char *name = check_text(&place, "name", ITEM_NAME_CHARACTERS);
    int64_t quantity = check_number(&place, "quantity", ORDER_QUANTITY_MAX);
    int64_t unit_price = check_number(&place, "unit_price", ORDER_AMOUNT_MAX);
    int64_t item_total;
    if (sku == NULL || name == NULL || quantity == 0 || unit_price == 0 || currency == NULL)
        return NULL;
    if (__builtin_mul_overflow(quantity, unit_price, &item_total) || item_total > ORDER_AMOUNT_MAX) {
        complain(&place, "", "unit_price times quantity is more than 9007199254740991.");
        return NULL;
    }
    if (__builtin_add_overflow(*total, item_total, total) || *total > ORDER_AMOUNT_MAX) {
        complain(&place, "", "With this item the order's total is more than 9007199254740991.");
        *total = 0; /* the items after it are still looked at */
        return NULL;
    }
    return json_pack("{s:s, s:s, s:I, s:o, s:o}", "sku", sku, "name", name, "quantity", (json_int_t)quantity,
                     "unit_price", money(unit_price, currency), "total", money(item_total, currency));
}

/* Puts items and total into data. */
static bool check_items(const struct place *root, const char *currency, json_t *data) {
    const json_t *items = json_object_get(root->object, "items");
    size_t count = json_array_size(items);
    if (!json_is_array(items) || count == 0) {
        complain(root, "items",
                 items == NULL ? "It is missing." : "It must be an array of at least one item.");
        return true;
    }
    if (count > ORDER_ITEMS_MAX) {
        complain(root, "items", "An order has at most 1,000 items.");
        return true;
    }
    int64_t total = 0;
    json_t *checked = json_array();
    for (size_t i = 0; i < count && root->problem->error_count < PROBLEM_ERRORS_MAX; i++) {
        json_t *item = check_item(root, i, json_array_get(items, i), currency, &total);
        if (item == NULL && root->problem->error_count == 0) {
            json_decref(checked);
            return false;
        }
        if (item != NULL && json_array_append_new(checked, item) != 0) {
            json_decref(checked);
            return false;
        }
    }
    return json_object_set_new(data, "items", checked) == 0 &&
           (currency == NULL || json_object_set_new(data, "total", money(total, currency)) == 0);
}

json_t *order_check(const json_t *body, const char *default_locale, struct http_problem *problem) {
    static const char *const known[] = {"customer", "currency", "items", "locale", NULL};
    const struct place root = {.object = body, .pointer = "#", .problem = problem};
    http_problem_set(problem, 422, "Some fields are missing or not valid.");
    http_problem_set_type(problem, PROBLEM_INVALID_FIELDS, "Some fields are not valid");
    refuse_unknown(&root, known);
    json_t *customer = check_customer(&root);
    const char *currency = check_currency(&root);
    const char *locale = check_locale(&root, default_locale);
    json_t *data =
        json_pack("{s:o*, s:s*, s:s*}", "customer", customer, "locale", locale, "currency", currency);
    bool enough_memory = data != NULL && check_items(&root, currency, data);
    if (enough_memory && problem->error_count == 0)
        return data;
    json_decref(data);
    if (problem->error_count == 0)
        http_problem_set(problem, 503,
                         "There is no memory for this order. Please try again in a few seconds.");
    return NULL;
}
