/* SPDX-License-Identifier: Apache-2.0 */
#include "common/currency.h"
#include "suite.h"

static const struct {
    const char *code;
    int minor_digits; /* -1: no currency */
} cases[] = {
    {"EUR", 2},   {"USD", 2},  {"CHF", 2},  {"JPY", 0},  {"KRW", 0},  {"XPF", 0}, {"BHD", 3},
    {"TND", 3},   {"CLF", 4},  {"UYW", 4},  {"AED", 2},  {"ZWG", 2},  {"BIF", 0}, {"XXX", -1},
    {"XAU", -1},  {"XTS", -1}, {"DEM", -1}, {"HRK", -1}, {"eur", -1}, {"", -1},   {"EU", -1},
    {"EURO", -1}, {"UR ", -1}, {"E D", -1}, {"R A", -1}, {"   ", -1},
};

START_TEST(active_codes_have_the_digits_of_iso_4217) {
    for (size_t i = 0; i < SUITE_COUNT(cases); i++)
        ck_assert_msg(currency_minor_digits(cases[i].code) == cases[i].minor_digits, "%s", cases[i].code);
}
END_TEST

START_TEST(there_are_as_many_as_the_list_has) {
    int count[5] = {0};
    for (char a = 'A'; a <= 'Z'; a++)
        for (char b = 'A'; b <= 'Z'; b++)
            for (char c = 'A'; c <= 'Z'; c++) {
                int digits = currency_minor_digits((const char[]){a, b, c, '\0'});
                if (digits >= 0)
                    count[digits]++;
            }
    ck_assert_int_eq(count[0], 17);
    ck_assert_int_eq(count[3], 7);
    ck_assert_int_eq(count[4], 2);
    ck_assert_int_gt(count[2], 130);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        active_codes_have_the_digits_of_iso_4217,
        there_are_as_many_as_the_list_has,
    };
    return suite_run("currency", tests, SUITE_COUNT(tests));
}
