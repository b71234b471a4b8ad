/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json_text.h"
#include "suite.h"
#include <jansson.h>
#include <string.h>

static const struct {
    const char *text;
    const char *read; /* what a JSON reader makes of it; NULL: the same */
} cases[] = {
    {"", NULL},
    {"plain", NULL},
    {"\"\\/\b\f\n\r\t\x01\x1f\x7f", NULL},
    {"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80", NULL},
    {"cut \xC3", "cut \xEF\xBF\xBD"},
    {"cut \xE2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\x80overlong \xC0\xAF", "\xEF\xBF\xBDoverlong \xEF\xBF\xBD\xEF\xBF\xBD"},
};

START_TEST(any_bytes_become_a_json_text) {
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        struct text_buffer out = TEXT_BUFFER_EMPTY;
        json_error_t error;
        json_text_append(&out, cases[i].text);
        json_t *read = json_loadb(out.bytes, out.size, JSON_DECODE_ANY, &error);
        ck_assert_msg(read != NULL, "%s: %s", out.bytes, error.text);
        ck_assert_str_eq(json_string_value(read), cases[i].read != NULL ? cases[i].read : cases[i].text);
        json_decref(read);
        text_buffer_free(&out);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {any_bytes_become_a_json_text};
    return suite_run("json_text", tests, SUITE_COUNT(tests));
}
