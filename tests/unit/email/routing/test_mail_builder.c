/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to its mails, by routes that each test writes. */
#include "delivery/mail_builder.h"
#include "fixture.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_UNIX_MS INT64_C(1800000000000)

static struct fixture fixture;
static struct email_settings settings;
static struct mail_builder *builder;
static struct record record;
static struct build_trouble trouble;
static rd_kafka_message_t message;
static char event[4096];

static void set_up(void) {
    static char from[] = "Shop <shop@example.org>", return_path[] = "bounces@example.org",
                domain[] = "example.org";
    fixture_set_up(&fixture);
    settings = (struct email_settings){
        .mail_from = from,
        .return_path = return_path,
        .message_id_domain = domain,
        .mail_variables = fixture.variables,
        .max_age_ms = 1000,
    };
    builder = mail_builder_new(&settings, &fixture.catalog);
    ck_assert_ptr_nonnull(builder);
    memset(&record, 0, sizeof record);
}

static void release(void) {
    record_drop_mails(&record);
    cloud_event_clear(&record.event);
}

static void tear_down(void) {
    release();
    mail_builder_free(builder);
    fixture_tear_down(&fixture);
}

/* only_mail: notify-mail of a record from a retry topic, or "". */
static enum build_verdict build_type(const char *type, const char *data, const char *only_mail) {
    release();
    ck_assert_int_lt(
        snprintf(event, sizeof event,
                 "{\"specversion\": \"1.0\", \"id\": \"7\", \"source\": \"/shop\", \"type\": \"%s\", "
                 "\"subject\": \"big\", \"data\": %s}",
                 type, data),
        (int)sizeof event);
    message = (rd_kafka_message_t){.payload = event, .len = strlen(event)};
    record = (struct record){.message = &message, .past_is_readable = true};
    snprintf(record.past.mail, sizeof record.past.mail, "%s", only_mail);
    memset(&trouble, 0, sizeof trouble);
    return mail_builder_build(builder, &record, NOW_UNIX_MS, &trouble);
}

static enum build_verdict build(const char *data) {
    return build_type(ORDER_TYPE, data, "");
}

static void load(const char *mails) {
    fixture_route(&fixture, mails);
    ck_assert_msg(fixture_load(&fixture), "%s", problem_list_text(&fixture.problems));
}

static void assert_has(size_t mail, const char *text) {
    ck_assert_uint_lt(mail, record.mail_count);
    ck_assert_msg(strstr(record.mails[mail].message.bytes, text) != NULL, "no \"%s\" in:\n%s", text,
                  record.mails[mail].message.bytes);
}

static void assert_lacks(size_t mail, const char *text) {
    ck_assert_ptr_null(strstr(record.mails[mail].message.bytes, text));
}

#define GREETING "{\"template\": \"greeting\", \"to\": \"{{data.email}}\", \"locale\": \"{{data.locale}}\"}"
#define NOTICE "{\"template\": \"notice\", \"to\": \"{{vars.head}}\", \"reply_to\": \"{{data.email}}\"}"

START_TEST(makes_every_mail_of_the_route) {
    load(GREETING ", " NOTICE);
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\", \"name\": \"Ada\"}"), BUILD_MAILS);
    ck_assert_uint_eq(record.mail_count, 2);
    ck_assert_str_eq(record.mails[0].recipient.wire, "ada@example.org");
    ck_assert_str_eq(record.mails[0].template_name, "greeting");
    assert_has(0, "From: Shop <shop@example.org>\r\n");
    assert_has(0, "Subject: Hello Ada\r\n");
    assert_lacks(0, "Reply-To:");
    ck_assert_str_eq(record.mails[1].smtp.recipient, "head@example.org");
    ck_assert_str_eq(record.mails[1].smtp.return_path, "bounces@example.org");
    assert_has(1, "Reply-To: ada@example.org\r\n");
    ck_assert_str_ne(record.mails[0].message_id, record.mails[1].message_id);
}
END_TEST

START_TEST(skips_a_type_without_a_route_unseen) {
    load(GREETING);
    ck_assert_int_eq(build_type("com.example.other.v1", "{\"email\": 7}", ""), BUILD_SKIPPED);
}
END_TEST

