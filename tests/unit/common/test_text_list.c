/* SPDX-License-Identifier: Apache-2.0 */
#include "common/text_list.h"
#include "suite.h"
#include <string.h>

START_TEST(texts_are_found_in_the_order_in_which_they_came) {
    struct text_list list = {0};
    char text[] = "b";
    ck_assert_uint_eq(text_list_find(&list, "a"), 0);
    ck_assert(!text_list_has(&list, "a"));
    ck_assert(text_list_add(&list, "a"));
    ck_assert(text_list_add(&list, text));
    text[0] = 'x'; /* it has a copy */
    ck_assert(text_list_take(&list, strdup("a")));
    ck_assert_uint_eq(list.count, 3);
    ck_assert_uint_eq(text_list_find(&list, "a"), 0);
    ck_assert_uint_eq(text_list_find(&list, "b"), 1);
    ck_assert_uint_eq(text_list_find(&list, "x"), 3);
    ck_assert_str_eq(list.items[2], "a");
    text_list_free(&list);
    ck_assert_uint_eq(list.count, 0);
    ck_assert_ptr_null(list.items);
    text_list_free(&list);
}
END_TEST

START_TEST(an_allocation_that_failed_is_not_taken) {
    struct text_list list = {0};
    ck_assert(!text_list_take(&list, NULL));
    ck_assert_uint_eq(list.count, 0);
    text_list_free(&list);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        texts_are_found_in_the_order_in_which_they_came,
        an_allocation_that_failed_is_not_taken,
    };
    return suite_run("text_list", tests, SUITE_COUNT(tests));
}
