/* SPDX-License-Identifier: Apache-2.0 */
/* The composer's exact bytes in small cases; test_roundtrip.py tries the large and the random ones. */
#include "compose/message.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct text_buffer out;
static struct error error;

static void set_up(void) {
    out = TEXT_BUFFER_EMPTY;
    memset(&error, 0, sizeof error);
}

static void tear_down(void) {
    text_buffer_free(&out);
}

static struct message_parts plain_mail(void) {
    return (struct message_parts){
        .from = "Example Shop <noreply@example.org>",
        .to = "user@example.com",
        .subject = "Hello",
        .message_id = "abc@example.org",
        .date_unix_ms = 1700000000000, /* Tue, 14 Nov 2023 22:13:20 UTC, by date(1) */
        .text = "Hi.\n",
        .text_size = 4,
    };
}

static void assert_composes(const struct message_parts *parts) {
    ck_assert_msg(message_compose(parts, &out, &error), "%s", error.text);
}

static void assert_contains(const char *text) {
    ck_assert_msg(strstr(out.bytes, text) != NULL, "no [%s] in:\n%s", text, out.bytes);
}

START_TEST(a_text_mail_is_these_bytes) {
    struct message_parts parts = plain_mail();
    assert_composes(&parts);
    ck_assert_str_eq(out.bytes, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                                "From: Example Shop <noreply@example.org>\r\n"
                                "To: user@example.com\r\n"
                                "Subject: Hello\r\n"
                                "Message-ID: <abc@example.org>\r\n"
                                "MIME-Version: 1.0\r\n"
                                "Content-Type: text/plain; charset=utf-8\r\n"
                                "Content-Transfer-Encoding: 7bit\r\n"
                                "\r\n"
                                "Hi.\r\n");
}
END_TEST

START_TEST(a_mail_with_html_is_these_bytes) {
    static const struct message_header extra[] = {{"Auto-Submitted", "auto-generated"}, {NULL, NULL}};
    struct message_parts parts = plain_mail();
    parts.text = "Gr\xC3\xBC\xC3\x9F"
                 "e \n.";
    parts.text_size = strlen(parts.text);
    parts.html = "<p>Hi</p>";
    parts.html_size = strlen(parts.html);
    parts.reply_to = "office@example.org";
    parts.extra = extra;
    assert_composes(&parts);
    const char *boundary = strstr(out.bytes, "boundary=\"");
    ck_assert_ptr_nonnull(boundary);
    char expected[2048], name[64];
    ck_assert_int_eq(sscanf(boundary, "boundary=\"%63[^\"]", name), 1);
    snprintf(expected, sizeof expected,
             "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
             "From: Example Shop <noreply@example.org>\r\n"
             "Reply-To: office@example.org\r\n"
             "To: user@example.com\r\n"
             "Subject: Hello\r\n"
             "Message-ID: <abc@example.org>\r\n"
             "Auto-Submitted: auto-generated\r\n"
             "MIME-Version: 1.0\r\n"
             "Content-Type: multipart/alternative; boundary=\"%s\"\r\n"
             "\r\n--%s\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "\r\n"
             "Gr=C3=BC=C3=9Fe=20\r\n"
             "."
             "\r\n--%s\r\n"
             "Content-Type: text/html; charset=utf-8\r\n"
             "Content-Transfer-Encoding: 7bit\r\n"
             "\r\n"
             "<p>Hi</p>"
             "\r\n--%s--\r\n",
             name, name, name, name);
    ck_assert_str_eq(out.bytes, expected);
}
END_TEST

START_TEST(the_same_mail_has_the_same_bytes) {
    struct message_parts parts = plain_mail();
    parts.html = "x";
    parts.html_size = 1;
    assert_composes(&parts);
    char *first = strdup(out.bytes);
    ck_assert_ptr_nonnull(first);
    assert_composes(&parts);
    ck_assert_str_eq(out.bytes, first);
    free(first);
}
END_TEST