START_TEST(names_the_place_of_invalid_data_and_not_its_value) {
    load(GREETING);
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\", \"total\": {\"amount\": \"secret\"}}"),
                     BUILD_POISON);
    ck_assert_str_eq(trouble.reason, "invalid-data");
    ck_assert_ptr_nonnull(strstr(trouble.text, "/data/total/amount"));
    ck_assert_ptr_null(strstr(trouble.text, "secret"));
    ck_assert_int_eq(build("{}"), BUILD_POISON);
    ck_assert_str_eq(trouble.reason, "invalid-data");
    ck_assert_ptr_nonnull(strstr(trouble.text, "email"));
}
END_TEST

static const struct {
    const char *when;
    bool made;
} conditions[] = {
    {"true", true},
    {"false", false},
    {"{}", true},
    {"{\"properties\": {\"subject\": {\"const\": \"big\"}}}", true},
    {"{\"properties\": {\"subject\": {\"const\": \"small\"}}}", false},
    {"{\"properties\": {\"data\": {\"required\": [\"name\"]}}}", true},
    {"{\"properties\": {\"data\": {\"required\": [\"locale\"]}}}", false},
    {"{\"properties\": {\"data\": {\"properties\": {\"total\": {\"properties\": {\"amount\": {\"minimum\": "
     "500}}}}}}}",
     true},
    {"{\"properties\": {\"data\": {\"properties\": {\"total\": {\"properties\": {\"amount\": {\"minimum\": "
     "501}}}}}}}",
     false},
    /* What is added for templates is no part of the event. */
    {"{\"properties\": {\"data\": {\"properties\": {\"total\": {\"required\": [\"formatted\"]}}}}}", false},
};

START_TEST(makes_a_mail_only_when_the_event_satisfies_its_condition) {
    char mails[1000];
    snprintf(mails, sizeof mails,
             GREETING ", {\"template\": \"notice\", \"to\": \"{{vars.head}}\", \"when\": %s}",
             conditions[_i].when);
    load(mails);
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\", \"name\": \"Ada\", \"total\": {\"amount\": 500, "
                           "\"currency\": \"EUR\"}}"),
                     BUILD_MAILS);
    ck_assert_uint_eq(record.mail_count, conditions[_i].made ? 2 : 1);
}
END_TEST

START_TEST(an_event_whose_mails_are_all_left_out_is_skipped) {
    load("{\"template\": \"greeting\", \"to\": \"{{data.email}}\", \"when\": false},"
         "{\"template\": \"notice\", \"to\": \"{{#vars.nobody}}{{.}}{{/vars.nobody}}\"}");
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\"}"), BUILD_SKIPPED);
}
END_TEST

static const struct {
    const char *locale, *subject, *total;
} locales[] = {
    {"\"de\"", "Subject: Hallo Ada\r\n", "Summe 5,00=C2=A0=E2=82=AC"},
    {"\"de-DE\"", "Subject: Hallo Ada\r\n", "Summe 5,00=C2=A0=E2=82=AC"},
    {"\"DE_at\"", "Subject: Hallo Ada\r\n", "Summe =E2=82=AC=C2=A05,00"},
    {"\"en\"", "Subject: Hello Ada\r\n", "Total =E2=82=AC5.00"},
    {"\"fr\"", "Subject: Hello Ada\r\n", "Total 5,00=C2=A0=E2=82=AC"},
    {"\"\"", "Subject: Hello Ada\r\n", "Total =E2=82=AC5.00"},
    {"\"../de\"", "Subject: Hello Ada\r\n", "Total =E2=82=AC5.00"},
};

START_TEST(takes_template_and_money_in_the_locale_or_a_wider_one) {
    char data[300];
    load(GREETING);
    snprintf(
        data, sizeof data,
        "{\"email\": \"ada@example.org\", \"name\": \"Ada\", \"locale\": %s, \"total\": {\"amount\": 500, "
        "\"currency\": \"EUR\"}}",
        locales[_i].locale);
    ck_assert_int_eq(build(data), BUILD_MAILS);
    assert_has(0, locales[_i].subject);
    assert_has(0, locales[_i].total);
}
END_TEST

