/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <check.h>
#include <stdlib.h>

static const struct table_column columns[] = {
    {"TOPIC", false}, {"LAG", true}, {"NOTE", false}, {NULL, false}};

static char *print(bool styled) {
    struct table table;
    table_begin(&table, columns);
    const char *rows[][3] = {{"users", "5", "x"}, {"notifications", "12345", ""}};
    for (size_t i = 0; i < 6; i++)
        table_cell(&table, "%s", rows[i / 3][i % 3]);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    ck_assert(table_print(&table, out, styled));
    fclose(out);
    table_free(&table);
    return text;
}

START_TEST(columns_are_aligned_numbers_to_the_right) {
    char *text = print(false);
    ck_assert_str_eq(text, "TOPIC            LAG  NOTE\n"
                           "users              5  x\n"
                           "notifications  12345  \n");
    free(text);
}
END_TEST

START_TEST(only_the_head_is_styled) {
    char *text = print(true);
    ck_assert_str_eq(text, "\033[1mTOPIC            LAG  NOTE\n\033[0m"
                           "users              5  x\n"
                           "notifications  12345  \n");
    free(text);
}
END_TEST

START_TEST(nothing_but_a_terminal_is_styled) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    unsetenv("NO_COLOR");
    ck_assert(!table_may_style(file));
    fclose(file);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("table");
    TCase *test_case = tcase_create("table");
    tcase_add_test(test_case, columns_are_aligned_numbers_to_the_right);
    tcase_add_test(test_case, only_the_head_is_styled);
    tcase_add_test(test_case, nothing_but_a_terminal_is_styled);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
