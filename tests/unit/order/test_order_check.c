/* SPDX-License-Identifier: Apache-2.0 */
#include "order_check.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

#define CUSTOMER "\"customer\":{\"name\":\"Ada\",\"email\":\"ada@example.org\"}"
#define ITEM "{\"sku\":\"A\",\"name\":\"a\",\"quantity\":2,\"unit_price\":490}"
#define ORDER_WITH(currency, items) "{" CUSTOMER ",\"currency\":" currency ",\"items\":" items "}"
#define ITEM_WITH(quantity, price)                                                                           \
    "{\"sku\":\"A\",\"name\":\"a\",\"quantity\":" quantity ",\"unit_price\":" price "}"
#define PRICE(quantity, price) ORDER_WITH("\"EUR\"", "[" ITEM_WITH(quantity, price) "]")
#define MOST "9007199254740991"

static json_t *parse(const char *text) {
    json_error_t error;
    json_t *body = json_loads(text, JSON_DECODE_ANY, &error);
    ck_assert_msg(body != NULL, "%s: %s", text, error.text);
    return body;
}

static json_t *check(const char *text, struct http_problem *problem) {
    json_t *body = parse(text);
    json_t *data = order_check(body, "en", problem);
    json_decref(body);
    return data;
}

/* One fault, and the field that is named for it. */
static const struct {
    const char *body, *pointer;
} refused[] = {
    {"{\"currency\":\"EUR\",\"items\":[" ITEM "]}", "#/customer"},
    {"{\"customer\":[],\"currency\":\"EUR\",\"items\":[" ITEM "]}", "#/customer"},
    {"{\"customer\":{\"name\":\"Ada\"},\"currency\":\"EUR\",\"items\":[" ITEM "]}", "#/customer/email"},
    {"{\"customer\":{\"name\":\"Ada\",\"email\":\"ada@\"},\"currency\":\"EUR\",\"items\":[" ITEM "]}",
     "#/customer/email"},
    {"{\"customer\":{\"name\":\"A\\nda\",\"email\":\"a@example.org\"},\"currency\":\"EUR\",\"items\":[" ITEM
     "]}",
     "#/customer/name"},
    {"{\"customer\":{\"name\":7,\"email\":\"a@example.org\"},\"currency\":\"EUR\",\"items\":[" ITEM "]}",
     "#/customer/name"},
    {"{\"customer\":{\"name\":\"A\",\"email\":\"a@example.org\",\"phone\":\"1\"},\"currency\":\"EUR\","
     "\"items\":[" ITEM "]}",
     "#/customer/phone"},
    {"{" CUSTOMER ",\"items\":[" ITEM "]}", "#/currency"},
    {ORDER_WITH("\"eur\"", "[" ITEM "]"), "#/currency"},
    {ORDER_WITH("\"XXX\"", "[" ITEM "]"), "#/currency"},
    {ORDER_WITH("\"EUR \"", "[" ITEM "]"), "#/currency"},
    {ORDER_WITH("\"ABC\"", "[" ITEM "]"), "#/currency"},
    {ORDER_WITH("978", "[" ITEM "]"), "#/currency"},
    {ORDER_WITH("\"EUR\"", "[]"), "#/items"},
    {ORDER_WITH("\"EUR\"", "{}"), "#/items"},
    {"{" CUSTOMER ",\"currency\":\"EUR\"}", "#/items"},
    {ORDER_WITH("\"EUR\"", "[" ITEM ",7]"), "#/items/1"},
    {ORDER_WITH("\"EUR\"", "[{\"sku\":\"\",\"name\":\"a\",\"quantity\":1,\"unit_price\":1}]"),
     "#/items/0/sku"},
    {ORDER_WITH("\"EUR\"", "[{\"sku\":\"A\",\"name\":\"\\u202e\",\"quantity\":1,\"unit_price\":1}]"),
     "#/items/0/name"},
    {ORDER_WITH("\"EUR\"", "[{\"sku\":\"A\",\"name\":\"a\",\"quantity\":1,\"unit_price\":1,\"discount\":1}]"),
     "#/items/0/discount"},
    {ORDER_WITH("\"EUR\"", "[{\"sku\":\"A\",\"name\":\"a\",\"quantity\":1,\"unit_price\":1,\"a/b\":1}]"),
     "#/items/0"},
    {PRICE("0", "1"), "#/items/0/quantity"},
    {PRICE("-1", "1"), "#/items/0/quantity"},
    {PRICE("1000001", "1"), "#/items/0/quantity"},
    {PRICE("1.5", "1"), "#/items/0/quantity"},
    {PRICE("\"1\"", "1"), "#/items/0/quantity"},
    {PRICE("1", "0"), "#/items/0/unit_price"},
    {PRICE("1", "-490"), "#/items/0/unit_price"},
    {PRICE("1", "4.9"), "#/items/0/unit_price"},
    {PRICE("1", "0.999"), "#/items/0/unit_price"},
    {PRICE("1", "1e30"), "#/items/0/unit_price"},
    {PRICE("1", "9007199254740992.0"), "#/items/0/unit_price"},
    {PRICE("1", "true"), "#/items/0/unit_price"},
    {PRICE("1", "9007199254740992"), "#/items/0/unit_price"},
    {PRICE("1", "9223372036854775807"), "#/items/0/unit_price"},
    {PRICE("1", "null"), "#/items/0/unit_price"},
    {PRICE("2", "4503599627370496"), "#/items/0"},
    {PRICE("1000000", MOST), "#/items/0"},
    {ORDER_WITH("\"EUR\"", "[" ITEM_WITH("1", MOST) "," ITEM_WITH("1", "1") "]"), "#/items/1"},
    {"{" CUSTOMER ",\"currency\":\"EUR\",\"items\":[" ITEM "],\"total\":980}", "#/total"},
    {"{" CUSTOMER ",\"currency\":\"EUR\",\"items\":[" ITEM "],\"\":980}", "#"},
    {"{" CUSTOMER ",\"currency\":\"EUR\",\"items\":[" ITEM "],\"locale\":\"e\"}", "#/locale"},
    {"{" CUSTOMER ",\"currency\":\"EUR\",\"items\":[" ITEM "],\"locale\":\"de_AT\"}", "#/locale"},
    {"{" CUSTOMER ",\"currency\":\"EUR\",\"items\":[" ITEM "],\"locale\":\"de-\"}", "#/locale"},
    {"{" CUSTOMER ",\"currency\":\"EUR\",\"items\":[" ITEM "],\"locale\":null}", "#/locale"},
};