START_TEST(two_mails_of_an_event_have_money_each_in_its_language) {
    load(GREETING ", {\"template\": \"greeting\", \"to\": \"{{vars.head}}\", \"locale\": \"de\"}");
    ck_assert_int_eq(
        build("{\"email\": \"ada@example.org\", \"name\": \"Ada\", \"locale\": \"en\", \"total\": "
              "{\"amount\": 500, \"currency\": \"EUR\"}}"),
        BUILD_MAILS);
    assert_has(0, "Total =E2=82=AC5.00");
    assert_has(1, "Summe 5,00=C2=A0=E2=82=AC");
}
END_TEST

START_TEST(a_bad_address_spoils_its_own_mail_only) {
    load(GREETING ", " NOTICE);
    ck_assert_int_eq(build("{\"email\": \"not an address\", \"name\": \"Ada\"}"), BUILD_MAILS);
    ck_assert_uint_eq(record.mail_count, 2);
    ck_assert(record.mails[0].is_poison);
    ck_assert_str_eq(record.mails[0].failure.reason, "invalid-recipient");
    ck_assert_ptr_null(strstr(record.mails[0].failure.text, "not an"));
    ck_assert_str_ne(record.mails[0].message_id, "");
    ck_assert(record.mails[1].is_poison); /* its Reply-To is the same */
    ck_assert_str_eq(record.mails[1].failure.reason, "invalid-message");

    load(GREETING ", {\"template\": \"notice\", \"to\": \"{{vars.head}}\"}");
    ck_assert_int_eq(build("{\"email\": \"a@example.org\\r\\nBcc: b@example.org\"}"), BUILD_MAILS);
    ck_assert(record.mails[0].is_poison);
    ck_assert(!record.mails[1].is_poison);
    ck_assert_str_eq(record.mails[1].recipient.wire, "head@example.org");
}
END_TEST

static void copy_local_part(const struct mail *mail, char out[MESSAGE_ID_SIZE]) {
    snprintf(out, MESSAGE_ID_SIZE, "%.*s", (int)strcspn(mail->message_id, "@"), mail->message_id);
}

START_TEST(a_retried_record_makes_its_own_mail_only_and_the_same) {
    char id[MESSAGE_ID_SIZE], whole[MESSAGE_ID_SIZE];
    const char *data = "{\"email\": \"ada@example.org\", \"name\": \"Ada\"}";
    load(GREETING ", " NOTICE);
    ck_assert_int_eq(build(data), BUILD_MAILS);
    copy_local_part(&record.mails[1], id);
    memcpy(whole, record.mails[1].message_id, sizeof whole);
    ck_assert_int_eq(build_type(ORDER_TYPE, data, id), BUILD_MAILS);
    ck_assert_uint_eq(record.mail_count, 1);
    ck_assert_str_eq(record.mails[0].message_id, whole);
    ck_assert_str_eq(record.mails[0].template_name, "notice");
}
END_TEST

START_TEST(a_retried_record_whose_mail_is_no_more_is_poison) {
    load(GREETING);
    ck_assert_int_eq(build_type(ORDER_TYPE, "{\"email\": \"ada@example.org\"}", "nothing"), BUILD_POISON);
    ck_assert_str_eq(trouble.reason, "unknown-mail");
}
END_TEST

START_TEST(a_redriven_mail_is_found_again_when_its_address_was_mended) {
    char id[MESSAGE_ID_SIZE];
    const char *data = "{\"email\": \"ada@example.org\", \"name\": \"Ada\"}";
    json_object_set_new(fixture.variables, "nowhere", json_string("head"));
    load(GREETING ", {\"template\": \"notice\", \"to\": \"{{vars.nowhere}}{{^data.name}}@{{/data.name}}\"}");
    ck_assert_int_eq(build(data), BUILD_MAILS);
    ck_assert(record.mails[1].is_poison);
    copy_local_part(&record.mails[1], id);
    load(GREETING ", {\"template\": \"notice\", \"to\": \"{{vars.head}}\"}");
    ck_assert_int_eq(build_type(ORDER_TYPE, data, id), BUILD_MAILS);
    ck_assert_uint_eq(record.mail_count, 1);
    ck_assert_str_eq(record.mails[0].template_name, "notice");
    ck_assert(!record.mails[0].is_poison);
}
END_TEST

