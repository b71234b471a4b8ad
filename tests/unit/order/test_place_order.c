/* SPDX-License-Identifier: Apache-2.0 */
/* What orders and statuses do to a real SQLite file, read back by plain SQL. */
#include "place_order.h"
#include "suite.h"
#include "temp_store.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define HOUR (INT64_C(3600) * 1000)
#define START INT64_C(1800000000000)

static struct temp_store temp;
static struct store *store;
static sqlite3 *observer;

static void open_store(void) {
    temp_store_open(&temp, store_open_sqlite, &store, &observer);
}

static void close_store(void) {
    temp_store_close(&temp, store, observer);
}

static int count(const char *table) {
    char text[128];
    sqlite3_stmt *statement = NULL;
    snprintf(text, sizeof text, "SELECT count(*) FROM %s", table);
    ck_assert_int_eq(sqlite3_prepare_v2(observer, text, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    int result = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return result;
}

/* key and body stand for their digests. The event's size is padded to about this many bytes. */
static struct place_order place(uint8_t key, uint8_t body, int64_t now_ms, size_t padding) {
    struct error error = {0};
    struct place_order order = {
        .settings = {.event_source = "/order", .topic = "orders", .public_url = "https://example.org"},
        .now_ms = now_ms,
    };
    order.key.key[0] = key;
    order.key.fingerprint[0] = body;
    char *text = calloc(1, padding + 1);
    memset(text, 'x', padding);
    json_t *data = json_pack("{s:s}", "text", text);
    free(text);
    ck_assert_msg(place_order_prepare(&order, data, &error), "%s", error.text);
    json_decref(data);
    ck_assert_msg(store->operations->begin(store, &error), "%s", error.text);
    ck_assert_msg(place_order_run(&order, store, &error), "%s", error.text);
    ck_assert_msg(store->operations->commit(store, &error), "%s", error.text);
    return order;
}

START_TEST(an_order_is_stored_with_its_event_and_its_key) {
    struct place_order order = place(1, 1, START, 10);
    ck_assert_int_eq(order.outcome, PLACE_ORDER_DONE);
    ck_assert_str_eq(order.key.order_id, order.order_id);
    char answer[256];
    snprintf(answer, sizeof answer, "{\"id\":\"%s\",\"status_url\":\"https://example.org/orders/%s\"}\n",
             order.order_id, order.order_id);
    ck_assert_str_eq(order.key.answer, answer);
    ck_assert_int_eq(count("placed_order"), 1);
    ck_assert_int_eq(count("idempotency"), 1);
    ck_assert_int_eq(count("notify_outbox WHERE topic = 'orders' AND json_extract(event, '$.subject') ="
                           " (SELECT id FROM placed_order) AND json_extract(event, '$.data.order_id') ="
                           " (SELECT id FROM placed_order)"),
                     1);
    place_order_finish(&order);
}
END_TEST

START_TEST(the_same_request_gets_the_same_answer_and_places_nothing) {
    struct place_order first = place(1, 1, START, 10), second = place(1, 1, START + 24 * HOUR - 1, 10);
    ck_assert_int_eq(second.outcome, PLACE_ORDER_REPEATED);
    ck_assert_str_eq(second.key.order_id, first.order_id);
    ck_assert_str_eq(second.key.answer, first.key.answer);
    ck_assert_int_eq(count("placed_order"), 1);
    ck_assert_int_eq(count("notify_outbox"), 1);
    place_order_finish(&first);
    place_order_finish(&second);
}
END_TEST

START_TEST(a_key_is_not_taken_for_another_body) {
    struct place_order first = place(1, 1, START, 10), second = place(1, 2, START, 10),
                       third = place(2, 1, START, 10);
    ck_assert_int_eq(second.outcome, PLACE_ORDER_KEY_TAKEN);
    ck_assert_int_eq(third.outcome, PLACE_ORDER_DONE);
    ck_assert_int_eq(count("placed_order"), 2);
    place_order_finish(&first);
    place_order_finish(&second);
    place_order_finish(&third);
}
END_TEST

START_TEST(a_key_lives_24_hours_and_old_ones_go) {
    for (uint8_t i = 0; i < 10; i++) {
        struct place_order old = place((uint8_t)(100 + i), 1, START, 10);
        place_order_finish(&old);
    }
    struct place_order again = place(100, 2, START + 24 * HOUR, 10);
    ck_assert_int_eq(again.outcome, PLACE_ORDER_DONE);
    ck_assert_str_ne(again.order_id, "");
    place_order_finish(&again);
    for (uint8_t i = 0; i < 3; i++) {
        struct place_order next = place(i, 1, START + 24 * HOUR, 10);
        place_order_finish(&next);
    }
    ck_assert_int_eq(count("idempotency"), 4);
    ck_assert_int_eq(count("placed_order"), 14);
}
END_TEST

START_TEST(an_order_whose_event_is_too_large_leaves_nothing) {
    struct place_order fits = place(1, 1, START, NOTIFY_OUTBOX_MAX_EVENT_BYTES - 1000);
    struct place_order large = place(2, 1, START, NOTIFY_OUTBOX_MAX_EVENT_BYTES);
    ck_assert_int_eq(fits.outcome, PLACE_ORDER_DONE);
    ck_assert_int_eq(large.outcome, PLACE_ORDER_TOO_LARGE);
    ck_assert_int_eq(count("placed_order"), 1);
    ck_assert_int_eq(count("idempotency"), 1);
    ck_assert_int_eq(count("notify_outbox"), 1);
    place_order_finish(&fits);
    place_order_finish(&large);
}
END_TEST

/* --- statuses --- */

static bool hear(const struct place_order *order, enum mail_state state, const char *template_name,
                 const char *message_id) {
    struct error error = {0};
    bool known = false;
    const struct mail_status status = {
        .state = state,
        .cause_source = "/order",
        .cause_id = notify_event_id(order->event),
        .template_name = template_name,
        .message_id = message_id,
        .reason = state == MAIL_FAILED ? "refused" : "",
        .enhanced_code = "",
        .attempts = 1,
        .time_ms = START,
    };
    ck_assert_msg(store->operations->begin(store, &error), "%s", error.text);
    ck_assert_msg(order_apply_status(store, &status, &known, &error), "%s", error.text);
    ck_assert_msg(store->operations->commit(store, &error), "%s", error.text);
    return known;
}

/* The mails as "template:state" joined by blanks. */
static const char *mails_of(const struct place_order *order) {
    static char text[512];
    struct error error = {0};
    struct text_buffer document = TEXT_BUFFER_EMPTY;
    struct order_mails mails;
    ck_assert(store->operations->begin(store, &error));
    ck_assert_int_eq(order_operations(store)->find_order(store, order->order_id, &document, &mails, &error),
                     STORE_FOUND);
    ck_assert(store->operations->commit(store, &error));
    ck_assert_str_eq(document.bytes, order->document);
    text_buffer_free(&document);
    text[0] = '\0';
    for (size_t i = 0; i < mails.count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s:%s", i > 0 ? " " : "", mails.items[i].template_name,
                 mail_state_text(mails.items[i].state));
    }
    return text;
}

START_TEST(each_mail_has_its_own_state_and_a_sent_one_stays_sent) {
    struct place_order order = place(1, 1, START, 10);
    ck_assert_str_eq(mails_of(&order), "");
    ck_assert(hear(&order, MAIL_FAILED, "confirmation", "<1@example.org>"));
    ck_assert(hear(&order, MAIL_SENT, "notice", "<2@example.org>"));
    ck_assert_str_eq(mails_of(&order), "confirmation:failed notice:sent");
    ck_assert(hear(&order, MAIL_SENT, "confirmation", "<1@example.org>"));
    ck_assert(hear(&order, MAIL_FAILED, "notice", "<2@example.org>"));
    ck_assert_str_eq(mails_of(&order), "confirmation:sent notice:sent");
    place_order_finish(&order);
}
END_TEST

START_TEST(a_mail_that_was_made_after_all_takes_the_place_of_the_failure) {
    struct place_order order = place(1, 1, START, 10);
    ck_assert(hear(&order, MAIL_FAILED, "", ""));
    ck_assert(hear(&order, MAIL_FAILED, "notice", ""));
    ck_assert_str_eq(mails_of(&order), ":failed notice:failed");
    ck_assert(hear(&order, MAIL_SENT, "confirmation", "<1@example.org>"));
    ck_assert_str_eq(mails_of(&order), "confirmation:sent notice:failed");
    ck_assert(hear(&order, MAIL_SENT, "notice", "<2@example.org>"));
    ck_assert_str_eq(mails_of(&order), "confirmation:sent notice:sent");
    place_order_finish(&order);
}
END_TEST

START_TEST(other_services_mails_are_passed_over) {
    struct place_order order = place(1, 1, START, 10), other = place(2, 1, START, 10);
    const struct mail_status other_source = {.state = MAIL_SENT,
                                             .cause_source = "/signup",
                                             .cause_id = notify_event_id(order.event),
                                             .template_name = "",
                                             .message_id = "",
                                             .reason = "",
                                             .enhanced_code = ""};
    struct error error = {0};
    bool known = true;
    ck_assert(store->operations->begin(store, &error));
    ck_assert(order_apply_status(store, &other_source, &known, &error));
    ck_assert(store->operations->commit(store, &error));
    ck_assert(!known);
    ck_assert(hear(&other, MAIL_SENT, "confirmation", "<1@example.org>"));
    ck_assert_str_eq(mails_of(&order), "");
    ck_assert_int_eq(count("mail"), 1);
    place_order_finish(&order);
    place_order_finish(&other);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        an_order_is_stored_with_its_event_and_its_key,
        the_same_request_gets_the_same_answer_and_places_nothing,
        a_key_is_not_taken_for_another_body,
        a_key_lives_24_hours_and_old_ones_go,
        an_order_whose_event_is_too_large_leaves_nothing,
        each_mail_has_its_own_state_and_a_sent_one_stays_sent,
        a_mail_that_was_made_after_all_takes_the_place_of_the_failure,
        other_services_mails_are_passed_over,
    };
    return suite_run_with_fixture("place_order", tests, SUITE_COUNT(tests), open_store, close_store);
}
