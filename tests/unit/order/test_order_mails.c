/* SPDX-License-Identifier: Apache-2.0 */
#include "order_mails.h"
#include "suite.h"
#include <jansson.h>
#include <string.h>

static char confirmation[] = "order-confirmation", notice[] = "department-head";
static char *both[] = {confirmation, notice};

/* letters: P, S or F for each mail that was heard of, of templates "a", "b" … */
static struct order_mails heard(const char *letters) {
    struct order_mails mails = {.count = 0};
    for (size_t i = 0; letters[i] != '\0'; i++) {
        struct order_mail *mail = order_mails_add(&mails);
        mail->template_name[0] = (char)('a' + (int)i);
        mail->state = letters[i] == 'S' ? MAIL_SENT : letters[i] == 'F' ? MAIL_FAILED : MAIL_PENDING;
    }
    return mails;
}

static const struct {
    const char *mails;
    enum mail_state state;
} states[] = {
    {"", MAIL_PENDING},   {"P", MAIL_PENDING}, {"S", MAIL_SENT},    {"F", MAIL_FAILED},
    {"SP", MAIL_PENDING}, {"SS", MAIL_SENT},   {"SF", MAIL_FAILED}, {"PF", MAIL_FAILED},
};

START_TEST(an_order_failed_if_any_mail_did_and_is_sent_when_all_are) {
    for (size_t i = 0; i < SUITE_COUNT(states); i++) {
        const struct order_mails mails = heard(states[i].mails);
        ck_assert_msg(order_mails_state(&mails) == states[i].state, "%s", states[i].mails);
    }
}
END_TEST

START_TEST(what_was_not_heard_of_is_listed_as_pending_once) {
    const struct text_list expected = {.items = both, .count = 2};
    struct order_mails mails = {.count = 0};
    struct order_mail *mail = order_mails_add(&mails);
    strcpy(mail->template_name, notice);
    mail->state = MAIL_SENT;
    order_mails_expect(&mails, &expected);
    ck_assert_uint_eq(mails.count, 2);
    ck_assert_str_eq(mails.items[1].template_name, confirmation);
    ck_assert_int_eq(order_mails_state(&mails), MAIL_PENDING);
    order_mails_expect(&mails, &expected);
    ck_assert_uint_eq(mails.count, 2);
}
END_TEST

START_TEST(there_is_a_bound) {
    struct order_mails mails = {.count = 0};
    const struct text_list expected = {.items = both, .count = 2};
    for (size_t i = 0; i < ORDER_MAILS_MAX; i++)
        ck_assert_ptr_nonnull(order_mails_add(&mails));
    ck_assert_ptr_null(order_mails_add(&mails));
    order_mails_expect(&mails, &expected);
    ck_assert_uint_eq(mails.count, ORDER_MAILS_MAX);
}
END_TEST

START_TEST(what_is_rendered_is_json_with_what_is_known_only) {
    struct order_mails mails = {.count = 2};
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    mails.items[0] = (struct order_mail){.template_name = "a", .state = MAIL_PENDING};
    mails.items[1] = (struct order_mail){.reason = "say \"no\" \xC3", /* half a character */
                                         .enhanced_code = "5.1.1",
                                         .state = MAIL_FAILED,
                                         .attempts = 2,
                                         .smtp_code = 550,
                                         .updated_ms = INT64_C(1763700000000)};
    order_mails_render(&mails, &out);
    json_error_t error;
    json_t *rendered = json_loads(out.bytes, 0, &error);
    ck_assert_msg(rendered != NULL, "%s in %s", error.text, out.bytes);
    json_t *expected =
        json_pack("[{s:s, s:s}, {s:s, s:s, s:i, s:i, s:s, s:s}]", "state", "pending", "template", "a",
                  "state", "failed", "reason", "say \"no\" \xEF\xBF\xBD", "attempts", 2, "smtp_code", 550,
                  "enhanced_code", "5.1.1", "updated_at", "2025-11-21T04:40:00.000Z");
    ck_assert(json_equal(rendered, expected));
    json_decref(expected);
    json_decref(rendered);
    text_buffer_free(&out);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        an_order_failed_if_any_mail_did_and_is_sent_when_all_are,
        what_was_not_heard_of_is_listed_as_pending_once,
        there_is_a_bound,
        what_is_rendered_is_json_with_what_is_known_only,
    };
    return suite_run("order_mails", tests, SUITE_COUNT(tests));
}
