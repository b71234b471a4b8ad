/* SPDX-License-Identifier: Apache-2.0 */
#include "http/html.h"
#include "suite.h"
#include <string.h>

static void check_fill(const char *page, const struct html_value *values, const char *expected) {
    const struct embedded_file file = {.name = "page", .bytes = page, .size = strlen(page)};
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    html_fill(&out, &file, values);
    ck_assert_str_eq(out.bytes, expected);
    text_buffer_free(&out);
}

START_TEST(placeholders_are_replaced_and_escaped) {
    const struct html_value *values = HTML_VALUES({"a", "<&>\"'x"}, {"b", NULL}, {"ab", "two"});
    check_fill("{{a}}", values, "&lt;&amp;&gt;&quot;&#39;x");
    check_fill("({{&a}})", values, "(<&>\"'x)");
    check_fill("({{b}})({{ab}}){{a}}", values, "()(two)&lt;&amp;&gt;&quot;&#39;x");
    check_fill("plain", values, "plain");
}
END_TEST

START_TEST(a_value_is_never_read_as_a_placeholder) {
    check_fill("{{a}}", HTML_VALUES({"a", "{{b}}"}, {"b", "no"}), "{{b}}");
}
END_TEST

START_TEST(what_has_no_value_or_no_end_stays) {
    const struct html_value *values = HTML_VALUES({"a", "1"});
    check_fill("{{c}} {{a}}", values, "{{c}} 1");
    check_fill("{{a}} {{a", values, "1 {{a");
    check_fill("{{", values, "{{");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {placeholders_are_replaced_and_escaped,
                                  a_value_is_never_read_as_a_placeholder, what_has_no_value_or_no_end_stays};
    return suite_run("html", tests, SUITE_COUNT(tests));
}