static const struct {
    const char *from, *line;
} senders[] = {
    {"noreply@example.org", "From: noreply@example.org\r\n"},
    {" <noreply@example.org> ", "From: noreply@example.org\r\n"},
    {"Shop <noreply@example.org>", "From: Shop <noreply@example.org>\r\n"},
    {"Shop, Inc. <noreply@example.org>", "From: \"Shop, Inc.\" <noreply@example.org>\r\n"},
    {"\"Shop, Inc.\" <noreply@example.org>", "From: \"Shop, Inc.\" <noreply@example.org>\r\n"},
    {"\"A \\\"B\\\" <c@d>\" <noreply@example.org>", "From: \"A \\\"B\\\" <c@d>\" <noreply@example.org>\r\n"},
    {"K\xC3\xB6ln am Rhein <noreply@example.org>",
     "From: =?UTF-8?Q?K=C3=B6ln_am_Rhein?= <noreply@example.org>\r\n"},
    {"Shop <noreply@EXAMPLE.org>", "From: Shop <noreply@example.org>\r\n"},
    {"Shop <noreply@b\xC3\xBC"
     "cher.example>",
     "From: Shop <noreply@xn--bcher-kva.example>\r\n"},
};

START_TEST(writes_the_sender) {
    struct message_parts parts = plain_mail();
    parts.from = senders[_i].from;
    assert_composes(&parts);
    assert_contains(senders[_i].line);
}
END_TEST

static const struct {
    const char *subject, *lines;
} subjects[] = {
    {"", "Subject: \r\nMessage-ID"},
    {"a\r\nBcc: x@example.org", "Subject: a Bcc: x@example.org\r\n"},
    {"a\nb\rc\td\x01"
     "e\x7F"
     "f\xC2\x85g\xE2\x80\xA8h",
     "Subject: a b c d e f g h\r\n"},
    {" \n a \n ", "Subject: a\r\n"},
    {"a  b", "Subject: =?UTF-8?Q?a__b?=\r\n"},
    {"=?UTF-8?Q?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n"},
    {"gr\xC3\xBC dich heute", "Subject: =?UTF-8?Q?gr=C3=BC_dich_heute?=\r\n"},
    {"\xE4\xBD\xA0\xE5\xA5\xBD", "Subject: =?UTF-8?B?5L2g5aW9?=\r\n"},
    {"one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
     "Subject: one two three four five six seven eight nine ten eleven twelve\r\n thirteen fourteen\r\n"},
};

START_TEST(writes_the_subject) {
    struct message_parts parts = plain_mail();
    parts.subject = subjects[_i].subject;
    assert_composes(&parts);
    assert_contains(subjects[_i].lines);
    ck_assert_ptr_null(strstr(out.bytes, "\nBcc"));
}
END_TEST

static const struct {
    const char *text, *encoding, *body;
} bodies[] = {
    {"a\rb", "quoted-printable", "\r\n\r\na\r\nb\r\n"},
    {"a\tb\n", "7bit", "\r\n\r\na\tb\r\n"},
    {"a \r\nb\n", "7bit", "\r\n\r\na \r\nb\r\n"},
    {"From me\n", "quoted-printable", "\r\n\r\n=46rom me\r\n"},
    {"--=_x\n", "quoted-printable", "\r\n\r\n--=3D_x\r\n"},
    {"\x7F\n", "quoted-printable", "\r\n\r\n=7F\r\n"},
    {"\xC3\xA9 \n\t\n", "quoted-printable", "\r\n\r\n=C3=A9=20\r\n=09\r\n"},
    {"", "7bit", "7bit\r\n\r\n"},
};

START_TEST(encodes_the_body) {
    struct message_parts parts = plain_mail();
    parts.text = bodies[_i].text;
    parts.text_size = strlen(bodies[_i].text);
    assert_composes(&parts);
    assert_contains(bodies[_i].encoding);
    const char *body = strstr(out.bytes, "\r\n\r\n");
    size_t body_size = strlen(body), expected_size = strlen(bodies[_i].body);
    ck_assert_uint_ge(out.size, expected_size);
    ck_assert_msg(strcmp(out.bytes + out.size - expected_size, bodies[_i].body) == 0, "got [%.*s]",
                  (int)body_size, body);
}
END_TEST