START_TEST(one_mail_is_made_for_a_template_and_a_recipient) {
    load(GREETING ", " GREETING ", {\"template\": \"greeting\", \"to\": \"{{vars.head}}\"}");
    ck_assert_int_eq(build("{\"email\": \"head@example.org\", \"name\": \"Ada\"}"), BUILD_MAILS);
    ck_assert_uint_eq(record.mail_count, 1);
}
END_TEST

START_TEST(a_route_may_have_a_sender_of_its_own) {
    load("{\"template\": \"notice\", \"to\": \"{{data.email}}\", \"from\": \"Orders <orders@example.org>\"}");
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\"}"), BUILD_MAILS);
    assert_has(0, "From: Orders <orders@example.org>\r\n");
    ck_assert_str_eq(record.mails[0].smtp.return_path, "bounces@example.org");
}
END_TEST

/* RFC 6531 §3.4: internationalised is what has such an address in its envelope or its headers. A domain is
 * written in A-labels, a name or a subject as encoded words: neither needs anything of the server. */
static const struct {
    const char *name, *mail_from, *return_path, *email, *reply_to;
    bool needs_it;
} addresses[] = {
    {"none", "Shop <shop@example.org>", "shop@example.org", "ada@example.org", "head@example.org", false},
    {"names", "Bücher <shop@example.org>", "shop@example.org", "ada@example.org", "Zoë <head@example.org>",
     false},
    {"domains", "shop@bücher.example", "shop@example.org", "ada@bücher.example", "head@bücher.example",
     false},
    {"recipient", "shop@example.org", "shop@example.org", "zoë@example.org", "head@example.org", true},
    {"From", "bücher@example.org", "shop@example.org", "ada@example.org", "head@example.org", true},
    {"return path", "shop@example.org", "bücher@example.org", "ada@example.org", "head@example.org", true},
    {"Reply-To", "shop@example.org", "shop@example.org", "ada@example.org", "zoë@example.org", true},
};

START_TEST(needs_smtputf8_when_an_address_of_envelope_or_headers_does) {
    char mail_from[64], return_path[64], data[200];
    snprintf(mail_from, sizeof mail_from, "%s", addresses[_i].mail_from);
    snprintf(return_path, sizeof return_path, "%s", addresses[_i].return_path);
    snprintf(data, sizeof data, "{\"email\": \"%s\", \"name\": \"%s\"}", addresses[_i].email,
             addresses[_i].reply_to);
    settings.mail_from = mail_from;
    settings.return_path = return_path;
    fixture_write(&fixture, "templates/notice/subject.txt", "Grüße");
    fixture_write(&fixture, "templates/notice/body.txt", "Schöne Grüße\n");
    load("{\"template\": \"notice\", \"to\": \"{{data.email}}\", \"reply_to\": \"{{data.name}}\"}");
    ck_assert_int_eq(build(data), BUILD_MAILS);
    ck_assert_msg(!record.mails[0].is_poison, "%s: %s", addresses[_i].name, record.mails[0].failure.text);
    ck_assert_msg(record.mails[0].smtp.needs_smtputf8 == addresses[_i].needs_it, "%s", addresses[_i].name);
}
END_TEST

START_TEST(unsubscribes_by_one_click_where_the_route_says_so) {
    load("{\"template\": \"notice\", \"to\": \"{{data.email}}\", \"list_unsubscribe\": "
         "\"https://example.org/u?who={{data.name}}\"}");
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\", \"name\": \"A&B>\\r\\nX: y\"}"), BUILD_MAILS);
    assert_has(0, "List-Unsubscribe: <https://example.org/u?who=A%26B%3E%0D%0AX%3A%20y>\r\n"
                  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");

    load("{\"template\": \"notice\", \"to\": \"{{data.email}}\", \"list_unsubscribe\": "
         "\"mailto:u@example.org\"}");
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\"}"), BUILD_MAILS);
    assert_has(0, "List-Unsubscribe: <mailto:u@example.org>\r\n");
    assert_lacks(0, "One-Click");

    load(NOTICE);
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\"}"), BUILD_MAILS);
    assert_lacks(0, "List-Unsubscribe");
}
END_TEST

