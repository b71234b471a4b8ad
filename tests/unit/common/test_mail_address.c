/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mail_address.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

START_TEST(good_addresses_are_taken_and_normalised) {
    static const struct {
        const char *text;
        const char *wire; /* A-labels by the Python codec "idna" and the examples of RFC 5891 ff. */
        bool needs_smtputf8;
    } addresses[] = {
        {"ada@example.org", "ada@example.org", false},
        {"Ada.Lovelace+tag@EXAMPLE.Org", "Ada.Lovelace+tag@example.org", false},
        {"a@b.co", "a@b.co", false},
        {"!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org", false},
        {"\"ada lovelace\"@example.org", "\"ada lovelace\"@example.org", false},
        {"\"a@b\"@example.org", "\"a@b\"@example.org", false},
        {"\"a\\\"b\\\\\"@example.org", "\"a\\\"b\\\\\"@example.org", false},
        {"\"..\"@example.org", "\"..\"@example.org", false},
        {"ada@sub-domain.example-1.org", "ada@sub-domain.example-1.org", false},
        {"ada@1.example.org", "ada@1.example.org", false},
        {"ada@r3---sn.example.org", "ada@r3---sn.example.org", false},
        {A63 "b@example.org", A63 "b@example.org", false},
        {"ada@" A63 ".org", "ada@" A63 ".org", false},
        {"ada@m\xC3\xBCnchen.example", "ada@xn--mnchen-3ya.example", false},
        {"ada@M\xC3\x9CNCHEN.example", "ada@xn--mnchen-3ya.example", false},
        {"ada@xn--mnchen-3ya.example", "ada@xn--mnchen-3ya.example", false},
        {"ada@fa\xC3\x9F.example", "ada@xn--fa-hia.example", false}, /* IDNA 2008 keeps the sharp s */
        {"ada@\xE4\xBE\x8B\xE3\x81\x88.example", "ada@xn--r8jz45g.example", false},
        {"\xC3\xA9mile@example.org", "\xC3\xA9mile@example.org", true},
        {"\"\xC3\xA9 mile\"@example.org", "\"\xC3\xA9 mile\"@example.org", true},
    };
    for (size_t i = 0; i < SUITE_COUNT(addresses); i++) {
        struct mail_address address;
        const char *text = addresses[i].text;
        enum mail_address_verdict verdict = mail_address_parse(text, strlen(text), &address);
        ck_assert_msg(verdict == MAIL_ADDRESS_OK, "%s %s", text, mail_address_verdict_text(verdict));
        ck_assert_str_eq(address.wire, addresses[i].wire);
        ck_assert_int_eq(address.needs_smtputf8, addresses[i].needs_smtputf8);
        ck_assert_int_eq(mail_address_parse(text, strlen(text), NULL), MAIL_ADDRESS_OK);
        /* What was normalised is normal. */
        struct mail_address again;
        ck_assert_int_eq(mail_address_parse(address.wire, strlen(address.wire), &again), MAIL_ADDRESS_OK);
        ck_assert_str_eq(again.wire, address.wire);
    }
}
END_TEST

#define BAD(text, verdict)                                                                                   \
    { text, sizeof(text) - 1, verdict }