START_TEST(lines_of_998_octets_stay_and_longer_ones_are_folded) {
    enum { LIMIT = 998 };
    char line[LIMIT + 2];
    memset(line, 'x', sizeof line);
    struct message_parts parts = plain_mail();
    parts.text = line;
    parts.text_size = LIMIT;
    assert_composes(&parts);
    assert_contains("7bit");
    parts.text_size = LIMIT + 1;
    assert_composes(&parts);
    assert_contains("quoted-printable");
    assert_contains("x=\r\nx");
}
END_TEST

static const struct {
    const char *part, *value, *error;
} refusals[] = {
    {"from", "Shop <>", "the header From: the address "},
    {"from", "Shop\r\nBcc: x <a@example.org>",
     "the header From: the name before the address has a control character"},
    {"from", "\xFF <a@example.org>", "the header From: the name before the address is not UTF-8"},
    {"from", "a@example.org>", "the header From: the address has a \">\", but no \"<\" outside of quotes"},
    {"from", "a@example.org\r\nBcc: b@example.org", "the header From: the address "},
    {"reply_to", "nobody", "the header Reply-To: the address has no @"},
    {"to", "a@example.com, b@example.com", "the recipient's address "},
    {"to", "Name <a@example.com>", "the recipient's address "},
    {"to", "a@example.com>\r\nX: y", "the recipient's address "},
    {"subject", "\xC3", "the subject is not UTF-8 at octet 0"},
    {"message_id", "a@b>\r\nX: y <", "the Message-ID is none by RFC 5322"},
    {"message_id", "ab", "the Message-ID is none by RFC 5322"},
    {"text", "a\xFF", "the text body is not UTF-8"},
    {"html", "\xED\xA0\x80", "the HTML body is not UTF-8"},
    {"X-A", "1\r\nBcc: b@example.org", "the header X-A has a control character at octet 1"},
    {"X-A", "\x80", "the header X-A is not UTF-8 at octet 0"},
    {"bcc", "b@example.org", "the header bcc cannot be set"},
    {"content-type", "text/html", "the header content-type cannot be set"},
    {"X A", "1", "the header X A cannot be set"},
    {"X:A", "1", "the header X:A cannot be set"},
    {"", "1", "the header  cannot be set"},
};

START_TEST(refuses_and_names_the_part) {
    struct message_parts parts = plain_mail();
    const char *part = refusals[_i].part, *value = refusals[_i].value;
    struct message_header extra[2] = {{NULL, NULL}, {NULL, NULL}};
    parts.extra = extra;
    if (strcmp(part, "from") == 0) {
        parts.from = value;
    } else if (strcmp(part, "reply_to") == 0) {
        parts.reply_to = value;
    } else if (strcmp(part, "to") == 0) {
        parts.to = value;
    } else if (strcmp(part, "subject") == 0) {
        parts.subject = value;
    } else if (strcmp(part, "message_id") == 0) {
        parts.message_id = value;
    } else if (strcmp(part, "text") == 0) {
        parts.text = value;
        parts.text_size = strlen(value);
    } else if (strcmp(part, "html") == 0) {
        parts.html = value;
        parts.html_size = strlen(value);
    } else {
        extra[0] = (struct message_header){part, value};
    }
    ck_assert(!message_compose(&parts, &out, &error));
    ck_assert_msg(strncmp(error.text, refusals[_i].error, strlen(refusals[_i].error)) == 0, "got: %s",
                  error.text);
}
END_TEST

START_TEST(a_subject_too_long_is_refused) {
    char subject[MESSAGE_VALUE_MAX + 2];
    memset(subject, 'x', sizeof subject);
    subject[sizeof subject - 1] = '\0';
    struct message_parts parts = plain_mail();
    parts.subject = subject;
    ck_assert(!message_compose(&parts, &out, &error));
    ck_assert_str_eq(error.text, "the subject has 4097 octets, more than 4096");
}
END_TEST

