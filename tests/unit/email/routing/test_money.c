/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/money.h"
#include <check.h>
#include <stdlib.h>

#define NBSP "\u00A0"

/* What ICU 78 (CLDR 48) writes, but for the language without data. */
static const struct {
    int64_t amount;
    const char *currency, *locale, *expected;
} examples[] = {
    {1234, "EUR", "en", "€12.34"},
    {1234, "EUR", "de", "12,34" NBSP "€"},
    {1234, "EUR", "", "€12.34"},
    {1234, "EUR", NULL, "€12.34"},
    {1234, "EUR", "de-AT", "€" NBSP "12,34"},
    {1234, "EUR", "DE_at", "€" NBSP "12,34"},
    {1234, "EUR", "de-LU", "12,34" NBSP "€"},
    {1234, "EUR", "den", "€12.34"},
    {1234, "EUR", "xx", "€12.34"},
    {123456789, "USD", "en", "$1,234,567.89"},
    {123456789, "USD", "de", "1.234.567,89" NBSP "$"},
    {123456, "EUR", "fr", "1\u202F234,56" NBSP "€"},
    {123456, "EUR", "es", "1234,56" NBSP "€"},
    {1234567, "EUR", "es", "12.345,67" NBSP "€"},
    {123456, "EUR", "pl", "1234,56" NBSP "€"},
    {1234, "JPY", "en", "¥1,234"},
    {1234, "JPY", "de", "1.234" NBSP "¥"},
    {12345, "BHD", "en", "BHD" NBSP "12.345"},
    {1234567, "CHF", "en", "CHF" NBSP "12,345.67"},
    {1234567, "CHF", "de", "12.345,67" NBSP "CHF"},
    {5, "EUR", "en", "€0.05"},
    {0, "EUR", "en", "€0.00"},
    {0, "JPY", "en", "¥0"},
    {7, "BHD", "en", "BHD" NBSP "0.007"},
    {-1234, "EUR", "en", "-€12.34"},
    {-1234, "EUR", "de", "-12,34" NBSP "€"},
    {INT64_MIN, "EUR", "en", "-€92,233,720,368,547,758.08"},
    {INT64_MAX, "EUR", "fr", "92\u202F233\u202F720\u202F368\u202F547\u202F758,07" NBSP "€"},
};

START_TEST(formats_as_the_language_does) {
    char text[MONEY_TEXT_SIZE];
    money_format(examples[_i].amount, examples[_i].currency, examples[_i].locale, text);
    ck_assert_str_eq(text, examples[_i].expected);
}
END_TEST

static const struct {
    const char *before, *after;
} trees[] = {
    {"{\"a\":{\"amount\":1,\"currency\":\"EUR\"}}",
     "{\"a\":{\"amount\":1,\"currency\":\"EUR\",\"formatted\":\"€0.01\"}}"},
    {"[[{\"amount\":1,\"currency\":\"EUR\",\"more\":{\"amount\":2,\"currency\":\"JPY\"}}]]",
     "[[{\"amount\":1,\"currency\":\"EUR\",\"more\":{\"amount\":2,\"currency\":\"JPY\",\"formatted\":\"¥2\"},"
     "\"formatted\":\"€0.01\"}]]"},
    {"{\"amount\":1,\"currency\":\"EUR\",\"formatted\":\"free!\"}",
     "{\"amount\":1,\"currency\":\"EUR\",\"formatted\":\"€0.01\"}"},
    /* No money. */
    {"{\"amount\":1.5,\"currency\":\"EUR\"}", "{\"amount\":1.5,\"currency\":\"EUR\"}"},
    {"{\"amount\":\"1\",\"currency\":\"EUR\"}", "{\"amount\":\"1\",\"currency\":\"EUR\"}"},
    {"{\"amount\":1,\"currency\":\"euro\"}", "{\"amount\":1,\"currency\":\"euro\"}"},
    {"{\"amount\":1,\"currency\":\"eur\"}", "{\"amount\":1,\"currency\":\"eur\"}"},
    {"{\"amount\":1}", "{\"amount\":1}"},
    {"{\"currency\":\"EUR\"}", "{\"currency\":\"EUR\"}"},
    {"{\"text\":\"amount\",\"null\":null}", "{\"text\":\"amount\",\"null\":null}"},
};

START_TEST(adds_formatted_to_money_and_to_nothing_else) {
    json_t *tree = json_loads(trees[_i].before, 0, NULL);
    ck_assert_ptr_nonnull(tree);
    ck_assert(money_add_formatted(tree, "en"));
    char *text = json_dumps(tree, JSON_COMPACT);
    ck_assert_str_eq(text, trees[_i].after);
    free(text);
    json_decref(tree);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("money");
    TCase *money = tcase_create("money");
    tcase_add_loop_test(money, formats_as_the_language_does, 0, sizeof examples / sizeof examples[0]);
    tcase_add_loop_test(money, adds_formatted_to_money_and_to_nothing_else, 0,
                        sizeof trees / sizeof trees[0]);
    suite_add_tcase(suite, money);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