START_TEST(bad_addresses_are_refused_for_the_right_reason) {
    static const struct {
        const char *text;
        size_t size;
        enum mail_address_verdict verdict;
    } addresses[] = {
        BAD("", MAIL_ADDRESS_EMPTY),
        BAD("ada", MAIL_ADDRESS_NO_AT),
        BAD("\"ada\"", MAIL_ADDRESS_NO_AT),
        /* controls, wherever they stand */
        BAD("ada@example.org\r\nRCPT TO:<eve@example.org>", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("ada\r\n@example.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("\"ada\r\n\"@example.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("\"ada\\\n\"@example.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("ada@example.org\n", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("\tada@example.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("ada\0@example.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("ada@example.org\0", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("ada@exam\x7Fple.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("a\x01@example.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("a\xC2\x85@example.org", MAIL_ADDRESS_BAD_CHARACTER),     /* NEL */
        BAD("a\xE2\x80\xA8@example.org", MAIL_ADDRESS_BAD_CHARACTER), /* U+2028 */
        BAD("a\xE2\x80\xA9@example.org", MAIL_ADDRESS_BAD_CHARACTER), /* U+2029 */
        BAD("a\xE2\x80\xAE@example.org", MAIL_ADDRESS_BAD_CHARACTER), /* right-to-left override */
        BAD("ada@exam\xE2\x80\xAEple.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("a\xE2\x81\xA6@example.org", MAIL_ADDRESS_BAD_CHARACTER),   /* isolate */
        BAD("ada@exam\xE2\x80\x8Bple.org", MAIL_ADDRESS_BAD_CHARACTER), /* zero width space */
        BAD("a\xC2\xA0"
            "b@example.org",
            MAIL_ADDRESS_BAD_CHARACTER), /* no-break space */
        BAD("\xEF\xBB\xBF"
            "ada@example.org",
            MAIL_ADDRESS_BAD_CHARACTER), /* byte order mark */
        /* invalid UTF-8 */
        BAD("a\xC0\xBC@example.org", MAIL_ADDRESS_BAD_CHARACTER),     /* an overlong < */
        BAD("a\xE0\x80\x8D@example.org", MAIL_ADDRESS_BAD_CHARACTER), /* an overlong CR */
        BAD("a\xFF@example.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("a\xC3@example.org", MAIL_ADDRESS_BAD_CHARACTER),
        BAD("a\xED\xA0\x80@example.org", MAIL_ADDRESS_BAD_CHARACTER), /* a surrogate */
        /* before the @ */
        BAD("@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD(".ada@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("ada.@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("a..b@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("a b@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("a@b@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("<ada@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("Ada <ada@example.org>", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("ada,eve@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("ada@example.org,eve@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("ada(comment)@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("a\"b\"@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("\"a\"b@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("\"a@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("\"a\\\"@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("\"a\\\xC3\xA9\"@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("a\\@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD(A63 "bc@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        BAD("mailto:ada@example.org", MAIL_ADDRESS_BAD_LOCAL_PART),
        /* behind it */
        BAD("ada@", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@.org", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@example.org.", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@example..org", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@-example.org", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@example-.org", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@exa_mple.org", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@exa mple.org", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@example.org>", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@example.org> SIZE=1", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@example.org%0d%0aDATA", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@[192.0.2.1]", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@[IPv6:2001:db8::1]", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@192.0.2.1", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@example.123", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@" A63 "b.org", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("\"a@b\"@c@example.org", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@xn--a.example", MAIL_ADDRESS_BAD_DOMAIN), /* no punycode of anything */
        BAD("ada@xn--a-.example", MAIL_ADDRESS_BAD_DOMAIN),
        BAD("ada@\xEF\xBC\x85.example", MAIL_ADDRESS_BAD_DOMAIN), /* a full-width % */
        BAD("ada@\xE2\x98\x83.example", MAIL_ADDRESS_BAD_DOMAIN), /* a snowman: no letter for IDNA 2008 */
        BAD("ada@localhost", MAIL_ADDRESS_DOMAIN_WITHOUT_DOT),
        BAD("ada@com", MAIL_ADDRESS_DOMAIN_WITHOUT_DOT),
    };
    for (size_t i = 0; i < SUITE_COUNT(addresses); i++) {
        struct mail_address address;
        enum mail_address_verdict verdict =
            mail_address_parse(addresses[i].text, addresses[i].size, &address);
        ck_assert_msg(verdict == addresses[i].verdict, "%s: %s, not: %s", addresses[i].text,
                      mail_address_verdict_text(verdict), mail_address_verdict_text(addresses[i].verdict));
    }
}
END_TEST

START_TEST(two_hundred_and_fifty_four_bytes_are_the_most) {
    char text[300];
    /* 64 + 1 + 63 + 1 + 63 + 1 + 61 = 254 */
    snprintf(text, sizeof text, "%sb@%s.%s.%.61s", A63, A63, A63, A63);
    ck_assert_uint_eq(strlen(text), 254);
    ck_assert_int_eq(mail_address_parse(text, strlen(text), NULL), MAIL_ADDRESS_OK);
    snprintf(text, sizeof text, "%sb@%s.%s.%.62s", A63, A63, A63, A63);
    ck_assert_int_eq(mail_address_parse(text, strlen(text), NULL), MAIL_ADDRESS_TOO_LONG);
}
END_TEST

START_TEST(a_domain_that_grows_too_long_as_a_labels_is_refused) {
    /* 12 labels of three letters o with umlaut: 6 bytes each, 12 or more as xn--… */
    char text[300] = "";
    size_t used = (size_t)snprintf(text, sizeof text, "%sb@", A63);
    while (used < 235)
        used += (size_t)snprintf(text + used, sizeof text - used, "\xC3\xB6\xC3\xB6.");
    snprintf(text + used, sizeof text - used, "example");
    ck_assert_uint_le(strlen(text), 254);
    ck_assert_int_ne(mail_address_parse(text, strlen(text), NULL), MAIL_ADDRESS_OK);
}
END_TEST

START_TEST(the_text_may_end_without_a_nul) {
    char *exact = malloc(15); /* so that the address sanitizer sees a read behind it */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, "ada@example.org", 15);
    ck_assert_int_eq(mail_address_parse(exact, 15, NULL), MAIL_ADDRESS_OK);
    memcpy(exact, "\"aaaaaaaaaaaaa\\", 15);
    ck_assert_int_eq(mail_address_parse(exact, 15, NULL), MAIL_ADDRESS_BAD_LOCAL_PART);
    memcpy(exact, "aaaaaaaaaaaaa\xF0\x9F", 15);
    ck_assert_int_eq(mail_address_parse(exact, 15, NULL), MAIL_ADDRESS_BAD_CHARACTER);
    free(exact);
}
END_TEST

START_TEST(every_verdict_has_a_text_of_its_own) {
    for (int one = MAIL_ADDRESS_OK; one <= MAIL_ADDRESS_DOMAIN_WITHOUT_DOT; one++) {
        ck_assert_uint_gt(strlen(mail_address_verdict_text((enum mail_address_verdict)one)), 0);
        for (int other = MAIL_ADDRESS_OK; other < one; other++)
            ck_assert_str_ne(mail_address_verdict_text((enum mail_address_verdict)one),
                             mail_address_verdict_text((enum mail_address_verdict)other));
    }
}
END_TEST

START_TEST(addresses_in_the_words_of_others_are_masked) {
    static const char *const texts[][2] = {
        {"550 5.1.1 <ada.lovelace@example.org>: unknown", "550 5.1.1 <***@example.org>: unknown"},
        {"a@b.org and cc+tag@d.org", "*@b.org and ***@d.org"},
        {"no address here", "no address here"},
        {"@", "@"},
        {"", ""},
        {"x@@y", "**@y"},
        {"to=j\xC3\xBCrgen@example.org", "to=***@example.org"},
    };
    for (size_t i = 0; i < SUITE_COUNT(texts); i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", texts[i][0]);
        mail_address_mask(text);
        ck_assert_str_eq(text, texts[i][1]);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        good_addresses_are_taken_and_normalised,
        bad_addresses_are_refused_for_the_right_reason,
        two_hundred_and_fifty_four_bytes_are_the_most,
        a_domain_that_grows_too_long_as_a_labels_is_refused,
        the_text_may_end_without_a_nul,
        every_verdict_has_a_text_of_its_own,
        addresses_in_the_words_of_others_are_masked,
    };
    return suite_run("mail_address", tests, SUITE_COUNT(tests));
}