START_TEST(an_address_in_utf8_stays_as_it_is) {
    struct message_parts parts = plain_mail();
    parts.to = "j\xC3\xB6rg@b\xC3\xBC"
               "cher.example";
    assert_composes(&parts);
    assert_contains("To: j\xC3\xB6rg@xn--bcher-kva.example\r\n");
}
END_TEST

START_TEST(a_message_id_is_that_hash_and_differs_with_each_part) {
    /* printf 'shop\0001\000user@example.com\000welcome\000' | sha256sum, in base64url */
    static const char expected[] = "_Jl_qhSUTYjMtOjw1D7jDWZNy-6f7fOo2lVb6qINaqo@example.org";
    char id[MESSAGE_ID_SIZE], other[MESSAGE_ID_SIZE];
    ck_assert(message_id_derive("shop", "1", "user@example.com", "welcome", "example.org", id));
    ck_assert_str_eq(id, expected);
    static const char *const variants[][5] = {
        {"shop1", "", "user@example.com", "welcome", "example.org"},
        {"sho", "p1", "user@example.com", "welcome", "example.org"},
        {"shop", "2", "user@example.com", "welcome", "example.org"},
        {"shop", "1", "user@example.co", "mwelcome", "example.org"},
        {"shop", "1", "user@example.com", "welcome2", "example.org"},
        {"shop", "1", "user@example.com", "welcome", "example.com"},
    };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const char *const *v = variants[i];
        ck_assert(message_id_derive(v[0], v[1], v[2], v[3], v[4], other));
        ck_assert_str_ne(id, other);
    }
}
END_TEST

START_TEST(a_message_id_needs_a_domain) {
    char id[MESSAGE_ID_SIZE];
    ck_assert(!message_id_derive("s", "1", "a", "t", "", id));
    ck_assert(!message_id_derive("s", "1", "a", "t", "a>\r\nX: y", id));
}
END_TEST

START_TEST(tells_the_address_of_a_mailbox) {
    char address[256];
    ck_assert(message_mailbox_address("Shop <noreply@Example.org>", address, &error));
    ck_assert_str_eq(address, "noreply@example.org");
    ck_assert(message_mailbox_address("\"a<b\"@example.org", address, &error));
    ck_assert_str_eq(address, "\"a<b\"@example.org");
    ck_assert(!message_mailbox_address("", address, &error));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("message");
    TCase *composing = tcase_create("composing");
    tcase_add_checked_fixture(composing, set_up, tear_down);
    tcase_add_test(composing, a_text_mail_is_these_bytes);
    tcase_add_test(composing, a_mail_with_html_is_these_bytes);
    tcase_add_test(composing, the_same_mail_has_the_same_bytes);
    tcase_add_loop_test(composing, writes_the_sender, 0, sizeof senders / sizeof *senders);
    tcase_add_loop_test(composing, writes_the_subject, 0, sizeof subjects / sizeof *subjects);
    tcase_add_loop_test(composing, encodes_the_body, 0, sizeof bodies / sizeof *bodies);
    tcase_add_test(composing, lines_of_998_octets_stay_and_longer_ones_are_folded);
    tcase_add_test(composing, an_address_in_utf8_stays_as_it_is);
    suite_add_tcase(suite, composing);
    TCase *refusing = tcase_create("refusing");
    tcase_add_checked_fixture(refusing, set_up, tear_down);
    tcase_add_loop_test(refusing, refuses_and_names_the_part, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(refusing, a_subject_too_long_is_refused);
    suite_add_tcase(suite, refusing);
    TCase *naming = tcase_create("naming");
    tcase_add_checked_fixture(naming, set_up, tear_down);
    tcase_add_test(naming, a_message_id_is_that_hash_and_differs_with_each_part);
    tcase_add_test(naming, a_message_id_needs_a_domain);
    tcase_add_test(naming, tells_the_address_of_a_mailbox);
    suite_add_tcase(suite, naming);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