START_TEST(an_unsafe_unsubscribe_uri_from_data_is_poison) {
    load("{\"template\": \"notice\", \"to\": \"{{data.email}}\", \"list_unsubscribe\": \"{{{data.name}}}\"}");
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\", \"name\": \"https://example.org/>, <x\"}"),
                     BUILD_MAILS);
    ck_assert(record.mails[0].is_poison);
    ck_assert_str_eq(record.mails[0].failure.reason, "invalid-message");
}
END_TEST

START_TEST(a_request_says_itself_what_to_mail) {
    load(GREETING);
    ck_assert_int_eq(build_type(REQUESTED_TYPE,
                                "{\"template\": \"greeting\", \"recipient\": \"ada@example.org\", "
                                "\"locale\": \"de\", \"name\": \"Ada\"}",
                                ""),
                     BUILD_MAILS);
    assert_has(0, "Subject: Hallo Ada\r\n");
    ck_assert_int_eq(
        build_type(REQUESTED_TYPE, "{\"template\": \"none\", \"recipient\": \"ada@example.org\"}", ""),
        BUILD_POISON);
    ck_assert_str_eq(trouble.reason, "unknown-template");
    ck_assert_int_eq(build_type(REQUESTED_TYPE, "{\"template\": \"greeting\", \"recipient\": \"ada\"}", ""),
                     BUILD_POISON);
    ck_assert_str_eq(trouble.reason, "invalid-recipient");
    ck_assert_int_eq(build_type(REQUESTED_TYPE, "{\"template\": \"greeting\"}", ""), BUILD_POISON);
    ck_assert_str_eq(trouble.reason, "invalid-data");
}
END_TEST

START_TEST(a_mail_borrows_nothing_from_a_catalog_that_is_replaced) {
    load(GREETING);
    ck_assert_int_eq(build("{\"email\": \"ada@example.org\", \"name\": \"Ada\"}"), BUILD_MAILS);
    fixture_write(&fixture, "routes.json", "{\"routes\": []}");
    ck_assert(fixture_load(&fixture));
    ck_assert_str_eq(record.mails[0].template_name, "greeting");
    ck_assert_ptr_eq(record.mails[0].smtp.message, record.mails[0].message.bytes);
    ck_assert_str_eq(record.mails[0].smtp.recipient, "ada@example.org");
    assert_has(0, "Hello Ada");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mail_builder");
    TCase *building = tcase_create("building");
    tcase_add_checked_fixture(building, set_up, tear_down);
    tcase_add_test(building, makes_every_mail_of_the_route);
    tcase_add_test(building, skips_a_type_without_a_route_unseen);
    tcase_add_test(building, names_the_place_of_invalid_data_and_not_its_value);
    tcase_add_loop_test(building, makes_a_mail_only_when_the_event_satisfies_its_condition, 0,
                        sizeof conditions / sizeof conditions[0]);
    tcase_add_test(building, an_event_whose_mails_are_all_left_out_is_skipped);
    tcase_add_loop_test(building, takes_template_and_money_in_the_locale_or_a_wider_one, 0,
                        sizeof locales / sizeof locales[0]);
    tcase_add_test(building, two_mails_of_an_event_have_money_each_in_its_language);
    tcase_add_test(building, a_bad_address_spoils_its_own_mail_only);
    tcase_add_test(building, a_retried_record_makes_its_own_mail_only_and_the_same);
    tcase_add_test(building, a_retried_record_whose_mail_is_no_more_is_poison);
    tcase_add_test(building, a_redriven_mail_is_found_again_when_its_address_was_mended);
    tcase_add_test(building, one_mail_is_made_for_a_template_and_a_recipient);
    tcase_add_test(building, a_route_may_have_a_sender_of_its_own);
    tcase_add_loop_test(building, needs_smtputf8_when_an_address_of_envelope_or_headers_does, 0,
                        sizeof addresses / sizeof addresses[0]);
    tcase_add_test(building, unsubscribes_by_one_click_where_the_route_says_so);
    tcase_add_test(building, an_unsafe_unsubscribe_uri_from_data_is_poison);
    tcase_add_test(building, a_request_says_itself_what_to_mail);
    tcase_add_test(building, a_mail_borrows_nothing_from_a_catalog_that_is_replaced);
    suite_add_tcase(suite, building);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
