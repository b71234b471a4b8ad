/* SPDX-License-Identifier: Apache-2.0 */
#include "common/utf8.h"
#include "suite.h"
#include <string.h>

START_TEST(the_first_and_last_character_of_each_length_is_read) {
    static const struct {
        const char *text;
        uint32_t code_point;
    } characters[] = {
        {"\x01", 1},
        {"\x7F", 0x7F},
        {"\xC2\x80", 0x80},
        {"\xDF\xBF", 0x7FF},
        {"\xE0\xA0\x80", 0x800},
        {"\xED\x9F\xBF", 0xD7FF},
        {"\xEE\x80\x80", 0xE000},
        {"\xEF\xBF\xBF", 0xFFFF},
        {"\xF0\x90\x80\x80", 0x10000},
        {"\xF4\x8F\xBF\xBF", 0x10FFFF},
    };
    for (size_t i = 0; i < SUITE_COUNT(characters); i++) {
        uint32_t code_point = 0;
        size_t size = strlen(characters[i].text);
        ck_assert_uint_eq(utf8_decode(characters[i].text, size, &code_point), size);
        ck_assert_uint_eq(code_point, characters[i].code_point);
        ck_assert(utf8_is_valid(characters[i].text, size));
        /* The same with a byte too few. */
        if (size > 1)
            ck_assert_uint_eq(utf8_decode(characters[i].text, size - 1, &code_point), 0);
    }
}
END_TEST

START_TEST(an_ascii_run_ends_at_the_first_octet_that_is_not_wherever_it_stands) {
    char text[40];
    for (size_t size = 0; size <= sizeof text; size++) {
        for (size_t place = 0; place <= size; place++) {
            memset(text, 'a', sizeof text);
            if (place < size)
                text[place] = (char)(0x80 + place);
            ck_assert_uint_eq(utf8_ascii_run(text, size), place);
            ck_assert_int_eq(utf8_is_valid(text, size), place == size);
        }
    }
}
END_TEST

START_TEST(what_rfc_3629_forbids_is_refused) {
    static const char *const texts[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x41",
        "\xE0\x80\x80",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xFE",
        "\xF8\x88\x80\x80\x80",
        "\xE2\x28\xA1",
        "a\xC3",
    };
    for (size_t i = 0; i < SUITE_COUNT(texts); i++)
        ck_assert_msg(!utf8_is_valid(texts[i], strlen(texts[i])), "text %zu", i);
}
END_TEST

START_TEST(a_nul_is_a_character_and_an_empty_text_is_valid) {
    uint32_t code_point = 9;
    ck_assert_uint_eq(utf8_decode("\0", 1, &code_point), 1);
    ck_assert_uint_eq(code_point, 0);
    ck_assert(utf8_is_valid("", 0));
    ck_assert_uint_eq(utf8_decode("", 0, &code_point), 0);
}
END_TEST

START_TEST(controls_separators_and_direction_marks_are_told_from_letters) {
    static const uint32_t controls[] = {0,      9,      10,     13,     0x1F,   0x7F,
                                        0x80,   0x9F,   0x61C,  0x200E, 0x200F, 0x2028,
                                        0x2029, 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF};
    static const uint32_t letters[] = {' ',   '~',    'a',    0xA0,   0xE9,   0x5D0,
                                       0x627, 0x200D, 0x2027, 0x202F, 0x4E2D, 0x1F600};
    for (size_t i = 0; i < SUITE_COUNT(controls); i++)
        ck_assert_msg(utf8_is_control(controls[i]), "U+%04X", (unsigned)controls[i]);
    for (size_t i = 0; i < SUITE_COUNT(letters); i++)
        ck_assert_msg(!utf8_is_control(letters[i]), "U+%04X", (unsigned)letters[i]);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_first_and_last_character_of_each_length_is_read,
        an_ascii_run_ends_at_the_first_octet_that_is_not_wherever_it_stands,
        what_rfc_3629_forbids_is_refused,
        a_nul_is_a_character_and_an_empty_text_is_valid,
        controls_separators_and_direction_marks_are_told_from_letters,
    };
    return suite_run("utf8", tests, SUITE_COUNT(tests));
}