START_TEST(the_field_at_fault_is_named) {
    for (size_t i = 0; i < SUITE_COUNT(refused); i++) {
        struct http_problem problem;
        ck_assert_msg(check(refused[i].body, &problem) == NULL, "%s", refused[i].body);
        ck_assert_int_eq(problem.status, 422);
        ck_assert_msg(problem.error_count == 1 && strcmp(problem.errors[0].pointer, refused[i].pointer) == 0,
                      "%s: %zu errors, the first at %s", refused[i].body, problem.error_count,
                      problem.errors[0].pointer);
    }
}
END_TEST

START_TEST(every_fault_is_named_up_to_a_bound) {
    struct http_problem problem;
    ck_assert_ptr_null(check("{\"customer\":{},\"items\":[{},{},{},{}]}", &problem));
    ck_assert_uint_eq(problem.error_count, PROBLEM_ERRORS_MAX);
    ck_assert_ptr_nonnull(http_problem_error_at(&problem, "#/customer/name"));
    ck_assert_ptr_nonnull(http_problem_error_at(&problem, "#/currency"));
    ck_assert_ptr_nonnull(http_problem_error_at(&problem, "#/items/0/sku"));
}
END_TEST

START_TEST(totals_are_computed_and_the_address_is_as_smtp_takes_it) {
    struct http_problem problem;
    json_t *data =
        check("{\"customer\":{\"name\":\" Ada "
              "\",\"email\":\"Ada@B\\u00fccher.EXAMPLE\"},\"currency\":\"JPY\",\"items\":["
              "{\"sku\":\"A\",\"name\":\"a\",\"quantity\":3,\"unit_price\":7},"
              "{\"sku\":\"B\",\"name\":\"b\",\"quantity\":1,\"unit_price\":1}],\"locale\":\"de-AT\"}",
              &problem);
    ck_assert_ptr_nonnull(data);
    json_t *expected = parse(
        "{\"customer\":{\"name\":\"Ada\",\"email\":\"Ada@xn--bcher-kva.example\"},\"locale\":\"de-AT\","
        "\"currency\":\"JPY\","
        "\"items\":[{\"sku\":\"A\",\"name\":\"a\",\"quantity\":3,\"unit_price\":{\"amount\":7,\"currency\":"
        "\"JPY\"},"
        "\"total\":{\"amount\":21,\"currency\":\"JPY\"}},{\"sku\":\"B\",\"name\":\"b\",\"quantity\":1,"
        "\"unit_price\":{\"amount\":1,\"currency\":\"JPY\"},\"total\":{\"amount\":1,\"currency\":\"JPY\"}}],"
        "\"total\":{\"amount\":22,\"currency\":\"JPY\"}}");
    ck_assert(json_equal(data, expected));
    json_decref(expected);
    json_decref(data);
}
END_TEST

