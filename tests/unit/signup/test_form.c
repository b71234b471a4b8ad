/* SPDX-License-Identifier: Apache-2.0 */
#include "http/form.h"
#include "suite.h"
#include <string.h>

/* Decodes a copy, since decoding destroys. The copy lives until the next call. */
static bool decode(const char *body, size_t size, struct form *form) {
    static char copy[4096];
    ck_assert_uint_lt(size, sizeof copy);
    memset(copy, '!', sizeof copy);
    memcpy(copy, body, size);
    copy[size] = '\0';
    return form_decode(copy, size, form);
}

START_TEST(names_and_values_are_decoded) {
    static const struct {
        const char *body, *name, *value;
    } cases[] = {
        {"a=b", "a", "b"},
        {"email=ada%40example.org&name=x", "email", "ada@example.org"},
        {"email=x&name=Ada+L%C3%A9vy", "name", "Ada L\xC3\xA9vy"},
        {"a=1%2B1%3d2", "a", "1+1=2"},
        {"a=b=c", "a", "b=c"},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"a&b=1", "b", "1"},
        {"&&a=1&&", "a", "1"},
        {"=x&a=1", "", "x"},
        {"%61=1", "a", "1"},
        {"a=1&a=2", "a", "1"},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        struct form form;
        ck_assert_msg(decode(cases[i].body, strlen(cases[i].body), &form), "%s", cases[i].body);
        const struct form_field *field = form_find(&form, cases[i].name);
        ck_assert_msg(field != NULL, "%s", cases[i].body);
        ck_assert_str_eq(field->value, cases[i].value);
        ck_assert_uint_eq(field->value_size, strlen(cases[i].value));
    }
}
END_TEST

START_TEST(a_nul_in_a_value_is_counted) {
    struct form form;
    ck_assert(decode("name=a%00b", 10, &form));
    const struct form_field *field = form_find(&form, "name");
    ck_assert_uint_eq(field->value_size, 3);
    ck_assert_mem_eq(field->value, "a\0b", 4);
}
END_TEST

START_TEST(an_empty_body_has_no_fields) {
    struct form form;
    ck_assert(decode("", 0, &form));
    ck_assert_uint_eq(form.count, 0);
    ck_assert_ptr_null(form_find(&form, ""));
}
END_TEST

START_TEST(a_percent_sign_without_two_digits_is_refused) {
    static const char *const bodies[] = {"a=%", "a=%4", "a=%4g", "a=%g4", "%=a", "a=b&c=%%41", "a=%+1"};
    for (size_t i = 0; i < SUITE_COUNT(bodies); i++) {
        struct form form;
        ck_assert_msg(!decode(bodies[i], strlen(bodies[i]), &form), "%s", bodies[i]);
    }
}
END_TEST

START_TEST(one_field_more_than_the_most_is_refused) {
    char body[4 * FORM_FIELDS_MAX + 8] = "";
    struct form form;
    for (size_t i = 0; i < FORM_FIELDS_MAX; i++)
        strcat(body, "a=1&");
    ck_assert(decode(body, strlen(body), &form));
    ck_assert_uint_eq(form.count, FORM_FIELDS_MAX);
    strcat(body, "b");
    ck_assert(!decode(body, strlen(body), &form));
}
END_TEST

START_TEST(a_path_keeps_an_escaped_nul_and_what_is_no_escape) {
    static const struct {
        const char *text, *decoded;
    } cases[] = {
        {"/a%20b", "/a b"}, {"/%00x", "/%00x"}, {"/%", "/%"},     {"/%4", "/%4"},
        {"/%zz", "/%zz"},   {"/%41%42", "/AB"}, {"/a+b", "/a+b"}, {"", ""},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        char copy[32];
        strcpy(copy, cases[i].text);
        ck_assert_uint_eq(percent_decode_path(copy), strlen(cases[i].decoded));
        ck_assert_str_eq(copy, cases[i].decoded);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {names_and_values_are_decoded,
                                  a_nul_in_a_value_is_counted,
                                  an_empty_body_has_no_fields,
                                  a_percent_sign_without_two_digits_is_refused,
                                  one_field_more_than_the_most_is_refused,
                                  a_path_keeps_an_escaped_nul_and_what_is_no_escape};
    return suite_run("form", tests, SUITE_COUNT(tests));
}
