/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"
#include "suite.h"

#include <string.h>

static void expect(int64_t done, int64_t total, bool styled, const char *expected) {
    char text[128];
    progress_format(text, sizeof text, done, total, "words", styled);
    ck_assert_str_eq(text, expected);
}

START_TEST(the_bar_is_as_long_as_the_share_that_is_done) {
    expect(0, 8, false, "[--------------------]   0 %  0 of 8  words");
    expect(2, 8, false, "[#####---------------]  25 %  2 of 8  words");
    expect(8, 8, false, "[####################] 100 %  8 of 8  words");
}
END_TEST

START_TEST(more_than_all_and_all_of_nothing_are_done) {
    expect(9, 8, false, "[####################] 100 %  9 of 8  words");
    expect(0, 0, false, "[####################] 100 %  0 of 0  words");
}
END_TEST

START_TEST(only_a_styled_bar_has_escapes) {
    expect(8, 8, true, "\033[1m[####################]\033[0m 100 %  8 of 8  words");
}
END_TEST

START_TEST(nothing_is_shown_but_on_a_terminal) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    struct progress progress;
    progress_begin(&progress, file);
    progress_show(&progress, 1, 2, "words");
    progress_end(&progress);
    ck_assert_int_eq(ftell(file), 0);
    fclose(file);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_bar_is_as_long_as_the_share_that_is_done,
        more_than_all_and_all_of_nothing_are_done,
        only_a_styled_bar_has_escapes,
        nothing_is_shown_but_on_a_terminal,
    };
    return suite_run("progress", tests, SUITE_COUNT(tests));
}
