/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"
#include "web/field_rules.h"
#include <string.h>

START_TEST(good_names_are_kept_without_blanks_at_the_ends) {
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"Ada", "Ada"},
        {"  Ada Lovelace ", "Ada Lovelace"},
        {"O'Brien & S\xC3\xB6hne", "O'Brien & S\xC3\xB6hne"},
        {"{{name}}", "{{name}}"},
        {"a/b: c", "a/b: c"},
        {"www", "www"},
        {"\xF0\x9F\x8E\x89", "\xF0\x9F\x8E\x89"},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        char name[NAME_SIZE];
        const char *complaint = name_check(cases[i].text, strlen(cases[i].text), name);
        ck_assert_msg(complaint == NULL, "%s: %s", cases[i].text, complaint);
        ck_assert_str_eq(name, cases[i].name);
    }
}
END_TEST

START_TEST(bad_names_are_refused_with_the_reason) {
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {"", "Enter"},
        {"   ", "Enter"},
        {"a\nb", "cannot be shown"},
        {"a\r", "cannot be shown"},
        {"a\x7f", "cannot be shown"},
        {"a\xC2\x85", "cannot be shown"},
        {"\xE2\x80\xA8", "cannot be shown"},
        {"\xE2\x80\xAE"
         "a",
         "cannot be shown"},
        {"<b>", "< or >"},
        {"a>", "< or >"},
        {"http://x", "link"},
        {"see ://", "link"},
        {"WwW.x", "link"},
        {"\xff", "UTF-8"},
        {"\xC0\xAF", "UTF-8"},
        {"\xED\xA0\x80", "UTF-8"},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        char name[NAME_SIZE];
        const char *complaint = name_check(cases[i].text, strlen(cases[i].text), name);
        ck_assert_msg(complaint != NULL && strstr(complaint, cases[i].reason) != NULL, "%zu: %s", i,
                      complaint);
    }
    char name[NAME_SIZE];
    ck_assert_ptr_nonnull(name_check("a\0b", 3, name));
}
END_TEST

START_TEST(a_name_has_at_most_64_characters_whatever_their_bytes) {
    char text[4 * 65], name[NAME_SIZE];
    for (size_t i = 0; i < 65; i++)
        memcpy(text + 4 * i, "\xF0\x9D\x94\xB8", 4);
    ck_assert_ptr_null(name_check(text, (size_t)4 * 64, name));
    ck_assert_uint_eq(strlen(name), (size_t)4 * 64);
    ck_assert_ptr_nonnull(name_check(text, (size_t)4 * 65, name));
}
END_TEST

START_TEST(addresses_are_checked_and_trimmed) {
    struct mail_address address;
    ck_assert_ptr_null(email_check(" Ada@EXAMPLE.org ", 17, &address));
    ck_assert_str_eq(address.wire, "Ada@example.org");
    static const char *const bad[] = {
        "", " ", "ada", "ada@localhost", "ada@example.org\r\n", "a b@example.org"};
    for (size_t i = 0; i < SUITE_COUNT(bad); i++)
        ck_assert_msg(email_check(bad[i], strlen(bad[i]), &address) != NULL, "%s", bad[i]);
    ck_assert_ptr_nonnull(email_check("ada@example.org\0x", 17, &address));
}
END_TEST

START_TEST(spellings_of_one_mailbox_have_one_key) {
    struct mail_address address;
    char key[MAIL_ADDRESS_MAX + 1], other[MAIL_ADDRESS_MAX + 1];
    ck_assert_ptr_null(email_check("Ada.L@Example.ORG", 17, &address));
    address_key(&address, key);
    ck_assert_str_eq(key, "ada.l@example.org");
    ck_assert_ptr_null(email_check("ada.m@example.org", 17, &address));
    address_key(&address, other);
    ck_assert_str_ne(key, other);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        good_names_are_kept_without_blanks_at_the_ends,
        bad_names_are_refused_with_the_reason,
        a_name_has_at_most_64_characters_whatever_their_bytes,
        addresses_are_checked_and_trimmed,
        spellings_of_one_mailbox_have_one_key,
    };
    return suite_run("field_rules", tests, SUITE_COUNT(tests));
}