START_TEST(the_greatest_amount_is_taken_and_the_locale_has_a_default) {
    struct http_problem problem;
    json_t *data = check(PRICE("1", MOST), &problem);
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(data, "total"), "amount")),
                     ORDER_AMOUNT_MAX);
    ck_assert_str_eq(json_string_value(json_object_get(data, "locale")), "en");
    json_decref(data);
}
END_TEST

static json_t *order_of(size_t item_count) {
    json_t *body = parse(ORDER_WITH("\"EUR\"", "[]"));
    json_t *items = json_object_get(body, "items");
    for (size_t i = 0; i < item_count; i++)
        ck_assert_int_eq(json_array_append_new(items, parse(ITEM)), 0);
    return body;
}

START_TEST(a_thousand_items_are_taken_and_no_more) {
    struct http_problem problem;
    json_t *thousand = order_of(1000), *more = order_of(1001);
    json_t *data = order_check(thousand, "en", &problem);
    ck_assert_uint_eq(json_array_size(json_object_get(data, "items")), 1000);
    ck_assert_ptr_null(order_check(more, "en", &problem));
    ck_assert_ptr_nonnull(http_problem_error_at(&problem, "#/items"));
    json_decref(data);
    json_decref(thousand);
    json_decref(more);
}
END_TEST

START_TEST(a_whole_number_may_be_written_with_a_fraction_or_an_exponent) {
    struct http_problem problem;
    json_t *data = check(PRICE("2.0", "1e3"), &problem);
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(data, "total"), "amount")), 2000);
    json_decref(data);
}
END_TEST

START_TEST(texts_are_counted_in_characters) {
    for (size_t length = 199; length <= 201; length++) {
        struct http_problem problem;
        json_t *body = order_of(1);
        char name[512] = "";
        for (size_t i = 0; i < length; i++)
            strcat(name, "\xC3\xBC");
        json_object_set_new(json_array_get(json_object_get(body, "items"), 0), "name", json_string(name));
        json_t *data = order_check(body, "en", &problem);
        ck_assert_int_eq(data != NULL, length <= 200);
        json_decref(data);
        json_decref(body);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_field_at_fault_is_named,
        every_fault_is_named_up_to_a_bound,
        totals_are_computed_and_the_address_is_as_smtp_takes_it,
        the_greatest_amount_is_taken_and_the_locale_has_a_default,
        a_thousand_items_are_taken_and_no_more,
        a_whole_number_may_be_written_with_a_fraction_or_an_exponent,
        texts_are_counted_in_characters,
    };
    return suite_run("order_check", tests, SUITE_COUNT(tests));
}
